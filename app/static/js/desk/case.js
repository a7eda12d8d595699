// A case: phrases are inserted by a click, remarks are listed and counted beside the decision, ticks of the checklist
// stay while the case is worked on. Everything else works without this script.
"use strict";

const boxes = [...document.querySelectorAll(".remark textarea")];
const list = document.getElementById("remark-list");
const reason = document.getElementById("reason");

function showRemarks() {
  const filled = boxes.filter((box) => box.value.trim());
  for (const box of boxes) box.closest(".remark").classList.toggle("is-filled", filled.includes(box));
  list.replaceChildren(...filled.map((box) => {
    const item = document.createElement("li");
    item.textContent = `${box.dataset.label}：${box.value.trim()}`;
    return item;
  }));
  list.hidden = filled.length === 0;
  document.getElementById("compose").hidden = filled.length === 0;
  const count = document.getElementById("remark-count");
  count.textContent = filled.length ? `${count.dataset.text} ${filled.length}` : "";
}

function insert(box, text) {
  const gap = box.value && !box.value.endsWith("\n") ? "\n" : "";
  box.value += gap + text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
}

if (list) {
  for (const phrases of document.querySelectorAll(".phrases")) phrases.hidden = false;
  document.addEventListener("click", (event) => {
    const id = event.target.dataset && event.target.dataset.phraseFor;
    if (id) insert(document.getElementById(id), event.target.textContent);
  });
  document.addEventListener("input", (event) => { if (boxes.includes(event.target)) showRemarks(); });
  document.getElementById("compose").addEventListener("click", () => {
    insert(reason, [...list.children].map((item, place) => `${place + 1}. ${item.textContent}`).join("\n"));
  });
  for (const remark of document.querySelectorAll(".remark")) {
    const summary = remark.querySelector("summary");
    remark.addEventListener("toggle", () => {
      if (remark.open && document.activeElement === summary) remark.querySelector("textarea").focus();
    });
  }
  showRemarks();
}

for (const checklist of document.querySelectorAll("[data-checklist]")) {
  const key = `checklist-${checklist.dataset.checklist}`;
  const ticks = [...checklist.querySelectorAll("input")];
  const kept = (window.sessionStorage.getItem(key) || "").split(",");
  for (const tick of ticks) tick.checked = kept.includes(tick.value);
  checklist.addEventListener("change", () => {
    window.sessionStorage.setItem(key, ticks.filter((tick) => tick.checked).map((tick) => tick.value).join(","));
  });
}
