// The list, with what rose, fell, came and went beside how it was without the changes.

import { called, counted, h, refill } from "./dom.js";
import { table } from "./analyst.js";
import { checks, chips } from "./reasons.js";

const places = (n) => counted(n, "place");

// [class, sign, what stands beside it, what is read out]; null where nothing moved
export function markOf(place, k) {
  if (!place || place.before === place.now) return null;
  if (place.before === null) return ["new", "+", "now it can be recommended", "came in: it is not liked any more"];
  if (place.before > k) return ["new", "+", `new, was ${place.before}`, `came in, was at place ${place.before}`];
  const by = place.before - place.now;
  return by > 0 ? ["up", "▲", `up ${by}, was ${place.before}`, `rose ${places(by)}`] : ["down", "▼", `down ${-by}, was ${place.before}`, `fell ${places(-by)}`];
}

export function show(parent, went, answer, { k, changed, unknown, analyst, change, ask }) {
  const by = new Map(answer.places.map((one) => [one.item, one]));
  const before = new Map([...parent.children].map((one) => [one.dataset.item, one.getBoundingClientRect().top]));
  refill(parent, answer.recommendations.items.map((entry, at) => row(entry, at + 1, changed ? markOf(by.get(entry.item), k) : null, answer.person.may_change, { unknown, analyst, change, ask })));
  slide(parent, before);
  const gone = changed ? answer.places.filter((one) => one.before !== null && one.before <= k && (one.now === null || one.now > k)) : [];
  refill(went, gone.length ? [h("h3", {}, "No longer on the list"), h("ul", { class: "went" }, gone.map((one) =>
    h("li", {}, h("span", { class: "mark gone" }, h("span", { "aria-hidden": "true" }, "−"), ` was ${one.before}`), h("span", {}, called(one)), h("span", { class: "muted small" }, one.now === null ? "is liked now" : `is now at ${one.now}`))))] : []);
  return unknown ? "Nothing is known yet, so these are what most people like. Say ‘Like it’ to some of them." : told(answer, by, gone, k, changed);
}

function row(entry, place, mark, may, { unknown, analyst, change, ask }) {
  const explanation = unknown ? null : entry.explanation;
  const head = h("div", { class: "head" }, h("span", { class: "place" }, String(place)),
    h("div", { class: "title" }, h("h3", {}, called(entry)), analyst && h("p", { class: "muted small" }, `${entry.title ? `${entry.item}, ` : ""}score ${entry.score.toFixed(3)}`)),
    mark && h("span", { class: `mark ${mark[0]}`, "data-mark": mark[0] }, h("span", { "aria-hidden": "true" }, `${mark[1]} ${mark[2]}`), h("span", { class: "unseen" }, mark[3])));
  const liked = may.likes && h("button", { type: "button", class: unknown ? "small" : "plain", "data-key": `${entry.item} like`, "aria-label": `Like it: ${called(entry)}`, onclick: () => change({ kind: "like", name: entry.item }) }, "Like it");
  return h("li", { class: `card item ${mark ? mark[0] : ""}`, "data-item": entry.item }, head,
    explanation && h("p", { class: "say" }, entry.say),
    explanation && chips(explanation, entry.item, may, change),
    h("div", { class: "below" }, explanation && checks(explanation, entry.item, analyst ? table(explanation, ask) : null), liked));
}

// Items move to where they stand now, unless somebody wants no motion.
function slide(parent, before) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  for (const one of parent.children) {
    const by = before.get(one.dataset.item) - one.getBoundingClientRect().top;
    if (by && Math.abs(by) < 2000) one.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], { duration: 180, easing: "ease-out" });
  }
}

function told(answer, by, gone, k, changed) {
  if (!changed) return "";
  const signs = answer.recommendations.items.map((entry) => markOf(by.get(entry.item), k)?.[0]);
  const count = (sign) => signs.filter((one) => one === sign).length;
  const parts = [[count("up"), "rose"], [count("down"), "fell"], [count("new"), "came in"], [gone.length, "went"]].filter(([n]) => n).map(([n, what]) => `${n} ${what}`);
  return parts.length ? `${parts.join(", ")}, beside the list without changes.` : "Nothing moved: the list is as it is without changes.";
}
