// Dead letters: why they died, and the way back.
import { act } from "./ask.js";
import { at, clock, h, number, say, show, words } from "./dom.js";

let busy = false;
let view = { status: null, refusals: [], pipeline: null };
let changed = () => {};

export function onRedriven(then) {
  changed = then;
}

export function fillLetters(part) {
  view = { ...view, ...part };
  draw();
}

function draw() {
  const { status, refusals, pipeline } = view;
  if (status === null || pipeline === null) {
    return;
  }
  const dead = status.dead_letters.visible + status.dead_letters.in_flight;
  const lost = status.undelivered.visible + status.undelivered.in_flight;
  const count = at("letters-count");
  say(count, number(dead));
  count.classList.toggle("bad", dead > 0);
  const parts = [];
  if (dead === 0) {
    parts.push(h("p", { class: "empty" }, "None. Events that cannot be stored appear here, with the reason."));
  } else {
    parts.push(reasons(status.rejections ?? []));
    parts.push(
      h("div", { class: "line" },
        button("redrive", "Redrive", {}, true),
        h("span", { class: "quiet" }, "redrives the messages that would be stored now; the others remain")),
    );
  }
  if (lost > 0) {
    parts.push(
      h("div", { class: "line lost" },
        h("span", null, `${number(lost)} could not be delivered to the queue.`),
        button("redrive-undelivered", "Redrive undelivered", { undelivered: true }, false)),
    );
  }
  if (dead > 0 && refusals.length > 0) {
    parts.push(newest(refusals));
  }
  show(at("letters"), parts);
  for (const one of document.querySelectorAll(".redrive")) {
    one.disabled = busy;
  }
}

function button(id, text, asked, isMain) {
  return h("button", { id, type: "button", class: isMain ? "redrive main" : "redrive", "data-asked": JSON.stringify(asked) }, text);
}

function reasons(all) {
  const line = ({ reason, count }) =>
    h("tr", null,
      h("th", { scope: "row" }, h("code", { class: "reason" }, reason)),
      h("td", { class: "number" }, number(count)),
      h("td", { class: "last" }, h("button", { type: "button", class: "redrive small", "aria-label": `Redrive ${reason}`, "data-asked": JSON.stringify({ reason }) }, "Redrive")));
  const head = h("thead", null, h("tr", null,
    h("th", { scope: "col" }, "Reason"),
    h("th", { scope: "col", class: "number", title: "From the processor's log of 24 hours. Each attempt counts." }, "Rejections, 24 h"),
    h("th", { scope: "col" }, h("span", { class: "unseen" }, "Redrive"))));
  if (all.length === 0) {
    return h("p", { class: "quiet" }, ...words(`The log of the last 24 hours has no reasons: see \`${view.pipeline.commands.list}\`.`));
  }
  return h("table", { class: "reasons" }, head, h("tbody", null, all.map(line)));
}

function newest(refusals) {
  const line = ({ at: instant, reason, detail, message, message_id: one, message_ids: many, count }) => {
    const ids = one ?? many ?? "";
    return h("li", null,
      h("span", { class: "when" }, clock(instant)),
      h("span", { class: "why" }, h("code", { class: "reason" }, reason), " ", ...words(detail || message), count > 1 ? ` × ${number(count)}` : ""),
      h("span", { class: "id", title: ids }, ids.split(" ")[0].slice(0, 8)));
  };
  return h("details", { open: true }, h("summary", null, "Newest rejections"),
    h("ol", { class: "refusals" }, refusals.map(line)),
    h("p", { class: "quiet" }, ...words(`\`${view.pipeline.commands.list}\` shows them all; \`${view.pipeline.commands.edit}\` fixes one.`)));
}

// One listener for all buttons, also for those that are drawn later.
at("letters").addEventListener("click", (event) => {
  const pressed = event.target.closest(".redrive");
  if (pressed && !busy) {
    redrive(JSON.parse(pressed.dataset.asked));
  }
});

async function redrive(asked) {
  busy = true;
  draw();
  const place = at("redriven");
  show(place, h("p", { class: "working" }, "redriving …"));
  try {
    show(place, proof(await act("redrive", asked)));
  } catch (refusal) {
    show(place, failure(refusal));
  }
  busy = false;
  draw();
  changed();
}

export function failure({ message, help }) {
  return h("p", { class: "failure" }, ...words(message), help ? h("span", { class: "help" }, ...words(help)) : null);
}

function proof({ sent, proof: count, would_fail_again: failing, rows_already: stored, not_chosen: others, not_checked: unread, hidden, failed }) {
  const figure = (name, value, bad) =>
    h("div", { class: bad ? "bad" : null }, h("dt", null, name), h("dd", { id: `proof-${name}` }, value));
  const lines = [];
  for (const { reason, count: times, explanation } of failing) {
    lines.push(h("li", null, `${number(times)} would fail again: `, h("code", { class: "reason" }, reason), " ", ...words(explanation)));
  }
  const stays = [[stored, "are rows already"], [unread, "could not be checked: the table is busy"], [others, "were not selected"], [hidden, "are hidden: received elsewhere and not given back"]];
  lines.push(...stays.filter(([times]) => times > 0).map(([times, why]) => h("li", null, `${number(times)} ${why}`)));
  return h("div", { class: "proof" },
    h("p", null, h("strong", null, sent === 1 ? "1 message was redriven" : `${number(sent)} messages were redriven`)),
    h("dl", null,
      figure("before", number(count.before)), figure("sent", number(count.sent)), figure("deleted", number(count.deleted)),
      figure("remaining", number(count.remaining)), figure("lost", count.lost === 0 ? "none" : number(count.lost), count.lost > 0)),
    lines.length > 0 ? h("ul", null, lines) : null,
    failed ? failure(failed) : null);
}
