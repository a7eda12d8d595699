// Uploads: the file is sent as soon as it is chosen; the form carries its id. Previews are loaded when they are opened.

import { element, send, texts } from "./net.js";

const size = (bytes) => bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;

function fileLine(file) {
  const line = element("div", { class: "file-line" }, element("span", { class: "file-name" }, file.name), " ",
    element("span", { class: "text-muted" }, size(file.size)), " ");
  if (file.state === "clean") {
    line.append(element("a", { href: `/files/${file.token}` }, texts.download), " ",
      element("details", { class: "preview", "data-view": `/files/${file.token}/view`, "data-type": file.type, "data-name": file.name },
        element("summary", {}, texts.preview)), " ");
  } else {
    line.append(element("span", { class: "badge-state badge-busy" }, file.notice), " ");
  }
  line.append(element("button", { type: "button", class: "link-button", "data-remove-file": true }, texts.remove));
  return line;
}

function wire(box) {
  const input = box.querySelector('input[type="file"]');
  const id = box.querySelector('input[type="hidden"]');
  const now = box.querySelector(".upload-now");
  const error = box.querySelector(".upload-error");

  function changed() {
    id.dispatchEvent(new Event("input", { bubbles: true }));
    box.dispatchEvent(new CustomEvent("uploaded", { bubbles: true }));
  }

  async function take() {
    if (!input.files.length) return;
    const data = new FormData();
    data.append("file", input.files[0]);
    data.append("purpose", box.dataset.upload);
    error.textContent = "";
    box.classList.remove("has-error");
    now.replaceChildren(element("p", { class: "text-muted" }, texts.uploading));
    input.disabled = true;
    try {
      const file = await send("/my/uploads/", data);
      id.value = file.id;
      now.replaceChildren(fileLine(file));
      changed();
    } catch (refusal) {
      now.replaceChildren();
      id.value = "";
      error.textContent = refusal.problems.length ? refusal.problems.map((p) => p.message).join("；") : refusal.message;
      box.classList.add("has-error");
      changed();
    } finally {
      input.disabled = false;
      input.value = "";
    }
  }

  input.addEventListener("change", take);
  // chosen before this script had been loaded: on a slow line the page is there first
  take();

  now.addEventListener("click", (event) => {
    if (!event.target.closest("[data-remove-file]")) return;
    id.value = "";
    now.replaceChildren();
    changed();
    input.focus();
  });
}

document.addEventListener("toggle", (event) => {
  const preview = event.target;
  if (!(preview instanceof HTMLDetailsElement) || !preview.matches(".preview") || !preview.open || preview.children.length > 1) return;
  const { view, type, name } = preview.dataset;
  preview.append(type.startsWith("image/")
    ? element("img", { src: view, alt: name, class: "preview-picture" })
    : element("iframe", { src: view, title: name, class: "preview-frame" }));
}, true);

for (const box of document.querySelectorAll("[data-upload]")) wire(box);
