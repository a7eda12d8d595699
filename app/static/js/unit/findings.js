// What the checker finds, drawn beside the fields it is about.

import { element, texts } from "./net.js";

function card(finding) {
  const made = element("div", { class: `finding finding-${finding.severity}` },
    element("p", {}, element("span", { class: "finding-kind" }, texts.severity[finding.severity]), " ", finding.message));
  if (finding.good || finding.bad) {
    const examples = element("p", { class: "finding-examples" });
    for (const [kind, mark, name] of [["good", "✓", texts.good], ["bad", "✗", texts.bad]]) {
      if (finding[kind]) {
        examples.append(element("span", { class: `example-${kind}` }, element("span", { "aria-hidden": "true" }, mark),
          element("span", { class: "sr-only" }, name), ` ${finding[kind]}`), " ");
      }
    }
    made.append(examples);
  }
  made.append(element("p", { class: "finding-clause" }, `${finding.rule} · ${finding.clause}`));
  return made;
}

// ``wanted`` says whether findings at a field are to be shown yet: nothing is said of what was not touched.
export function draw(findings, wanted) {
  for (const place of document.querySelectorAll("[data-field] > .findings")) {
    const field = place.parentElement.dataset.field;
    const here = findings.filter((f) => f.severity !== "info" && (f.field || "").split(".")[0] === field && wanted(field));
    const drawn = here.map((f) => f.rule + f.message).join("|");
    if (place.dataset.drawn === drawn) continue;
    place.dataset.drawn = drawn;
    place.replaceChildren(...here.map(card));
    const control = place.parentElement.querySelector("input:not([type=hidden]):not([type=file]):not([hidden]), select, textarea");
    if (control) {
      if (!place.id) place.id = `findings-${field}`;
      const ids = (control.getAttribute("aria-describedby") || "").split(" ").filter((id) => id && id !== place.id);
      control.setAttribute("aria-describedby", [...ids, ...(here.length ? [place.id] : [])].join(" "));
      if (here.some((f) => f.severity === "block")) control.setAttribute("aria-invalid", "true");
      else if (!place.parentElement.querySelector(".field-error")) control.removeAttribute("aria-invalid");
    }
  }
}
