// What is looked at, as the address says it: a view can be sent to somebody, and the browser's Back takes a change back.
//
// user: an id, null = nobody yet, undefined = not chosen. struck, liked: ids of items. words, attributes: amounts, 0 = taken away.
// why: the item that was asked about. analyst: whether numbers are shown.

export const empty = () => ({ user: undefined, struck: [], liked: [], words: {}, attributes: {}, why: null, analyst: false });

export function read(search) {
  const found = empty();
  const given = new URLSearchParams(search);
  if (given.has("user")) found.user = given.get("user") || null;
  found.struck = [...new Set(given.getAll("struck"))];
  found.liked = [...new Set(given.getAll("liked"))];
  for (const [key, kind] of [["word", "words"], ["attribute", "attributes"]]) {
    for (const text of given.getAll(key)) {
      const at = text.lastIndexOf("*");
      const amount = Number(text.slice(at + 1));
      if (at > 0 && Number.isFinite(amount) && amount >= 0) found[kind][text.slice(0, at)] = amount;
    }
  }
  found.why = given.get("why");
  found.analyst = given.get("view") === "analyst";
  return found;
}

export function written(state) {
  const out = new URLSearchParams();
  if (state.user !== undefined) out.set("user", state.user ?? "");
  for (const item of state.struck) out.append("struck", item);
  for (const item of state.liked) out.append("liked", item);
  for (const [name, amount] of Object.entries(state.words)) out.append("word", `${name}*${amount}`);
  for (const [name, amount] of Object.entries(state.attributes)) out.append("attribute", `${name}*${amount}`);
  if (state.why) out.set("why", state.why);
  if (state.analyst) out.set("view", "analyst");
  const text = out.toString();
  return text ? `?${text}` : location.pathname;
}

// What the service is asked about the person.
export const question = ({ user, struck, liked, words, attributes, analyst }) => ({
  user: user ?? null,
  struck,
  liked,
  words,
  attributes,
  for: analyst ? "analyst" : "customer",
});

export const changesOf = (state) =>
  state.struck.length + state.liked.length + Object.keys(state.words).length + Object.keys(state.attributes).length;

const without = (list, item) => list.filter((one) => one !== item);

// Each gives a new state, and leaves the old one as it was.
export const strike = (state, item) =>
  state.liked.includes(item) ? { ...state, liked: without(state.liked, item) } : { ...state, struck: [...state.struck, item] };

export const like = (state, item) =>
  state.struck.includes(item) ? { ...state, struck: without(state.struck, item) } : { ...state, liked: [...without(state.liked, item), item] };

export const PLACE = { word: "words", attribute: "attributes" };

export const weigh = (state, { kind, feature, before }, amount) => {
  const { [feature]: _, ...others } = state[PLACE[kind]];
  return { ...state, [PLACE[kind]]: amount === before ? others : { ...others, [feature]: amount } };
};

export const plain = (state) => ({ ...empty(), user: state.user, why: state.why, analyst: state.analyst });
