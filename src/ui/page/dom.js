// Elements are made by name and text alone: whatever an event says stays text.
const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export function h(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function s(name, attributes, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

export const at = (id) => document.getElementById(id);

// Replaces what an element holds only where it would look different: focus and selection stay where nothing has changed.
export function show(element, ...children) {
  const fresh = document.createElement("div");
  fresh.append(...children.flat().filter((child) => child !== null && child !== undefined));
  if (fresh.isEqualNode(element.cloneNode(true)) || same(fresh, element)) {
    return false;
  }
  element.replaceChildren(...fresh.childNodes);
  return true;
}

function same(left, right) {
  const [ours, theirs] = [[...left.childNodes], [...right.childNodes]];
  return ours.length === theirs.length && ours.every((node, index) => node.isEqualNode(theirs[index]));
}

export function say(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

const numbers = new Intl.NumberFormat("en");
export const number = (value) => numbers.format(value);

// `code` between backticks, as pipectl's messages have it.
export function words(text) {
  return text.split("`").map((part, index) => (index % 2 === 1 ? h("code", null, part) : part));
}

export const sum = (series) => (series ?? []).reduce((total, value) => total + (value ?? 0), 0);
export const clock = (instant) => new Date(instant).toLocaleTimeString("en-GB");
