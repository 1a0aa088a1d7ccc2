// What went wrong, in plain words, with what can be done about it; and the question for a token.

import { remember } from "./ask.js";
import { byId, h, refill } from "./dom.js";

export function show(trouble, { again, back }) {
  if (trouble.status === 401) {
    askToken(again);
    return;
  }
  if (!trouble.title && !trouble.message) throw trouble;
  const known = trouble.status !== undefined;
  const later = !known || trouble.status === 0 || trouble.status >= 500;
  const buttons = [later && h("button", { type: "button", class: "main", "data-key": "again", onclick: again }, "Try again"),
    !later && back && h("button", { type: "button", class: "main", onclick: back }, "Take the last change back"),
    h("button", { type: "button", class: "plain", onclick: clear }, "Close")];
  const hint = trouble.hint?.startsWith("/") || trouble.hint?.startsWith("See /openapi") ? "" : trouble.hint;
  refill(byId("trouble"), h("div", { class: "card trouble" }, h("h2", {}, known ? trouble.title : "The page made a mistake."),
    h("p", {}, known ? trouble.detail : trouble.message), hint && h("p", {}, hint), h("p", { class: "buttons" }, buttons.filter(Boolean))));
  byId("trouble").scrollIntoView({ block: "nearest" });
}

export const clear = () => byId("trouble").replaceChildren();

let asked = false;
const waiting = [];

// Asked for once, whatever waits for it.
function askToken(again) {
  const dialog = byId("token");
  waiting.push(again);
  byId("token-wrong").textContent = asked && !dialog.open ? "That was not the right one." : "";
  if (!dialog.open) dialog.showModal();
}

byId("token").querySelector("form").addEventListener("submit", () => {
  asked = true;
  remember(byId("token-text").value.trim());
  byId("token-text").value = "";
  for (const again of waiting.splice(0)) again();
});
