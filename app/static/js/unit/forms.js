// What the workspace's forms share: counters, regions, previews, conditional fields, patent numbers, kept text.

import "./picker.js";
import "./upload.js";
import { element, get, later, texts } from "./net.js";

for (const box of document.querySelectorAll("[data-count]")) {
  const input = box.querySelector("input, textarea");
  const most = Number(box.dataset.count);
  const counter = element("span", { class: "counter", "aria-hidden": "true" });
  box.querySelector("label").after(counter);
  const show = () => {
    const length = Array.from(input.value).length;
    counter.textContent = `${length}/${most}`;
    counter.classList.toggle("is-over", length > most);
  };
  input.addEventListener("input", show);
  show();
}

for (const box of document.querySelectorAll(".field-box")) {
  const control = box.querySelector("input:not([type=hidden]), select, textarea");
  const remark = box.querySelector(".remark");
  if (control && remark) {
    control.setAttribute("aria-describedby", `${control.getAttribute("aria-describedby") || ""} ${remark.id}`.trim());
  }
}

for (const row of document.querySelectorAll("[data-regions]")) {
  const lists = [...row.querySelectorAll("select")];
  lists.slice(0, -1).forEach((list, place) => list.addEventListener("change", async () => {
    for (const below of lists.slice(place + 1)) below.replaceChildren(below.options[0]);
    const next = lists[place + 1];
    if (!list.value) return;
    const found = await get(row.dataset.regions, { parent: list.value });
    next.append(...found.map((division) => element("option", { value: division.code }, division.name)));
    if (found.length === 1) {
      next.value = found[0].code;
      next.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }));
}

for (const part of document.querySelectorAll("[data-shown-when]")) {
  const [name, wanted] = part.dataset.shownWhen.split("=");
  const control = document.querySelector(`[name="${name}"]`);
  const show = () => { part.hidden = control.value !== wanted; };
  control.addEventListener("change", show);
  show();
}

for (const button of document.querySelectorAll("[data-fill]")) {
  button.addEventListener("click", () => {
    const input = document.getElementById(button.dataset.fill);
    input.value = button.dataset.text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
  });
}

for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());

const numberBox = document.querySelector("[data-patent-number]");
if (numberBox) {
  const input = numberBox.querySelector("input");
  const answer = numberBox.querySelector(".number-answer");
  const facts = document.querySelector("[data-patent-facts]");
  const look = async () => {
    if (!input.value.trim()) {
      answer.textContent = "";
      return;
    }
    const found = await get(numberBox.dataset.patentNumber, { number: input.value.slice(0, 60) });
    answer.classList.toggle("is-bad", !found.ok);
    facts.hidden = Boolean(found.known);
    if (!found.ok) answer.textContent = found.message;
    else if (!found.known) answer.textContent = `✓ ${found.display} · ${found.kind} · ${texts.unknownPatent}`;
    else answer.textContent = `✓ ${found.display} · ${found.kind} · ${found.known.title} · ${found.known.patentees} · ${found.known.legal_state}`;
  };
  input.addEventListener("input", later(look, 400));
  look();
}

// Text typed into a form stays in this tab until it is saved, so that an ended session loses nothing (T-S04). It is
// saved when the record has a newer version, or when what follows the sending is another page of the workspace.
const SENT = "sent:";
const forms = [...document.querySelectorAll("form[data-keep]")];
const keyOf = (form) => `typed:${form.dataset.keep}:${form.getAttribute("action")}`;

for (const mark of Object.keys(sessionStorage).filter((name) => name.startsWith(SENT))) {
  const key = mark.slice(SENT.length);
  if (!forms.some((form) => keyOf(form) === key)) sessionStorage.removeItem(key);
  sessionStorage.removeItem(mark);
}

for (const form of forms) {
  const key = keyOf(form);
  const version = () => form.elements.version.value;
  const fields = () => [...form.elements].filter((f) => f.name && !["csrf_token", "version"].includes(f.name) && f.type !== "file" && f.type !== "submit");
  const read = () => fields().map((f) => [f.name, f.type === "checkbox" ? f.checked : f.value]);
  const keep = () => sessionStorage.setItem(key, JSON.stringify({ version: version(), values: read() }));
  const forget = () => sessionStorage.removeItem(key);
  const kept = JSON.parse(sessionStorage.getItem(key));
  const answered = document.querySelector(".error-summary, .alert-warning[role=alert]");
  if (kept && (answered || kept.version !== version() || JSON.stringify(kept.values) === JSON.stringify(read()))) forget();
  else if (kept) offer(form, kept.values, forget);
  form.addEventListener("input", later(keep, 300));
  form.addEventListener("saved", forget);
  form.addEventListener("submit", () => { keep(); sessionStorage.setItem(SENT + key, "1"); });
}

function offer(form, kept, forget) {
  const names = kept.map(([name]) => name);
  if (names.some((name) => !form.elements[name])) {
    forget();
    return;
  }
  const bar = element("div", { class: "alert alert-info kept-text", role: "status" }, texts.kept, " ");
  const restore = element("button", { type: "button", class: "btn btn-default btn-sm" }, texts.restore);
  const drop = element("button", { type: "button", class: "link-button" }, texts.drop);
  restore.addEventListener("click", () => {
    for (const [name, value] of kept) {
      const field = form.elements[name];
      if (field.type === "checkbox") field.checked = value;
      else if ("value" in field) field.value = value;
      (field.length ? field[0] : field).dispatchEvent(new Event("input", { bubbles: true }));
    }
    bar.remove();
    forget();
  });
  drop.addEventListener("click", () => { bar.remove(); forget(); });
  bar.append(restore, " ", drop);
  form.before(bar);
}
