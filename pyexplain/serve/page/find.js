// A field that looks for people, items or words as one types: the combobox of the ARIA patterns, keyboard and all.

import { ask } from "./ask.js";
import { h } from "./dom.js";

const PAUSE = 120; // milliseconds without a key before it looks

// url(words): where to look; entries(answer): what was found; shown(entry): [text, what stands beside it]; chosen(entry): what to do.
export function finder(place, { id, label, hint, url, entries, shown, chosen, failed }) {
  const list = h("ul", { id: `${id}-list`, role: "listbox", "aria-label": label, hidden: true });
  const input = h("input", {
    id, type: "search", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder: hint,
    "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  });
  const told = h("p", { role: "status", class: "unseen" });
  let found = [];
  let at = -1;
  let timer = 0;
  let turn = 0;
  let stale = false; // what is shown was found for other words

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    at = -1;
  }

  function point(to) {
    at = to;
    [...list.children].forEach((one, number) => one.setAttribute("aria-selected", String(number === at)));
    const one = list.children[at];
    one?.scrollIntoView({ block: "nearest" });
    if (one) input.setAttribute("aria-activedescendant", one.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function choose(entry) {
    turn += 1;
    input.value = "";
    close();
    chosen(entry);
  }

  async function look() {
    const mine = ++turn;
    try {
      const answer = await ask(url(input.value.trim()));
      if (mine !== turn || document.activeElement !== input) return;
      found = entries(answer);
      stale = false;
      show(answer.found);
    } catch (trouble) {
      if (mine === turn) failed(trouble, look);
    }
  }

  function show(total) {
    const options = found.map((entry, number) => {
      const [text, beside] = shown(entry);
      return h("li", { id: `${id}-${number}`, role: "option", "aria-selected": "false", onmousedown: (event) => event.preventDefault(), onclick: () => choose(entry) },
        h("span", {}, text), h("span", { class: "muted small" }, beside));
    });
    const none = h("li", { role: "option", "aria-disabled": "true", "aria-selected": "false", class: "muted" }, "Nothing found. Try fewer letters.");
    list.replaceChildren(...(options.length ? options : [none]));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    told.textContent = total === 0 ? "Nothing found." : `${total} found, ${found.length} shown. Use the arrow keys.`;
    point(-1);
  }

  input.addEventListener("input", () => {
    stale = true;
    turn += 1; // what is on its way was asked for other words
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });
  input.addEventListener("focus", look);
  input.addEventListener("blur", () => {
    turn += 1;
    close();
  });
  async function enter() {
    if (stale) {
      clearTimeout(timer);
      await look();
    }
    if (!stale && !list.hidden && found.length) choose(found[Math.max(at, 0)]);
  }

  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (list.hidden) look();
      else if (found.length) point((at + step + found.length + (at < 0 && step < 0 ? 1 : 0)) % found.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      enter();
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  place.replaceChildren(h("div", { class: "finder" }, h("label", { for: id }, label), input, list, told));
  return input;
}
