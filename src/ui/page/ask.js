// The token comes behind `#`, which is sent to nobody, and leaves the address bar at once. It goes to this server alone, as a header.
const KEY = "pipectl-token";

let token = null;

export function takeToken() {
  const found = /^#token=([0-9a-f]{32})$/.exec(location.hash);
  if (found) {
    sessionStorage.setItem(KEY, found[1]);
    history.replaceState(null, "", location.pathname);
  }
  token = sessionStorage.getItem(KEY);
  return token !== null;
}

// What a request ended with instead of a document: `status` is 0 where nobody answered.
export class Refusal extends Error {
  constructor(status, message, help) {
    super(message);
    this.status = status;
    this.help = help;
  }
}

async function ask(method, path, body) {
  const headers = { "X-Pipectl-Token": token };
  const options = { method, headers, credentials: "omit", cache: "no-store", redirect: "error" };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(`/api/${path}`, options);
  } catch {
    throw new Refusal(0, "pipectl does not answer", "start it again with `pipectl local ui`");
  }
  if (answer.status === 403) {
    throw new Refusal(403, "this page has no valid token", "open the address that `pipectl local ui` printed last");
  }
  if (answer.status === 413) {
    throw new Refusal(413, "the event is too large", "EventBridge takes 1 MiB");
  }
  const document = await answer.json().catch(() => null);
  if (answer.ok && document !== null) {
    return document;
  }
  const first = document?.diagnostics?.[0];
  throw new Refusal(answer.status, first?.message ?? `the server answered ${answer.status}`, first?.help);
}

export const look = (path) => ask("GET", path);
export const act = (path, body) => ask("POST", path, body);
