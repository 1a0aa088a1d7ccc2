// Questions to the service, and what went wrong in plain words.

const KEY = "pyexplain-token"; // of this tab alone, until it is closed

export class Trouble extends Error {
  constructor(status, title, detail = "", hint = "") {
    super(title);
    Object.assign(this, { status, title, detail, hint });
  }
}

const TITLES = {
  400: "The service could not read the question.",
  404: "That is not there.",
  409: "This run cannot answer that.",
  413: "That was too much at once.",
  422: "That cannot be answered.",
  503: "The service is busy.",
};

export const remember = (token) => sessionStorage.setItem(KEY, token);

export async function ask(path, body = null) {
  const token = sessionStorage.getItem(KEY);
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
  } catch {
    throw gone();
  }
  let found = null;
  try {
    found = await answer.json();
  } catch {
    if (answer.ok) throw gone();
  }
  if (answer.ok) return found;
  const title = TITLES[answer.status] ?? "Something went wrong in the service.";
  throw new Trouble(answer.status, title, words(found?.detail), found?.hint ?? "");
}

const gone = () =>
  new Trouble(0, "The service does not answer.", "It was stopped, or the connection to it is gone.", "Start it again with ‘pyexplain serve’, then try again.");

// The first letter large, a full stop at the end.
const words = (text = "") => (text ? text[0].toUpperCase() + text.slice(1).replace(/[.]?$/, ".") : "");

// Of questions that come faster than answers, the last one: one is asked at a time, and what was asked in between is dropped.
export function latest(work) {
  let running = false;
  let waiting = null;
  return async function next(...given) {
    if (running) {
      waiting = given;
      return;
    }
    running = true;
    try {
      await work(...given);
    } finally {
      running = false;
      if (waiting) {
        const given = waiting;
        waiting = null;
        next(...given);
      }
    }
  };
}
