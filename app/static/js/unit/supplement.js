// Evidence is added as soon as it has been uploaded: what is typed is saved with it.

for (const box of document.querySelectorAll("[data-add-file]")) {
  box.addEventListener("uploaded", () => {
    if (box.querySelector('input[type="hidden"]').value) box.querySelector("[data-add-button]").click();
  });
}
