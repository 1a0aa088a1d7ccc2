// What was changed, each with a way to take it back.

import { called, counted, h, refill, rounded } from "./dom.js";
import { changesOf, like, PLACE, strike } from "./state.js";

export function show(place, state, person, { change, reset, back }) {
  const titles = new Map(person.likes.map((one) => [one.item, called(one)]));
  const made = [
    ...state.struck.map((item) => ["without", titles.get(item) ?? item, (was) => like(was, item)]),
    ...state.liked.map((item) => ["likes", titles.get(item) ?? item, (was) => strike(was, item)]),
    ...["word", "attribute"].flatMap((kind) => Object.entries(state[PLACE[kind]]).map(([name, amount]) =>
      [amount ? `${rounded(amount)} times` : "without", name, (was) => drop(was, PLACE[kind], name)])),
  ];
  place.hidden = changesOf(state) === 0;
  refill(place, h("h2", { id: "changes-title" }, counted(made.length, "change")),
    h("ul", { class: "chips" }, made.map(([how, name, undo]) => h("li", {}, h("button", {
      type: "button", class: "chip", "data-key": `undo ${how} ${name}`, "aria-label": `Take back: ${how} ${name}`, onclick: () => change(undo),
    }, h("small", {}, how), h("span", { class: "cut" }, name), h("span", { class: "x", "aria-hidden": "true" }, "×"))))),
    h("p", { class: "buttons" }, h("button", { type: "button", "data-key": "undo", disabled: !back, onclick: back ?? (() => {}) }, "Undo"), h("button", { type: "button", "data-key": "reset", onclick: reset }, "Reset")));
}

function drop(state, part, name) {
  const { [name]: _, ...others } = state[part];
  return { ...state, [part]: others };
}
