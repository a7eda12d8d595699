// Asking the server from a script, and what scripts say; texts come from the page (data-texts), so that they are translated.

const token = document.querySelector('meta[name="csrf-token"]');
const holder = document.getElementById("script-texts");
export const texts = holder ? JSON.parse(holder.textContent) : {};

export class Refusal extends Error {
  constructor(status, answer) {
    super((answer && answer.message) || texts.failed);
    this.status = status;
    this.problems = (answer && answer.problems) || [];
  }
}

async function ask(url, options) {
  let response;
  try {
    response = await fetch(url, { redirect: "manual", ...options, headers: { Accept: "application/json", ...options.headers } });
  } catch {
    throw new Refusal(0, { message: texts.offline });
  }
  if (response.type === "opaqueredirect") throw new Refusal(401, { message: texts.signedOut });
  // without a session the page's token is no good either: that answer comes first
  if (response.status === 400 && options.method) throw new Refusal(401, { message: texts.signedOut });
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Refusal(response.status, answer);
  return answer;
}

export const get = (url, query = {}) => ask(`${url}?${new URLSearchParams(query)}`, {});

export const post = (url, body) => ask(url, {
  method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json", "X-CSRFToken": token.content },
});

export function send(url, data) {
  return ask(url, { method: "POST", body: data, headers: { "X-CSRFToken": token.content } });
}

export function later(work, delay) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...args), delay);
  };
}

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}
