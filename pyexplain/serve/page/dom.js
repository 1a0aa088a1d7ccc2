// Elements, made in one line. Text is set as text: nothing that comes from the service is read as markup.

export const byId = (id) => document.getElementById(id);

// h("p", {class: "muted", onclick: f}, "text", child, null)
export function h(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return made;
}

export function svg(tag, given = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(given)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Put new children in the place of the old ones. What was open stays open, and what had the focus has it again, by its data-key; where
// that is gone, what stands beside it (the keys of what belongs together begin alike), and else the list.
export function refill(parent, ...children) {
  const active = document.activeElement;
  const focused = parent.contains(active) ? active.dataset.key ?? "" : null;
  const open = new Set([...parent.querySelectorAll("details[open][data-key]")].map((one) => one.dataset.key));
  parent.replaceChildren(...children.flat(Infinity).filter(Boolean));
  for (const one of parent.querySelectorAll("details[data-key]")) if (open.has(one.dataset.key)) one.open = true;
  if (focused === null) return;
  const keyed = [...parent.querySelectorAll("[data-key]:not(details, :disabled)")];
  const beside = `${focused.split(" ")[0]} `;
  const next = keyed.find((one) => one.dataset.key === focused) ?? keyed.find((one) => one.dataset.key.startsWith(beside)) ?? byId("list");
  next.focus({ preventScroll: true });
}

export const counted = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

// What a person calls an item: its title, or its id where there is none.
export const called = (entry) => entry.title ?? entry.item;

export const rounded = (value) => String(Math.round(value * 10) / 10);
