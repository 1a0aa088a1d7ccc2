// Who somebody is: what they liked, what they care about, and how to change both.

import { called, counted, h, refill, rounded } from "./dom.js";
import { finder } from "./find.js";
import { like, PLACE, strike, weigh } from "./state.js";

const SHOWN = 6; // sliders, and twice as many liked items, before "show all"
const WIDE = matchMedia("(min-width: 56rem)");
const often = (n, one) => (n === 0 ? "not at all" : one === "time" && n === 1 ? "once" : `${rounded(n)} ${n === 1 ? one : `${one}s`}`);
const KINDS = {
  word: { title: "Words of their reviews", amount: (n) => often(n, "time") },
  attribute: { title: "What the items they like are", amount: (n) => often(n, "item") },
};

export class Person {
  // change(how, final): how makes a new state of the old one; final: false while a slider is still being moved
  constructor(place, { change, failed }) {
    Object.assign(this, { place, change, failed, keys: null, rows: new Map(), all: false });
  }

  // The person of an answer. current: it is about this very state; of an older one the sliders, which may be in a hand, stay where
  // they are, for the answer about where they are now is on its way.
  show(person, state, current = true) {
    this.person = person;
    const keys = JSON.stringify([person.user, person.may_change, this.all, person.likes.map((one) => [one.item, one.state]), person.features.map((one) => one.feature)]);
    const anew = keys !== this.keys;
    if (anew) this.build(person);
    this.keys = keys;
    if (!anew && !current) return;
    for (const entry of person.features) this.rows.get(entry.kind + entry.feature)?.(entry, state);
  }

  build(person) {
    this.rows.clear();
    const name = person.user === null ? "Somebody new" : person.user;
    const open = this.place.querySelector("details") ? [...this.place.querySelectorAll("details")].map((one) => one.open) : [WIDE.matches, WIDE.matches || person.user === null];
    refill(this.place,
      h("h2", { class: "name" }, name),
      this.part("cares", open[0], "Cares about", this.summary(person), this.cares(person)),
      this.part("likes", open[1], "Liked", counted(person.likes.filter((one) => one.state !== "struck").length, "item"), this.likes(person)));
    if (person.may_change.likes) this.adder("find-liked", "Add a liked item", "A title or an id", "items");
    if (person.may_change.features) this.adder("find-word", "Add what they care about", "For example: price", "features");
  }

  part(id, open, title, beside, content) {
    return h("details", { class: "card", id, open }, h("summary", {}, h("h3", {}, title), h("span", { class: "muted small" }, beside)), content);
  }

  summary({ features, may_change }) {
    return may_change.features ? counted(features.length, features.every((one) => one.kind === "word") ? "word" : "thing") : "";
  }

  adder(id, label, hint, path) {
    const place = this.place.querySelector(`[data-adder="${id}"]`);
    const known = new Set(this.person.features.map((one) => one.kind + one.feature));
    finder(place, {
      id, label, hint, failed: this.failed,
      url: (words) => `${path}?k=8&search=${encodeURIComponent(words)}`,
      entries: (answer) => (path === "items" ? answer.items : answer.features.filter((one) => !known.has(one.kind + one.feature))),
      shown: (entry) => (path === "items" ? [called(entry), entry.title ? entry.item : ""] : [entry.feature, `${entry.kind}, ${counted(entry.users, "person", "people")}`]),
      chosen: (entry) => this.change((state) => (path === "items" ? like(state, entry.item) : weigh(state, { ...entry, before: 0 }, 3)), true),
    });
  }

  likes({ likes, may_change }) {
    const few = this.all ? likes : likes.filter((one, at) => at < 2 * SHOWN || one.state !== "kept");
    const rows = few.map((entry) => {
      const gone = entry.state === "struck";
      const button = may_change.likes && h("button", {
        type: "button", class: "plain", "data-key": `like ${entry.item}`, "aria-label": `${gone ? "Put back" : "Strike"}: ${called(entry)}`,
        onclick: () => this.change((state) => (gone ? like : strike)(state, entry.item), true),
      }, gone ? "Put back" : "Strike");
      return h("li", { class: entry.state }, h("span", { class: "what" }, gone ? h("s", {}, called(entry)) : called(entry), entry.state === "added" && h("small", { class: "tag" }, "added")), button || null);
    });
    const none = h("p", { class: "muted small" }, "Nothing yet. Add an item, or say ‘Like it’ to one that is recommended.");
    const fixed = h("p", { class: "muted small" }, "This recommender has learned who each person is. What they liked is part of that, and cannot be changed without training it again.");
    return [likes.length ? h("ul", { class: "likes" }, rows) : none, few.length < likes.length && this.more(likes.length), may_change.likes ? h("div", { "data-adder": "find-liked" }) : fixed];
  }

  cares({ features, may_change, top }) {
    if (!may_change.features) return [h("p", { class: "muted small" }, "This recommender does not look at words or attributes.")];
    const few = features.some((one) => one.kind === "attribute") ? SHOWN / 2 : SHOWN;
    const parts = Object.entries(KINDS).map(([kind, words]) => {
      const own = features.filter((one) => one.kind === kind);
      if (!own.length) return null;
      const shown = this.all ? own : own.filter((one, at) => at < few || one.now !== one.before);
      return [h("h4", {}, words.title), h("div", { class: "sliders" }, shown.map((entry) => this.slider(entry, top, words)))];
    });
    return [parts, !this.all && features.length > few && this.more(features.length), h("div", { "data-adder": "find-word" })];
  }

  more(n) {
    return h("button", { type: "button", class: "plain", onclick: () => this.showAll() }, `Show all ${n}`);
  }

  showAll() {
    this.all = true;
    this.keys = null;
    this.show(this.person, this.last);
    this.place.querySelector("input[type=range]")?.focus();
  }

  slider(entry, top, words) {
    const id = `weigh-${entry.kind}-${entry.feature}`;
    const most = Math.max(top ?? 5, Math.ceil(entry.before), 5);
    const input = h("input", { id, type: "range", min: 0, max: most, step: 1, "data-key": id });
    const amount = h("output", { for: id });
    const was = h("small", { class: "muted" });
    const away = h("button", { type: "button", class: "plain", "data-key": `away ${id}` });
    const row = h("div", { class: "slider" }, h("label", { for: id }, entry.feature), amount, away, input, was);
    let own = entry;
    const move = (final) => this.change((state) => weigh(state, own, Number(input.value)), final);
    input.addEventListener("input", () => {
      say(Number(input.value));
      move(false);
    });
    input.addEventListener("change", () => move(true));
    away.addEventListener("click", () => this.change((state) => weigh(state, own, own.now ? 0 : own.before || 1), true));
    const say = (value) => {
      amount.textContent = words.amount(value);
      input.setAttribute("aria-valuetext", words.amount(value));
      row.classList.toggle("moved", value !== own.before);
      row.classList.toggle("gone", value === 0);
      was.textContent = value === own.before ? "" : own.before ? `was ${words.amount(own.before)}` : "added";
      away.textContent = value ? "×" : "↺";
      away.setAttribute("aria-label", `${value ? "Take away" : "Put back"}: ${own.feature}`);
      away.title = value ? "Take away" : "Put back";
    };
    this.rows.set(entry.kind + entry.feature, (fresh, state) => {
      this.last = state;
      own = fresh;
      const wanted = state[PLACE[fresh.kind]][fresh.feature] ?? fresh.now;
      input.value = wanted;
      say(wanted);
    });
    return row;
  }
}
