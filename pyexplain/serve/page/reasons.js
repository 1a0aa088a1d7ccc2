// Why an item: reasons of the three kinds to take away, quotes, and what was checked.

import { h } from "./dom.js";

const KIND = { word: "word", history: "liked" };
const SPOKEN = { word: "a word of their reviews", attribute: "what the item is", history: "an item they liked" };

const nameOf = ({ feature }, explanation) =>
  feature.kind === "history" ? explanation.features.find((one) => one.kind === "history" && one.feature === feature.name)?.title ?? feature.name : feature.name;

// taken(feature): called with {kind, name} when a reason is taken away; null where it cannot be
export function chips(explanation, key, may, taken) {
  const reasons = explanation.statements.filter((one) => one.kind === "reason");
  if (!reasons.length) return null;
  const made = reasons.map((reason) => {
    const { kind } = reason.feature;
    const name = nameOf(reason, explanation);
    const [before, after] = kind === "attribute" && name.includes(": ") ? name.split(/: (.*)/s) : [KIND[kind] ?? "is", name];
    const inside = [h("small", {}, before), h("span", { class: "cut" }, after)];
    const able = kind === "history" ? may.likes : may.features;
    if (!able) return h("li", {}, h("span", { class: "chip" }, inside));
    return h("li", {}, h("button", {
      type: "button", class: "chip", "data-key": `${key} ${kind} ${reason.feature.name}`, title: `${name}: take this reason away`,
      "aria-label": `Take away the reason ${name}, ${SPOKEN[kind]}`, onclick: () => taken(reason.feature),
    }, inside, h("span", { class: "x", "aria-hidden": "true" }, "×")));
  });
  return h("ul", { class: "chips", "aria-label": "Reasons" }, made);
}

const quoteOf = ({ quote, text }) =>
  h("blockquote", {}, h("p", {}, quote.sentence), h("footer", {}, quote.own ? text.split(":")[0].replace(/^You wrote/, "Their own words") : quote.user ? `From the review of ${quote.user}` : "From a review of this item"));

export function quotes(explanation) {
  const found = explanation.statements.filter((one) => one.kind === "evidence" && one.quote);
  return found.map(quoteOf);
}

const CHANGES = ["flip", "replacement", "leaving"];

// What was checked, in the words in which it was checked, and what would change it.
export function checks(explanation, key, more = null) {
  const said = explanation.statements.filter((one) => !CHANGES.includes(one.kind) && one.kind !== "evidence");
  const turning = explanation.statements.filter((one) => CHANGES.includes(one.kind));
  const told = quotes(explanation);
  return h("details", { class: "checks", "data-key": `${key} checks` }, h("summary", {}, "More about this"),
    told.length ? [h("h4", {}, "What people wrote"), h("div", { class: "quotes" }, told)] : null,
    turning.length ? [h("h4", {}, "What would change it"), h("ul", {}, turning.map((one) => h("li", {}, one.text)))] : null,
    said.length ? [h("h4", {}, "What was checked"), h("ul", { class: "checked" }, said.map((one) => h("li", {}, one.text)))] : h("p", { class: "muted" }, "Nothing can be said of this with certainty."),
    more);
}
