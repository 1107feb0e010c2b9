// Looks again and again, and shows what has changed.
import { look, takeToken } from "./ask.js";
import { at, clock, h, say, show, words } from "./dom.js";
import { fillLetters, onRedriven } from "./letters.js";
import { Picture } from "./picture.js";
import { fillSend, onSent, readSamples } from "./sample.js";

const INTERVAL = 2000;
// Rows and refusals are read when the counts have changed, and every so many looks.
const EVERY = 5;

const picture = new Picture(at("picture"));
let pipeline = null;
let counts = "";
let looks = 0;
let timer = null;
let isLooking = false;

const HEALTH = { healthy: "healthy", unknown: "partly unknown", degraded: "degraded", failing: "failing" };

function describe(told) {
  pipeline = told;
  say(at("stack"), told.stack);
  say(at("where"), `local cloud · ${told.region}`);
  document.title = `${told.stack} · pipectl`;
  const { bus, rule, queue, processor, table, dead_letter_queue: dead, undelivered_queue: undelivered } = told.names;
  const rules = told.rules.length > 1 ? `${rule} + ${told.rules.length - 1}` : rule;
  picture.called({ bus, rule: rules, queue, processor, table, dead, undelivered }, sources(told.rules));
  fillLetters({ pipeline: told });
  fillSend(told);
  say(at("foot"), `${told.spec} · counts are from SQS, DynamoDB and the processor's log; the page receives no message`);
  say(at("legend"), "Events in: those that the processor read (each attempt counts) and those that wait. The local cloud has no metrics of buses.");
}

// From whom the events are that the rules let through, where a pattern names them.
function sources(rules) {
  const named = rules.flatMap(({ pattern }) => pattern.source ?? []).filter((source) => typeof source === "string");
  const text = [...new Set(named)].join(", ");
  return text.length > 19 ? `${text.slice(0, 18)}…` : text;
}

// An instant as people read it; all of it is in the cell's title.
const INSTANT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/;
const shortly = (cell) => cell.replace(INSTANT, "$1 $2");

function judge(status) {
  const health = at("health");
  health.className = `health ${status.health}`;
  show(health, h("strong", null, HEALTH[status.health] ?? status.health), status.next ? h("span", null, ...words(status.next.finding)) : null);
}

function fillRows({ columns, rows, newest_by: by }) {
  say(at("rows-by"), `by ${by}, from the status index`);
  if (rows.length === 0) {
    show(at("rows"), h("p", { class: "empty" }, "None yet. Send an event."));
    return;
  }
  const head = h("thead", null, h("tr", null, columns.map((name) => h("th", { scope: "col" }, name))));
  const line = (row) => h("tr", null, row.map((cell) => h("td", { title: cell }, shortly(cell))));
  show(at("rows"), h("table", null, head, h("tbody", null, rows.map(line))));
}

async function once(force) {
  if (pipeline === null || looks % EVERY === 0) {
    describe(await look("pipeline"));
  }
  const status = await look("status");
  picture.fill(status);
  judge(status);
  fillLetters({ status });
  const now = JSON.stringify([status.table, status.dead_letters, status.undelivered, status.flow?.rows, status.rejections]);
  if (force || now !== counts || looks % EVERY === 0) {
    counts = now;
    const [rows, { refusals }] = await Promise.all([look("rows").catch((refusal) => refusal), look("refusals")]);
    if (rows instanceof Error) {
      show(at("rows"), h("p", { class: "empty" }, ...words(rows.message)));
    } else {
      fillRows(rows);
    }
    fillLetters({ refusals });
  }
  looks += 1;
}

function complain({ message, help }) {
  const notice = at("notice");
  show(notice, h("strong", null, ...words(message)), help ? h("span", null, ...words(help)) : null);
  notice.hidden = false;
  document.body.classList.add("stale");
}

async function turn(force) {
  clearTimeout(timer);
  if (isLooking) {
    return;
  }
  isLooking = true;
  try {
    await once(force);
    at("notice").hidden = true;
    document.body.classList.remove("stale");
    say(at("clock"), `· ${clock(Date.now())}`);
  } catch (refusal) {
    complain(refusal);
    pipeline = null;
  }
  isLooking = false;
  timer = setTimeout(turn, document.hidden ? INTERVAL * 5 : INTERVAL);
}

function begin() {
  if (!takeToken()) {
    complain({ message: "this page has no token", help: "open the address that `pipectl local ui` printed" });
    return;
  }
  turn(true);
  readSamples().catch(complain);
}

onRedriven(() => turn(true));
onSent(() => turn(true));
document.addEventListener("visibilitychange", () => document.hidden || turn(false));
addEventListener("hashchange", begin);
begin();
