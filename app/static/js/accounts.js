// Registering and signing in: the code checked while it is typed, one-time codes with their countdown, the captcha.
"use strict";

const token = document.querySelector("input[name=csrf_token]").value;

function note(element, text, good) {
  element.textContent = text;
  element.classList.toggle("is-good", good);
  element.classList.toggle("is-bad", !good);
}

// ---- captcha

function renewCaptcha() {
  const captcha = document.querySelector("[data-captcha]");
  if (!captcha) return;
  const image = captcha.querySelector("img");
  image.src = image.src.split("?")[0] + "?" + Date.now();
  captcha.querySelector("input").value = "";
}

document.addEventListener("click", (event) => {
  if (event.target.matches("[data-captcha-renew]")) renewCaptcha();
  if (event.target.matches("[data-captcha-listen]")) new Audio(event.target.dataset.sound + "?" + Date.now()).play();
});

// ---- unified social credit code, checked while it is typed

const uscc = document.querySelector("[data-check-uscc]");
if (uscc) {
  const input = uscc.querySelector("input");
  const result = uscc.querySelector("[data-uscc-note]");
  const links = uscc.querySelector("[data-uscc-registered]");
  let timer;
  let asked = 0;

  const check = async () => {
    const number = ++asked;
    const typed = input.value.trim();
    if (!typed) return note(result, "", true);
    const answer = await fetch(uscc.dataset.checkUscc + "?code=" + encodeURIComponent(typed), { headers: { Accept: "application/json" } })
      .then((response) => (response.ok ? response.json() : null)).catch(() => null);
    if (!answer || number !== asked) return undefined;
    links.hidden = !answer.registered;
    return note(result, answer.message, answer.ok);
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (input.value.trim().length >= 15) timer = setTimeout(check, 300);
    else note(result, "", true);
  });
  input.addEventListener("change", () => { clearTimeout(timer); check(); });
}

// ---- one-time code

function showProblems(form, problems) {
  for (const old of form.querySelectorAll(".field-error[data-live]")) old.remove();
  for (const problem of problems) {
    const input = form.elements[problem.field];
    if (!input) continue;
    const text = document.createElement("p");
    text.className = "field-error";
    text.dataset.live = "";
    text.id = input.id + "-live";
    text.textContent = problem.message;
    input.closest(".form-group").append(text);
    input.setAttribute("aria-invalid", "true");
    input.addEventListener("input", () => { text.remove(); input.removeAttribute("aria-invalid"); }, { once: true });
  }
  const first = problems.map((problem) => form.elements[problem.field]).find(Boolean);
  if (first) first.focus();
}

function countDown(button, seconds) {
  const text = button.textContent;
  const until = Date.now() + seconds * 1000;
  button.disabled = true;
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? button.dataset.wait.replace("{seconds}", left) : text;
    if (left > 0) setTimeout(tick, 500);
  };
  tick();
}

const send = document.querySelector("[data-send-code]");
if (send) {
  const result = document.querySelector("[data-code-note]");
  send.addEventListener("click", async () => {
    const form = send.form;
    const data = new FormData();
    for (const name of ["channel", "mobile", "email", "captcha"]) {
      if (form.elements[name]) data.append(name, form.elements[name].value);
    }
    send.disabled = true;
    const response = await fetch(send.dataset.sendCode, {
      method: "POST", body: data, headers: { Accept: "application/json", "X-CSRFToken": token },
    }).catch(() => null);
    const answer = response && (await response.json().catch(() => null));
    send.disabled = false;
    renewCaptcha();
    if (!answer) return note(result, form.dataset.failed, false);
    showProblems(form, answer.problems || []);
    note(result, (answer.problems || []).length ? "" : answer.message, response.ok);
    const wait = response.ok ? answer.seconds : response.status === 429 && Number(response.headers.get("Retry-After"));
    if (wait) countDown(send, Math.min(wait, 3600));
    return undefined;
  });
}
