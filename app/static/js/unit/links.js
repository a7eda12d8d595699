// Step 2: choosing patents, core or other, and their contributions in exact hundredths.

import { element, get, later, texts } from "./net.js";

const WHOLE = 10000;
const form = document.getElementById("step-form");
const table = document.querySelector(".link-table");

export const rows = () => [...table.querySelectorAll("tr[data-patent]")];

export function links() {
  return rows().map((row) => ({
    patent_id: row.dataset.patent,
    core: row.querySelector("select").value === "true",
    contribution: row.querySelector(".share").value.trim(),
  }));
}

// A share in hundredths of a percent, null where it is none.
function hundredths(text) {
  const match = /^(\d{1,3})(?:\.(\d{1,2}))?%?$/.exec(text.trim());
  return match ? Number(match[1]) * 100 + Number((match[2] || "").padEnd(2, "0")) : null;
}

const written = (value) => `${Math.floor(value / 100)}.${String(value % 100).padStart(2, "0")}`;

function total() {
  let sum = 0;
  for (const row of rows()) {
    const core = row.querySelector("select").value === "true";
    const share = row.querySelector(".share");
    share.disabled = !core;
    if (!core) share.value = "";
    const value = core ? hundredths(share.value) : 0;
    share.classList.toggle("is-bad", core && share.value.trim() !== "" && (value === null || value === 0));
    sum += value || 0;
  }
  const output = table.querySelector(".share-total");
  const gap = WHOLE - sum;
  output.classList.toggle("is-whole", gap === 0);
  output.textContent = `${written(sum)} %` + (gap > 0 ? ` · ${texts.shareLess.replace("{n}", written(gap))}` : gap < 0 ? ` · ${texts.shareMore.replace("{n}", written(-gap))}` : " ✓");
  table.querySelector(".no-links").hidden = rows().length > 0;
}

function changed() {
  total();
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

function add(patent) {
  if (rows().some((row) => row.dataset.patent === String(patent.id))) return;
  const template = document.getElementById("link-row").innerHTML;
  const holder = element("tbody");
  holder.innerHTML = template.replaceAll("KEY", String(Number(patent.id)));
  const row = holder.firstElementChild;
  for (const node of row.querySelectorAll("*")) {
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) child.data = child.data.replace("NUMBER", patent.number).replace("TITLE", patent.title).replace("STATE", patent.state);
    }
    if (node.hasAttribute("aria-label")) node.setAttribute("aria-label", node.getAttribute("aria-label").replace("NUMBER", patent.number));
  }
  if (patent.lapsed) row.cells[1].append(" ", element("span", { class: "badge-state badge-bad" }, texts.lapsed));
  table.tBodies[0].insertBefore(row, table.querySelector(".no-links"));
  changed();
}

function splitEvenly() {
  const core = rows().filter((row) => row.querySelector("select").value === "true");
  const share = Math.floor(WHOLE / core.length);
  const over = WHOLE - share * core.length;
  core.forEach((row, place) => { row.querySelector(".share").value = written(share + (place < over ? 1 : 0)); });
  changed();
}

if (table) {
  table.addEventListener("input", total);
  table.addEventListener("change", changed);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-link]");
    const unlink = event.target.closest("[data-unlink]");
    if (link) {
      event.preventDefault();
      const { number, title, state, lapsed } = link.dataset;
      add({ id: link.value, number, title, state, lapsed: lapsed === "yes" || lapsed === "True" });
      link.disabled = true;
    }
    if (unlink) {
      event.preventDefault();
      const row = unlink.closest("tr");
      const offered = document.querySelector(`[data-link][value="${row.dataset.patent}"]`);
      if (offered) offered.disabled = false;
      row.remove();
      changed();
    }
    if (event.target.closest("[data-even]") && rows().some((row) => row.querySelector("select").value === "true")) {
      event.preventDefault();
      splitEvenly();
    }
  });

  const search = document.getElementById("find-patent");
  search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  search.addEventListener("input", later(async (event) => {
    event.stopPropagation();
    const found = await get("/my/patents/offered", { q: search.value });
    const linked = new Set(rows().map((row) => row.dataset.patent));
    document.querySelector(".offered").replaceChildren(...found.map((p) => element("tr", {},
      element("td", {}, element("span", { class: "nowrap" }, p.number), element("br"), p.title), element("td", {}, p.kind),
      element("td", {}, p.state), element("td", {}, element("button", {
        type: "button", class: "btn btn-default btn-sm", "data-link": true, value: p.id, "data-number": p.number, "data-title": p.title,
        "data-state": p.state, "data-lapsed": p.lapsed ? "yes" : "", disabled: linked.has(String(p.id)),
      }, texts.link)))));
    if (!found.length) document.querySelector(".offered").append(element("tr", {}, element("td", { colspan: 4 }, texts.noMatch)));
  }, 300));
  total();
}
