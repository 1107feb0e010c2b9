// A form that sends one event, and what becomes of it.
import { act, look } from "./ask.js";
import { at, h, show, words } from "./dom.js";
import { failure } from "./letters.js";

let samples = [];
let changed = () => {};
let dies = "";
// Which event was sent last: only that one is shown, and gives the button back.
let latest = 0;

export function onSent(then) {
  changed = then;
}

export function fillSend(pipeline) {
  dies = pipeline.dead_letter;
  at("send-to").textContent = `to ${pipeline.names.bus}`;
}

export async function readSamples() {
  const known = at("sample").value;
  ({ samples } = await look("samples"));
  const options = samples.map(({ name, note }, index) => h("option", { value: index }, `${name} – ${note}`));
  at("sample").replaceChildren(...options);
  if (known !== "" && samples[known]) {
    at("sample").value = known;
  }
  choose();
}

function choose() {
  const chosen = samples[at("sample").value];
  if (chosen) {
    at("event").value = chosen.event;
  }
}

at("sample").addEventListener("change", choose);
at("fresh").addEventListener("click", () => readSamples().catch((refusal) => show(at("sent"), failure(refusal))));
at("event").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    at("send").requestSubmit();
  }
});

at("send").addEventListener("submit", async (event) => {
  event.preventDefault();
  // The keyboard submits past a disabled button.
  if (at("submit").disabled) {
    return;
  }
  const text = at("event").value;
  try {
    JSON.parse(text);
  } catch (error) {
    show(at("sent"), failure({ message: `it is not JSON: ${error.message}` }));
    at("event").focus();
    return;
  }
  at("submit").disabled = true;
  latest += 1;
  const own = latest;
  const isLatest = () => own === latest;
  show(at("sent"), h("p", { class: "working" }, "sending …"));
  try {
    await follow(await act("send", { event: text }), isLatest);
  } catch (refusal) {
    if (isLatest()) {
      show(at("sent"), failure(refusal));
    }
  }
  if (isLatest()) {
    at("submit").disabled = false;
  }
});

const step = (state, ...children) => h("li", { class: state }, ...children);

async function follow(report, isLatest) {
  const steps = [];
  const tell = (last, row) => show(at("sent"), h("ol", { class: "steps" }, steps.map((one) => one.cloneNode(true)), last ?? null), row ? h("pre", { id: "row", tabindex: "0" }, row) : null);
  const reason = report.reasons?.[0];
  if (report.event_id) {
    steps.push(step("good", "on the bus as ", h("code", null, report.event_id)));
  }
  if (!report.matched) {
    const what = reason?.what === "not_taken" ? "the bus did not accept it: " : "no rule matches it, so nothing receives it: ";
    steps.push(step("bad", what, ...words(reason?.reason ?? "")));
    tell();
    changed();
    return;
  }
  steps.push(step("good", "matched by the rule"));
  if (reason?.what === "being_refused") {
    steps.push(step("bad", "the processor rejects it: ", ...words(reason.reason)));
    steps.push(step("bad", `it becomes a dead letter ${dies}`));
    tell();
    changed();
    return;
  }
  const begun = performance.now();
  at("submit").disabled = false;
  for (;;) {
    const seconds = (performance.now() - begun) / 1000;
    tell(step("open", `on its way, ${seconds.toFixed(0)} s`));
    const { state, row } = await look(`events/${report.event_id}`);
    if (!isLatest()) {
      return;
    }
    if (state !== "open") {
      const words = { row: "a row after", duplicate: "its row already existed, found after", superseded: "a newer row exists, found after", erased: "its key was erased: no row, seen after" };
      steps.push(step("good", `${words[state]} ${((performance.now() - begun) / 1000).toFixed(1)} s`));
      tell(null, row);
      changed();
      return;
    }
    if (seconds > 60) {
      steps.push(step("bad", "no row after a minute: see the dead letters and the log"));
      tell();
      return;
    }
    await new Promise((then) => setTimeout(then, seconds < 5 ? 300 : 1500));
    if (!isLatest()) {
      return;
    }
  }
}
