// Verifies certificates without a network: the bytes are those of docs/certificates.md. Part of a page that is
// downloaded (/v/offline.html), where it stands beside the keys and the list of revocations.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const utf8 = new TextEncoder();

const bytesOf = (text) => {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) throw new Error("unreadable");
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (sign) => sign.charCodeAt(0));
};
const textOf = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const plain = (number) => number.replace(/\s/g, "").toUpperCase();

async function isSigned(raw, prefix, payload, signature) {
  const key = await crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
  const head = utf8.encode(prefix);
  const message = new Uint8Array(head.length + payload.length);
  message.set(head);
  message.set(payload, head.length);
  return crypto.subtle.verify({ name: "Ed25519" }, key, signature, message);
}

function read(token) {
  const bytes = bytesOf(token);
  if (textOf(bytes) !== token || bytes.length < 82 || bytes[0] !== 1) throw new Error("unreadable");
  const payload = bytes.slice(0, -64);
  const view = new DataView(payload.buffer);
  const parts = [];
  let place = 15;
  for (let part = 0; part < 3; part += 1) {
    if (place >= payload.length) throw new Error("unreadable");
    parts.push(payload.slice(place + 1, place + 1 + payload[place]));
    place += 1 + payload[place];
  }
  if (place !== payload.length) throw new Error("unreadable");
  const wide = new TextDecoder("utf-16be", { fatal: true });
  return {
    payload, signature: bytes.slice(-64), keyId: hex(payload.slice(1, 9)), year: view.getUint16(9), patents: view.getUint16(13),
    validUntil: new Date(Date.UTC(2000, 0, 1 + view.getUint16(11))).toISOString().slice(0, 10),
    number: new TextDecoder("utf-8", { fatal: true }).decode(parts[0]), product: wide.decode(parts[1]), unit: wide.decode(parts[2]),
  };
}

async function revocations() {
  const list = data.revocations;
  const raw = bytesOf(data.keys[list.key_id].raw);
  if (!(await isSigned(raw, "zhuanpin revocations\n", utf8.encode(list.payload), bytesOf(list.signature)))) throw new Error("list");
  return new Map(JSON.parse(list.payload).revoked.map((row) => [row.number, row.on]));
}

async function judge(text, printed) {
  const found = /\/v\/([^/?#\s]+)/.exec(text);
  let said;
  try {
    said = read(found ? found[1] : text.trim());
  } catch {
    return { verdict: "unreadable" };
  }
  const key = data.keys[said.keyId];
  if (!key) return { verdict: "other_key" };
  if (!(await isSigned(bytesOf(key.raw), "zhuanpin certificate\n", said.payload, said.signature))) return { verdict: "forged" };
  if (printed && plain(printed) !== plain(said.number)) return { verdict: "other_certificate", said };
  if ((await revocations()).has(said.number)) return { verdict: "revoked", said };
  const today = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" }).format(new Date());
  if (said.validUntil < today) return { verdict: "expired", said };
  return { verdict: key.retired ? "valid_retired" : "valid", said };
}

function show(verdict, said) {
  const answer = document.getElementById("answer");
  const [word, meaning, tone] = data.words[verdict];
  answer.className = tone;
  answer.dataset.verdict = verdict;
  answer.replaceChildren(Object.assign(document.createElement("strong"), { textContent: word }), meaning);
  answer.hidden = false;
  const rows = said ? ["number", "product", "unit", "year", "validUntil", "patents"] : [];
  document.getElementById("facts").replaceChildren(...rows.flatMap((name) => [
    Object.assign(document.createElement("dt"), { textContent: data.labels[name] }),
    Object.assign(document.createElement("dd"), { textContent: said[name] }),
  ]));
}

document.getElementById("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const { verdict, said } = await judge(document.getElementById("code").value, document.getElementById("printed").value);
    show(verdict, said);
  } catch {
    show("unsupported");
  }
});
