// The bar of long work: asks how far it is, less often the longer it takes, and shows the result when it has ended.
"use strict";

for (const box of document.querySelectorAll("[data-progress]")) {
  if (!["waiting", "running"].includes(box.dataset.state)) continue;
  let pause = 500;
  const ask = async () => {
    let answer;
    try {
      const response = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
      if (!response.ok) return;
      answer = await response.json();
    } catch {
      answer = null;  // the line is down for a moment; ask again
    }
    if (answer) {
      const bar = box.querySelector("progress");
      bar.max = answer.total || 1;
      bar.value = answer.done;
      box.querySelector("[data-progress-label]").textContent = answer.label;
      box.querySelector("[data-progress-count]").textContent = answer.total ? `${answer.done} / ${answer.total}` : "";
      if (!["waiting", "running"].includes(answer.state)) {
        window.location.reload();
        return;
      }
    }
    pause = Math.min(pause * 1.3, 5000);
    setTimeout(ask, pause);
  };
  setTimeout(ask, pause);
}
