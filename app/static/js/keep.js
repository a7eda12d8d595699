// What was typed stays in this tab until it has been stored: a session that ended meanwhile costs nobody their text.
// A form that could not be taken is opened again with ?resume=1, after signing in if need be.
"use strict";

{
  const KEY = "typed";
  const LEFT_OUT = new Set(["hidden", "password", "file", "submit", "button"]);

  const kept = (form) => [...form.elements].filter((field) => field.name && !LEFT_OUT.has(field.type));

  const restore = (form, typed) => {
    for (const field of kept(form)) {
      const values = typed.filter(([name]) => name === field.name).map(([, value]) => value);
      if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
      else if (field.type === "select-multiple") for (const option of field.options) option.selected = values.includes(option.value);
      else if (values.length) field.value = typed.splice(typed.findIndex(([name]) => name === field.name), 1)[0][1];
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || location.pathname === "/login/" || !kept(form).length) return;
    const names = new Set(kept(form).map((field) => field.name));
    const fields = [...new FormData(form)].filter(([name, value]) => names.has(name) && typeof value === "string");
    sessionStorage.setItem(KEY, JSON.stringify({ path: location.pathname, form: [...document.forms].indexOf(form), fields }));
  });

  const address = new URL(location.href);
  if (address.searchParams.has("resume")) {
    const typed = JSON.parse(sessionStorage.getItem(KEY) || "null");
    address.searchParams.delete("resume");
    history.replaceState(null, "", address);
    if (typed && typed.path === location.pathname && document.forms[typed.form]) restore(document.forms[typed.form], typed.fields);
  }
  if (location.pathname !== "/login/") sessionStorage.removeItem(KEY);
}
