// The queue: tick all rows of the page at once; buttons say how many cases they concern.
"use strict";

const list = document.getElementById("cases");
const all = document.getElementById("tick-all");

if (list && all) {
  const boxes = [...list.querySelectorAll("input[name=case]")];
  const buttons = [...list.querySelectorAll("button[name=do]")].map((button) => [button, button.textContent]);
  const show = () => {
    const count = boxes.filter((box) => box.checked).length;
    all.checked = count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
    for (const [button, text] of buttons) button.textContent = count ? `${text} (${count})` : text;
  };
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  list.addEventListener("change", show);
  window.addEventListener("pageshow", show);
}
