// A combobox over a classification: found by name, code or pinyin, or by going through the tree. The form's own input
// keeps the code; without this script it is typed.

import { element, get, later, texts } from "./net.js";

let count = 0;

function pick(box) {
  const code = box.querySelector("input");
  const url = box.dataset.picker;
  const listId = `picker-list-${count += 1}`;
  const search = element("input", {
    type: "text", class: "form-control", id: `${code.id}-search`, role: "combobox", "aria-autocomplete": "list",
    "aria-expanded": "false", "aria-controls": listId, autocomplete: "off", placeholder: texts.pickHint,
  });
  const list = element("ul", { id: listId, role: "listbox", class: "picker-list", hidden: true });
  const tree = element("div", { class: "picker-tree", hidden: true });
  const browse = element("button", { type: "button", class: "btn btn-default", "aria-expanded": "false" }, texts.browse);
  const label = box.querySelector(`label[for="${code.id}"]`);
  label.htmlFor = search.id;
  label.id = `${search.id}-label`;
  list.setAttribute("aria-labelledby", label.id);
  search.setAttribute("aria-describedby", code.getAttribute("aria-describedby") || "");
  search.value = box.dataset.picked;
  code.hidden = true;  // not of type hidden: js/keep.js gives back what was typed, the code too
  code.after(element("div", { class: "picker-row" }, search, browse), list, tree);

  let options = [];
  let active = -1;

  function close() {
    list.hidden = true;
    active = -1;
    search.setAttribute("aria-expanded", "false");
    search.removeAttribute("aria-activedescendant");
  }

  function choose(node) {
    code.value = node.code;
    search.value = `${node.code} ${node.name}`;
    box.dataset.picked = search.value;
    close();
    tree.hidden = true;
    browse.setAttribute("aria-expanded", "false");
    code.dispatchEvent(new Event("input", { bubbles: true }));
    code.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function mark(place) {
    active = place;
    [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === place)));
    const item = list.children[place];
    if (item && options.length) {
      search.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    }
  }

  const look = later(async () => {
    const text = search.value.trim();
    if (!text || text === box.dataset.picked) {
      close();
      return;
    }
    options = await get(url, { q: text });
    if (text !== search.value.trim()) return;
    list.replaceChildren(...options.map((node, at) => {
      const item = element("li", { role: "option", id: `${listId}-${at}`, "aria-selected": "false" },
        element("strong", {}, `${node.code} ${node.name}`), element("span", { class: "picker-path" }, [node.path, node.kind].filter(Boolean).join(" · ")));
      item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(node); });
      return item;
    }));
    if (!options.length) list.append(element("li", { class: "picker-none", role: "option", "aria-disabled": "true" }, texts.noMatch));
    list.hidden = false;
    search.setAttribute("aria-expanded", "true");
    active = -1;
  }, 200);

  search.addEventListener("input", look);
  search.addEventListener("blur", () => {
    close();
    if (search.value.trim() === "") {
      if (code.value) choose({ code: "", name: "" });
      search.value = "";
      box.dataset.picked = "";
    } else {
      search.value = box.dataset.picked;
    }
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (list.hidden || !options.length) return;
    if (event.key === "ArrowDown") { event.preventDefault(); mark((active + 1) % options.length); }
    if (event.key === "ArrowUp") { event.preventDefault(); mark((active - 1 + options.length) % options.length); }
    if (event.key === "Enter") { event.preventDefault(); choose(options[active < 0 ? 0 : active]); }
  });

  async function open(trail) {
    const here = trail[trail.length - 1];
    const nodes = await get(url, here ? { parent: here.code } : {});
    const path = element("p", { class: "picker-trail" });
    [null, ...trail].forEach((node, at) => {
      const step = element("button", { type: "button", class: "link-button" }, node ? node.name : texts.top);
      step.addEventListener("click", () => open(trail.slice(0, at)));
      path.append(at ? " › " : "", step);
    });
    const items = element("ul", { class: "plain-list" }, ...nodes.map((node) => {
      const button = element("button", { type: "button", class: "link-button" },
        `${node.code} ${node.name}${node.leaf ? "" : " ›"}`);
      button.addEventListener("click", () => (node.leaf ? (choose(node), search.focus()) : open([...trail, node])));
      return element("li", {}, button, node.kind ? element("span", { class: "picker-path" }, ` ${node.kind}`) : "");
    }));
    tree.replaceChildren(path, items);
    (trail.length ? items : path).querySelector("button").focus();
  }

  code.addEventListener("change", async () => {
    if (search.value.startsWith(code.value) && code.value) return;
    const found = code.value ? await get(url, { q: code.value }) : [];
    const node = found.find((each) => each.code === code.value);
    search.value = node ? `${node.code} ${node.name}` : code.value;
    box.dataset.picked = search.value;
  });

  browse.addEventListener("click", () => {
    tree.hidden = !tree.hidden;
    browse.setAttribute("aria-expanded", String(!tree.hidden));
    if (!tree.hidden) open([]);
  });
}

for (const box of document.querySelectorAll("[data-picker]")) pick(box);
