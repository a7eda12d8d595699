// What the workspace's forms share: counters, regions, previews, conditional fields, patent numbers.

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

// A link to a field whose own input is hidden (an upload, a picker) leads to what stands for it.
function followHash() {
  const target = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
  const box = target && target.matches("input[hidden], input[type=hidden]") && target.closest("[data-field]");
  const control = box && box.querySelector("input:not([hidden]):not([type=hidden])");
  if (control) control.focus();
}

window.addEventListener("hashchange", followHash);
followHash();
