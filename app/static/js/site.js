// What every page needs: the menu on narrow screens, questions before what cannot be undone, a warning before typed
// text is lost, and no second submission by a double click.
"use strict";

const toggle = document.querySelector(".menu-toggle");
if (toggle) {
  toggle.addEventListener("click", () => {
    const menu = document.getElementById(toggle.getAttribute("aria-controls"));
    toggle.setAttribute("aria-expanded", String(menu.classList.toggle("is-open")));
  });
}

if (window.matchMedia("(max-width: 600px)").matches) {
  for (const box of document.querySelectorAll("details[data-closed-on-phones]")) box.open = false;
}

document.addEventListener("click", (event) => {
  for (const group of document.querySelectorAll("details.nav-group[open]")) {
    if (!group.contains(event.target)) group.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && document.querySelector("details.nav-group[open]");
  if (open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

document.addEventListener("submit", (event) => {
  const question = (event.submitter && event.submitter.dataset.confirm) || event.target.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    return;
  }
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
  window.addEventListener("pageshow", () => delete event.target.dataset.sent, { once: true });
});

for (const form of document.querySelectorAll("form[data-guard]")) {
  let dirty = false;
  form.addEventListener("input", () => { dirty = true; });
  form.addEventListener("submit", () => { dirty = false; });
  form.addEventListener("saved", () => { dirty = false; });
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
}

const first = document.querySelector("[data-autofocus]");
if (first) first.focus();
