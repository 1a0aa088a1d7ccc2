// What is looked at, asked for, and shown again whenever something changes.

import { ask, latest } from "./ask.js";
import * as changes from "./changes.js";
import { byId, called, counted, h, refill } from "./dom.js";
import { finder } from "./find.js";
import * as list from "./list.js";
import { Person } from "./person.js";
import { changesOf, empty, like, plain, question, read, strike, weigh, written } from "./state.js";
import * as trouble from "./trouble.js";
import * as why from "./why.js";

const K = 10;
let state = read(location.search);
let depth = history.state?.depth ?? 0; // changes that Back can take back
let sliding = false; // a slider is being moved: what it passes is one change
let explains = true; // whether the run has an explainer
let last = null; // the last answer
history.replaceState({ depth }, "", written(state)); // the address as it is written here
performance.mark("changed");

const failed = (error, again) => trouble.show(error, { again: () => { trouble.clear(); again(); }, back: depth ? () => history.back() : null });

// A new state, in the address and on the page. final: false while a slider is being moved.
function go(next, final = true) {
  if (written(next) === written(state)) {
    sliding = sliding && !final;
    return;
  }
  if (!sliding) depth += 1;
  history[sliding ? "replaceState" : "pushState"]({ depth }, "", written(next));
  sliding = !final;
  state = next;
  performance.mark("changed");
  refresh();
}

const change = (how, final = true) => go(how(state), final);

// A reason taken away, or an item that is liked.
const take = ({ kind, name }) =>
  change((was) => (kind === "like" ? like(was, name) : kind === "history" ? strike(was, name) : weigh(was, { kind, feature: name, before: -1 }, 0)));

const choose = (user) => {
  go({ ...empty(), user, analyst: state.analyst });
  byId("list").focus({ preventScroll: true });
};

const refresh = latest(async () => {
  const asked = state;
  frame();
  if (asked.user === undefined) return;
  byId("results").setAttribute("aria-busy", "true");
  try {
    const answer = await ask("person", { ...question(asked), k: K, explain: explains });
    trouble.clear();
    show(answer, asked);
    if (asked === state) performance.measure("answered", "changed");
    await askWhy();
  } catch (error) {
    failed(error, refresh);
  } finally {
    byId("results").setAttribute("aria-busy", "false");
  }
});

// What can be shown before there is an answer.
function frame() {
  const chosen = state.user !== undefined;
  byId("analyst").checked = state.analyst;
  byId("welcome").hidden = chosen;
  if (!chosen) {
    byId("results").hidden = byId("person").hidden = true;
    document.title = "What is recommended, and why";
  }
}

function show(answer, asked) {
  last = answer;
  if (state.user !== asked.user) return;
  byId("results").hidden = byId("person").hidden = false;
  const name = answer.person.user ?? "somebody new";
  document.title = `${name}: what is recommended, and why`;
  byId("list-title").textContent = `Recommended to ${name}`;
  const changed = changesOf(asked) > 0;
  person.show(answer.person, state, asked === state);
  changes.show(byId("changes"), state, answer.person, { change, reset: () => go(plain(state)), back: depth ? () => history.back() : null });
  document.body.dataset.shown = written(asked); // which view this is, for those who wait for it
  const unknown = !answer.person.features.some((one) => one.now) && !answer.person.likes.some((one) => one.state !== "struck");
  byId("items").classList.toggle("unknown", unknown);
  byId("said").textContent = list.show(byId("items"), byId("went"), answer, { k: K, changed, unknown, analyst: state.analyst, change: take, ask: deeper });
}

// An explanation of the person as they are now, with more taken away.
async function deeper({ item, against, away }) {
  const without = away.reduce((was, { kind, feature }) => (kind === "history" ? strike(was, feature) : weigh(was, { kind, feature, before: -1 }, 0)), state);
  try {
    return await ask("person/explain", { ...question(without), item, against });
  } catch (error) {
    failed(error, () => {});
    return null;
  }
}

async function askWhy() {
  const item = state.why;
  if (!item || !explains) {
    byId("why").replaceChildren();
    return;
  }
  const found = await ask("person/explain", { ...question(state), item });
  if (item !== state.why) return;
  const title = found.item === item ? found.item_title : found.against === item ? found.against_title : null;
  why.show(byId("why"), found, { item, title, person: last.person, analyst: state.analyst, change: take, tryThis: change, ask: deeper, close: () => {
    go({ ...state, why: null });
    byId("find-item").querySelector("input").focus();
  } });
}

const person = new Person(byId("person"), { change, failed });

function welcome(users, may) {
  const some = users.map((one) => h("li", {}, h("button", { type: "button", onclick: () => choose(one.user) }, h("b", {}, one.user), h("span", { class: "muted small" }, counted(one.training_pairs, "liked item")))));
  refill(byId("welcome"), h("section", { class: "card" }, h("h2", {}, "See what a person is recommended, and why"),
    h("p", {}, `Find somebody${may.likes ? ", or start from nothing and pick a few items" : ""}. ${may.features ? "Then take a reason away, move a slider" : may.likes ? "Then add an item" : "See what they are recommended"}${may.likes ? " or strike one that they liked" : ""}${may.features || may.likes ? ", and see what happens to the list" : ""}.`),
    h("p", { class: "muted small" }, "For example:"), h("ul", { class: "people" }, some)));
}

async function start() {
  try {
    const health = await ask("health");
    byId("facts").textContent = `${health.dataset.name} · ${health.method} · ${counted(health.users, "person", "people")} · ${counted(health.items, "item")}`;
    explains = health.explainer !== null;
    byId("ask").hidden = !explains;
    byId("unexplained").hidden = explains;
    byId("nobody").disabled = !health.may_change.likes;
    byId("nobody-hint").hidden = health.may_change.likes;
    welcome((await ask("users?k=6")).users, health.may_change);
    refresh();
  } catch (error) {
    failed(error, start);
  }
}

finder(byId("find-user"), {
  id: "user", label: "Find a person", hint: "Part of an id", failed,
  url: (words) => `users?k=8&search=${encodeURIComponent(words)}`, entries: (answer) => answer.users,
  shown: (entry) => [entry.user, counted(entry.training_pairs, "liked item")], chosen: (entry) => choose(entry.user),
});
finder(byId("find-item"), {
  id: "item", label: "Why not this one? Ask of any item", hint: "A title or an id", failed,
  url: (words) => `items?k=8&search=${encodeURIComponent(words)}`, entries: (answer) => answer.items,
  shown: (entry) => [called(entry), entry.title ? entry.item : ""], chosen: (entry) => go({ ...state, why: entry.item }),
});
byId("nobody").addEventListener("click", () => choose(null));
byId("analyst").addEventListener("change", (event) => go({ ...state, analyst: event.target.checked }));
addEventListener("popstate", (event) => {
  depth = event.state?.depth ?? 0;
  sliding = false;
  state = read(location.search);
  performance.mark("changed");
  trouble.clear();
  refresh();
});
start();
