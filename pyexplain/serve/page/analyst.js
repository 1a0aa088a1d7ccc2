// The numbers behind an explanation: margins, weights, what each feature adds, and what is left as they are taken away.

import { h, svg } from "./dom.js";

const fixed = (value, digits = 3) => (value === null || value === undefined ? "–" : value.toFixed(digits));
// What a value is: an item of the history is liked or not, and an amount of it says nothing.
const held = ({ kind }, value) => (kind === "history" && value !== null ? (value > 0 ? "liked" : "not liked") : fixed(value, 2));
const signed = (value) => (value === null ? "–" : `${value > 0 ? "+" : ""}${value.toFixed(3)}`);
const MOST = 12; // features in the table

export function table(explanation, ask) {
  const rows = explanation.features.slice(0, MOST);
  const largest = Math.max(...rows.map((one) => Math.abs(one.contribution ?? 0)), 1e-9);
  const heaviest = Math.max(...rows.map((one) => one.weight), 1e-9);
  const moves = rows.some((one) => one.to !== null);
  const head = ["feature", "kind", "adds to the lead", "weight", "now", ...(moves ? ["would be"] : [])];
  const body = rows.map((one) => h("tr", {}, h("th", { scope: "row" }, one.title ?? one.feature), h("td", { class: "left" }, one.kind),
    h("td", {}, one.contribution === null ? "–" : [bar(one.contribution / largest), " ", signed(one.contribution)]),
    h("td", {}, fixed(one.weight / heaviest, 2)), h("td", {}, held(one, one.from)), moves ? h("td", {}, held(one, one.to)) : null));
  const holder = h("div", { class: "curve" });
  const curve = explanation.against && rows.some((one) => one.weight > 0)
    ? h("button", { type: "button", class: "plain", onclick: (event) => draw(event.target, holder, explanation, ask) }, "Draw the deletion curve") : null;
  return [h("h4", {}, "Numbers"), facts(explanation),
    rows.length ? h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Features" }, h("table", {}, h("thead", {}, h("tr", {}, head.map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, body))) : null,
    curve, holder];
}

function facts({ method, against, against_title, margin_before, margin_after, rank_before, rank_after, valid, note }) {
  const entries = [["method", method], ["compared with", against_title ?? against ?? "nothing"], ["lead", fixed(margin_before)],
    ["lead with the change", fixed(margin_after)], ["place", rank_before ?? "–"], ["place with the change", rank_after ?? "–"],
    ["asked again, the order", valid === null ? "was not asked about" : valid ? "flips" : "does not flip"], ...(note ? [["note", note]] : [])];
  return h("dl", { class: "facts" }, entries.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, String(value)))));
}

function bar(share) {
  const width = Math.abs(share) * 30;
  return svg("svg", { width: 62, height: 10, "aria-hidden": "true", class: share < 0 ? "against" : "for" },
    svg("rect", { x: share < 0 ? 31 - width : 31, y: 1, width, height: 8 }), svg("line", { x1: 31, x2: 31, y1: 0, y2: 10 }));
}

// The lead, asked for again as the features that weigh most are taken away one after the other.
async function draw(button, holder, explanation, ask) {
  button.disabled = true;
  const named = explanation.features.filter((one) => one.weight > 0 && one.from > 0).slice(0, 8);
  const leads = [explanation.margin_before];
  const away = [];
  for (const one of named) {
    away.push(one);
    const found = await ask({ item: explanation.item, against: explanation.against, away });
    if (!found) break;
    leads.push(found.item === explanation.item ? found.margin_before : -found.margin_before);
  }
  button.disabled = false;
  if (leads.length > 1) holder.replaceChildren(picture(leads, named));
}

function picture(leads, named) {
  const [width, height, left, low] = [360, 170, 40, 34];
  const [top, bottom] = [Math.max(...leads, 0), Math.min(...leads, 0)];
  const x = (at) => left + (at * (width - left - 12)) / (leads.length - 1);
  const y = (value) => 10 + ((top - value) / (top - bottom || 1)) * (height - low - 10);
  const words = leads.map((lead, at) => `${at ? `without ${named[at - 1].title ?? named[at - 1].feature}` : "as it is"}: ${lead.toFixed(2)}`).join("; ");
  const made = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `The lead as reasons are taken away one after the other; ${words}` },
    svg("line", { class: "grid", x1: left, x2: width, y1: y(0), y2: y(0) }), text(left - 6, y(0) + 4, "0", "end"), text(left - 6, y(top) + 4, top.toFixed(1), "end"),
    svg("polyline", { class: "line", points: leads.map((lead, at) => `${x(at)},${y(lead)}`).join(" ") }),
    ...leads.map((lead, at) => svg("circle", { class: "dot", cx: x(at), cy: y(lead), r: 3.5 })),
    ...leads.map((_, at) => text(x(at), height - 16, String(at), "middle")), text(width - 4, height - 2, "features taken away", "end"));
  return h("figure", {}, made, h("figcaption", { class: "muted small" }, "The lead, in units of scores, as what weighs most is taken away, one after the other."));
}

function text(x, y, words, anchor) {
  const made = svg("text", { x, y, "text-anchor": anchor });
  made.textContent = words;
  return made;
}
