// "Why not this one?": asked of any item, answered with what would have to be different, which can be tried.

import { h, refill, rounded } from "./dom.js";
import { table } from "./analyst.js";
import { checks, chips } from "./reasons.js";
import { strike, weigh } from "./state.js";

export function show(place, explanation, { item, title, person, analyst, change, tryThis, ask, close }) {
  const asked = title ?? item;
  const { why_not: behind, rank_before: rank } = explanation;
  const liked = person.likes.some((one) => one.item === item && one.state !== "struck");
  const front = explanation.item_title ?? explanation.item;
  const head = liked ? `${asked} is liked already, so it is not recommended.` : behind ? `Why not ${asked}?` : `${asked} is recommended, at place ${rank}.`;
  const could = behind && !liked ? remedy(explanation, person, front, tryThis) : null;
  refill(place, h("article", { class: "answer" },
    h("div", { class: "head" }, h("h3", {}, head), h("button", { type: "button", class: "plain", "data-key": "why close", onclick: close }, "Close")),
    !liked && behind ? h("p", { class: "muted small" }, `Compared with ${front}, the last of the list, at place ${rank}.`) : null,
    liked ? null : h("p", { class: "say" }, explanation.say),
    could,
    behind || liked ? null : chips(explanation, "why", person.may_change, change),
    liked ? null : checks(explanation, "why", analyst ? table(explanation, ask) : null)));
}

// What would have to be different, as far as it can be said in amounts; a button tries it.
function remedy(explanation, person, front, tryThis) {
  if (!explanation.valid || explanation.side !== "user") return h("p", { class: "muted" }, `No change of what this person cares about was found at which it ranks above ${front}.`);
  const moves = explanation.features.filter((one) => one.to !== null && Math.abs(one.to - one.from) > 1e-6);
  if (!moves.length) return null;
  const rows = moves.map((one) => h("li", {}, h("b", {}, one.title ?? one.feature), " ", moved(one, person.top !== null)));
  const able = person.top !== null && moves.every((one) => (one.kind === "history" ? person.may_change.likes && one.to < 0.5 : person.may_change.features));
  const button = able && h("button", { type: "button", class: "main", "data-key": "why try", onclick: () => tryThis((state) => moves.reduce((made, one) => apply(made, one, person), state)) }, "Try this");
  return h("div", { class: "remedy" }, h("h4", {}, `What would have to be different for it to rank above ${front}`), h("ul", {}, rows), button || null);
}

// counts: whether values are how often; those of eq. (1) say nothing to people.
const moved = ({ kind, from, to }, counts) => {
  if (kind === "history") return to < 0.5 ? "would not be liked" : "would count otherwise";
  if (to < 0.05) return "would not matter";
  return `${to > from ? "would matter more" : "would matter less"}${counts ? ` (${rounded(from)} → ${rounded(to)})` : ""}`;
};

function apply(state, { kind, feature, to }, person) {
  if (kind === "history") return strike(state, feature);
  const before = person.features.find((one) => one.kind === kind && one.feature === feature)?.before ?? 0;
  return weigh(state, { kind, feature, before }, Math.round(to * 1000) / 1000);
}
