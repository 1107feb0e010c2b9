// The pipeline as a picture: boxes, arrows with counts, and a dot for each event on its way.
import { number, s, sum } from "./dom.js";

const WIDE = {
  view: [1200, 252],
  box: [168, 84],
  boxes: { bus: [2, 2], rule: [259, 2], queue: [516, 2], processor: [773, 2], table: [1030, 2], undelivered: [259, 166], dead: [773, 166] },
  arrows: {
    in: ["M170 44H251", 210, 30],
    minute: ["M427 44H508", 467, 30],
    flight: ["M684 44H765", 724, 30],
    rows: ["M941 44H1022", 981, 30],
    lost: ["M343 86V158", 355, 119, "start"],
    refused: ["M857 86V158", 869, 119, "start"],
  },
  back: "M773 208H620Q600 208 600 188V94",
  backAt: [624, 199],
};

const NARROW = {
  view: [360, 640],
  box: [164, 84],
  boxes: { bus: [4, 4], rule: [4, 140], queue: [4, 276], processor: [4, 412], table: [4, 548], undelivered: [192, 140], dead: [192, 412] },
  arrows: {
    in: ["M86 88V132", 98, 108, "start"],
    minute: ["M86 224V268", 98, 244, "start"],
    flight: ["M86 360V404", 98, 380, "start"],
    rows: ["M86 496V540", 98, 516, "start"],
    lost: ["M168 182H184", 0, 0, "none"],
    refused: ["M168 454H184", 0, 0, "none"],
  },
  back: "M274 412V338Q274 318 254 318H176",
  backAt: [262, 306],
};

const TITLES = {
  bus: "Bus", rule: "Rule", queue: "Queue", processor: "Processor", table: "Table", undelivered: "Undelivered", dead: "Dead letters",
};

// Letters of a name that a box has room for.
const LETTERS = 18;

// What sets the names of one stack apart stands at their ends.
function ending(name) {
  if (name.length <= LETTERS) {
    return name;
  }
  const end = name.slice(1 - LETTERS);
  return `…${end.slice(Math.max(0, end.indexOf("-")))}`;
}

const still = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 720px)");

export class Picture {
  constructor(place) {
    this.place = place;
    this.names = {};
    this.before = null;
    narrow.addEventListener("change", () => this.draw());
    this.draw();
  }

  draw() {
    const plan = narrow.matches ? NARROW : WIDE;
    const [width, height] = plan.view;
    this.parts = {};
    this.paths = {};
    this.title = s("title", { id: "drawing" });
    this.dots = s("g", { class: "dots", "aria-hidden": "true" });
    const drawn = s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-labelledby": "drawing" }, this.title, this.marker());
    drawn.append(s("path", { class: "back", d: plan.back, "marker-end": "url(#tip)" }));
    drawn.append(s("text", { class: "unit", x: plan.backAt[0], y: plan.backAt[1], "text-anchor": narrow.matches ? "end" : "start" }, "redrive"));
    for (const [id, [path, x, y, anchor]] of Object.entries(plan.arrows)) {
      this.paths[id] = s("path", { class: `arrow ${id}`, d: path, "marker-end": "url(#tip)" });
      const count = s("text", { class: "flow", x, y: y - 12, "text-anchor": anchor ?? "middle", id: `flow-${id}` });
      const unit = s("text", { class: "unit", x, y: y + (anchor ? 4 : 38), "text-anchor": anchor ?? "middle" });
      if (anchor === "start") {
        count.setAttribute("y", y - 2);
        unit.setAttribute("y", y + 13);
      }
      drawn.append(this.paths[id], ...(anchor === "none" ? [] : [count, unit]));
      this.parts[id] = { count, unit };
    }
    drawn.append(this.dots);
    for (const [id, [x, y]] of Object.entries(plan.boxes)) {
      drawn.append(this.box(id, x, y, plan.box));
    }
    this.place.replaceChildren(drawn);
    if (this.status) {
      this.fill(this.status);
    }
  }

  marker() {
    const tip = s("marker", { id: "tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" });
    tip.append(s("path", { class: "tip", d: "M1 1L7 4L1 7" }));
    return s("defs", null, tip);
  }

  box(id, x, y, [width, height]) {
    const name = s("text", { class: "name", x: x + 14, y: y + 41 });
    const value = s("text", { class: "value", x: x + 14, y: y + 68, id: `value-${id}` });
    const bars = s("g", { class: "bars" });
    // Beside the title, where a value stands below.
    const low = id === "bus" ? height - 14 : 26;
    this.parts[id] = { name, value, bars, x: x + width - 14, y: y + low, wide: id === "bus" ? 4.66 : 3, high: id === "bus" ? 24 : 15 };
    const whole = s("title");
    this.parts[id].whole = whole;
    const box = s("g", { class: `box ${id}`, id: `box-${id}` }, whole, s("rect", { x, y, width, height, rx: 10 }));
    box.append(s("text", { class: "kind", x: x + 14, y: y + 22 }, TITLES[id]), name, value, bars);
    return box;
  }

  called(names, source) {
    this.names = names;
    this.source = source;
    if (this.status) {
      this.fill(this.status);
    }
  }

  fill(status) {
    this.status = status;
    const { queue, dead_letters: dead, undelivered, processor, table, flow, invocations } = status;
    const letters = dead.visible + dead.in_flight;
    const lost = undelivered.visible + undelivered.in_flight;
    const read = flow?.events_in ?? [];
    const now = {
      in: sum(read) + queue.visible, minute: sum(read.slice(-1)) + queue.visible, flight: queue.in_flight, rows: sum(flow?.rows), lost, refused: letters,
    };
    const minutes = flow?.minutes ?? 30;
    const units = { in: `in ${minutes} min`, minute: "this minute", flight: "in flight", rows: `in ${minutes} min`, lost: "not delivered", refused: "rejected" };
    for (const [id, count] of Object.entries(now)) {
      this.count(this.parts[id].count, number(count));
      this.parts[id].unit.textContent = units[id];
    }
    this.value("bus", "");
    this.value("rule", this.source ?? "");
    this.value("queue", `${number(queue.visible)} waiting`);
    const slow = invocations?.p99_milliseconds;
    this.value("processor", processor === null ? "missing" : slow ? `p99 ${number(Math.round(slow))} ms` : (processor.state ?? "ready").toLowerCase());
    this.value("table", table.rows === null ? "missing" : `${number(table.rows)} rows`);
    this.value("undelivered", number(lost));
    this.value("dead", number(letters));
    this.place.querySelector("#box-dead").classList.toggle("bad", letters > 0);
    this.place.querySelector("#box-undelivered").classList.toggle("bad", lost > 0);
    this.bars("bus", read);
    this.bars("table", flow?.rows);
    const told = `${now.in} events in ${minutes} minutes, ${queue.visible} waiting, ${queue.in_flight} in flight, ${now.rows} rows written, ${letters} dead letters, ${lost} undelivered`;
    this.title.textContent = told;
    this.move(now, sum(read));
  }

  count(element, text) {
    if (element.textContent !== text) {
      const was = element.textContent;
      element.textContent = text;
      if (was !== "") {
        element.classList.remove("fresh");
        requestAnimationFrame(() => element.classList.add("fresh"));
      }
    }
  }

  value(id, text) {
    const { name, value, whole } = this.parts[id];
    const full = this.names[id] ?? "";
    whole.textContent = full;
    name.textContent = ending(full);
    this.count(value, text);
  }

  bars(id, series) {
    const { bars, x, y, wide, high } = this.parts[id];
    const shown = (series ?? []).slice(-30);
    const most = Math.max(1, ...shown.map((one) => one ?? 0));
    const step = (index) => x - (shown.length - index) * wide;
    bars.replaceChildren(
      ...shown.map((one, index) => {
        const height = one ? Math.max(2, (one / most) * high) : 1;
        return s("rect", { class: one ? "bar" : "bar none", x: step(index), y: y - height, width: wide - 0.8, height });
      }),
    );
  }

  // As many dots as events have passed since the last look, up to a few.
  move(now, read) {
    const before = this.before;
    this.before = { ...now, read };
    if (before === null || still.matches || document.hidden) {
      return;
    }
    const passed = { in: now.in - before.in, minute: now.in - before.in, flight: read - before.read, rows: now.rows - before.rows, lost: now.lost - before.lost, refused: now.refused - before.refused };
    const after = { in: 0, minute: 300, flight: 600, rows: 900, lost: 300, refused: 900 };
    for (const [id, count] of Object.entries(passed)) {
      const shown = Math.min(8, Math.max(0, count));
      for (let index = 0; index < shown; index += 1) {
        this.dot(this.paths[id], id, after[id] + (index * 1400) / shown);
      }
    }
  }

  dot(path, id, delay) {
    const dot = s("circle", { class: `dot ${id}`, r: 4 });
    const length = path.getTotalLength();
    const begin = performance.now() + delay;
    const step = (time) => {
      const part = (time - begin) / 650;
      if (part >= 1 || !path.isConnected) {
        dot.remove();
        return;
      }
      if (part >= 0) {
        const point = path.getPointAtLength(part * length);
        dot.setAttribute("cx", point.x);
        dot.setAttribute("cy", point.y);
        if (!dot.isConnected) {
          this.dots.append(dot);
        }
      }
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }
}
