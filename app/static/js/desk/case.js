// A case: phrases are inserted by a click, remarks are listed and counted beside the decision, ticks of the checklist
// are stored at once. Everything else works without this script.
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
  const line = checklist.parentElement.querySelector(".checklist-state");
  const said = line.querySelector("[role=status]");
  const token = document.querySelector('meta[name="csrf-token"]').content;
  line.querySelector("button").hidden = true;
  let saving = Promise.resolve();
  const save = async () => {
    const body = new FormData();
    for (const tick of checklist.querySelectorAll("input:checked")) body.append("checked", tick.value);
    const options = { method: "POST", body, redirect: "manual", headers: { Accept: "application/json", "X-CSRFToken": token } };
    const answer = await fetch(checklist.dataset.checklist, options).catch(() => null);
    said.textContent = answer && answer.ok ? said.dataset.saved : said.dataset.notSaved;
  };
  // one after the other: the last one says what is ticked in the end
  checklist.addEventListener("change", () => { saving = saving.then(save); });
}
