// The wizard: saves by itself, checks while one types, and tells when somebody else has saved meanwhile.

import { draw } from "./findings.js";
import { links, rows } from "./links.js";
import { element, get, later, post, texts } from "./net.js";

const SAVE_AFTER = 2500;
const CHECK_AFTER = 600;
const form = document.getElementById("step-form");
const state = document.querySelector(".save-state");

if (form) {
  const step = Number(form.dataset.step);
  const touched = new Set();
  let saving = Promise.resolve();
  let blocked = false;
  let dirty = false;

  function body() {
    const version = form.elements.version.value;
    if (step === 2) return { version, links: links() };
    const values = {};
    for (const field of form.elements) {
      if (field.name && !["csrf_token", "version"].includes(field.name) && !["file", "submit", "button"].includes(field.type)) values[field.name] = field.value;
    }
    return { version, values };
  }

  function say(text, bad = false) {
    state.textContent = text;
    state.classList.toggle("is-bad", bad);
  }

  function showProblems(problems) {
    for (const old of form.querySelectorAll(".autosave-error")) old.remove();
    for (const problem of problems) {
      const box = form.querySelector(`[data-field="${(problem.field || "").split(".")[0]}"]`);
      if (box && !box.querySelector(".field-error:not(.upload-error)")) {
        box.querySelector(".findings").before(element("p", { class: "field-error autosave-error" }, problem.message));
      }
    }
  }

  async function save() {
    if (blocked || !dirty) return;
    dirty = false;
    say(texts.saving);
    try {
      const answer = await post(form.dataset.autosave, body());
      for (const input of document.querySelectorAll('input[name="version"]')) input.value = answer.version;
      showProblems(answer.problems);
      say(texts.saved.replace("{time}", answer.at));
      if (!dirty && !answer.problems.length) form.dispatchEvent(new Event("saved"));
      if (step === 2) check();
    } catch (refusal) {
      dirty = true;
      if (refusal.status === 409) conflict(refusal);
      else say(refusal.message, true);
    }
  }

  function conflict(refusal) {
    blocked = true;
    say(texts.notSaved, true);
    const list = element("ul", {}, ...refusal.problems.map((p) => element("li", {}, p.message)));
    const reload = element("button", { type: "button", class: "btn btn-default btn-sm" }, texts.reload);
    reload.addEventListener("click", () => {
      form.dispatchEvent(new Event("saved"));
      window.location.reload();
    });
    const box = element("div", { class: "alert alert-warning", role: "alert", tabindex: "-1" },
      element("p", {}, element("strong", {}, refusal.message)), list, reload);
    form.before(box);
    box.focus();
  }

  const soon = later(() => { saving = saving.then(save); }, SAVE_AFTER);

  async function check() {
    if (!form.dataset.check) return;
    try {
      const answer = await post(form.dataset.check, body());
      draw(answer.findings, (field) => {
        if (step === 2) return rows().length > 0;
        const control = form.elements[field];
        return touched.has(field) || Boolean(control && control.value);
      });
    } catch (refusal) {
      if (refusal.status === 401) say(refusal.message, true);
    }
  }

  const checkSoon = later(check, CHECK_AFTER);

  form.addEventListener("input", (event) => {
    if (event.target.name) touched.add(event.target.name);
    dirty = true;
    soon();
    if (step !== 2) checkSoon();
  });
  form.addEventListener("submit", () => { blocked = true; });
  document.addEventListener("visibilitychange", () => { if (document.hidden && dirty) saving = saving.then(save); });
  if (step < 4) check();

  // Going to another step by the bar saves first.
  for (const link of document.querySelectorAll("a[data-step]")) {
    link.addEventListener("click", (event) => {
      if (!dirty || blocked) return;
      event.preventDefault();
      saving = saving.then(save).then(() => { if (!dirty) window.location = link.href; });
    });
  }

  // Margin, computed: profit in percent of sales.
  const margin = form.querySelector("[data-margin]");
  if (margin) {
    const amount = (name) => Number(form.elements[name].value.normalize("NFKC").replaceAll(/[,\s]/g, "") || NaN);
    const show = () => {
      const share = amount("profit") / amount("sales") * 100;
      margin.textContent = Number.isFinite(share) ? texts.margin.replace("{n}", share.toFixed(2)) : "";
    };
    form.addEventListener("input", show);
    show();
  }

  const industry = form.elements.industry_code;
  const note = form.querySelector("[data-intensive]");
  if (industry && note) {
    industry.addEventListener("change", async () => {
      const match = industry.value ? await get(note.dataset.intensive, { code: industry.value }) : null;
      note.replaceChildren();
      if (!match) return;
      note.append(match.intensive
        ? element("p", { class: "intensive-yes" }, element("strong", {}, texts.intensive), `：${match.group} › ${match.subgroup}${match.partial ? texts.partial : ""}`)
        : element("p", {}, texts.notIntensive));
      if (match.provisional) note.append(element("p", { class: "text-muted" }, texts.provisional));
    });
  }
}
