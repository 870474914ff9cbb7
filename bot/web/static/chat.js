// The chat in a browser: sends turns, shows what the stream brings. Words come from the page, HTML from the server's templates.
"use strict";
const talk = document.getElementById("talk");
const log = document.getElementById("log");
const busy = document.getElementById("busy");
const composer = document.getElementById("composer");
const say = document.getElementById("say");
const words = document.getElementById("words").dataset;
const here = "/talks/" + encodeURIComponent(talk.dataset.conversation);
let last = talk.dataset.last;
let source = null;
let slow = 0;
let unsent = null; // a turn whose answer never came: sent again under the same id, so that it counts once

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

function wait(on, text) {
  clearTimeout(slow);
  busy.hidden = !on;
  busy.lastChild.textContent = text || words.busy;
  if (on && !text) slow = setTimeout(() => wait(true, words.slow), 15000);
}

function enable(on) {
  for (const part of log.querySelectorAll("button, input, select, textarea")) part.disabled = !on;
}

function passing(html) {
  const box = document.createElement("div");
  box.className = "entry bot passing";
  box.innerHTML = html;
  const title = box.querySelector("h2");
  if (title) title.tabIndex = -1;
  log.append(box);
  return box;
}

function bring(box) {
  const title = box && box.querySelector(".live h2, .card h2");
  if (title && !say.value) title.focus({ preventScroll: true });
  if (box) box.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json", "X-Tsunagu": "1" }, body: JSON.stringify(body) });
  return { status: answer.status, data: await answer.json() };
}

async function send(turn) {
  const same = unsent && unsent.key === JSON.stringify(turn);
  unsent = { key: JSON.stringify(turn), message: same ? unsent.message : newId() };
  wait(true);
  enable(false);
  try {
    const { status, data } = await post(here + "/turns", { message: unsent.message, ...turn });
    unsent = null;
    if (data.go) return location.assign(data.go);
    if (status === 202) { say.value = turn.text ? "" : say.value; return listen(); }
    wait(false);
    enable(true);
    bring(passing(data.html));
  } catch (error) {
    wait(true, words.failed);
    enable(true);
  }
}

function listen() {
  if (source && source.readyState !== EventSource.CLOSED) return;
  source = new EventSource(here + "/events?after=" + last);
  source.addEventListener("entries", (event) => {
    const news = JSON.parse(event.data);
    last = event.lastEventId || last;
    for (const old of log.querySelectorAll(".passing")) old.remove();
    let newest = null;
    for (const entry of news.entries) {
      const box = document.createElement("div");
      box.innerHTML = entry.html;
      const fresh = box.firstElementChild;
      const known = document.getElementById(entry.id);
      if (known) known.replaceWith(fresh); else { log.append(fresh); if (fresh.classList.contains("bot") && !newest) newest = fresh; }
    }
    document.getElementById("side").innerHTML = news.side;
    fold();
    if (talk.dataset.stored !== "yes" || location.pathname !== here) history.replaceState(null, "", here);
    talk.dataset.stored = "yes";
    wait(false);
    enable(true);
    bring(newest);
  });
  source.addEventListener("trouble", (event) => { wait(false); enable(true); bring(passing(JSON.parse(event.data).html)); });
  source.addEventListener("gone", (event) => {
    source.close();
    wait(false);
    bring(passing(JSON.parse(event.data).html));
    enable(false);
    for (const part of composer.elements) part.disabled = true;
  });
  source.addEventListener("open", () => { if (busy.lastChild.textContent === words.offline) wait(false); });
  source.addEventListener("error", () => { if (source.readyState === EventSource.CONNECTING) wait(true, words.offline); });
}

// Years of the eras; a date is sent as 2026-04-01 whichever way it was written.
const ERAS = { 明治: 1867, 大正: 1911, 昭和: 1925, 平成: 1988, 令和: 2018, M: 1867, T: 1911, S: 1925, H: 1988, R: 2018 };
function isoDate(text) {
  const plain = text.normalize("NFKC").trim().replace(/元/, "1");
  const found = /^(?:(明治|大正|昭和|平成|令和|[MTSHR])\s*)?(\d{1,4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$/i.exec(plain);
  if (!found) return null;
  const year = Number(found[2]) + (found[1] ? ERAS[found[1].toUpperCase()] : 0);
  const day = new Date(Date.UTC(year, found[3] - 1, found[4]));
  const right = year > 1850 && day.getUTCMonth() === found[3] - 1 && day.getUTCDate() === Number(found[4]);
  return right ? day.toISOString().slice(0, 10) : null;
}

function fieldsOf(form) {
  const data = new FormData(form);
  const values = {};
  let wrong = null;
  for (const field of form.querySelectorAll("[data-field]")) {
    const name = field.dataset.field;
    const input = field.querySelector("input, select, textarea");
    let value = data.getAll(name).filter((part) => part !== "").join(form.dataset.action.startsWith("case:") ? " " : "、");
    input.removeAttribute("aria-invalid");
    if (field.dataset.kind === "date" && value) {
      const date = isoDate(value);
      if (date === null) { wrong = wrong || [input, words.badDate]; } else { value = date; input.value = date; }
    }
    if (field.dataset.kind === "issue" && !value) wrong = wrong || [input, words.pick];
    values[name] = value;
  }
  const error = form.querySelector(".error");
  error.hidden = !wrong;
  if (!wrong) return values;
  error.textContent = wrong[1];
  wrong[0].closest("[data-field]").append(error);
  wrong[0].setAttribute("aria-invalid", "true");
  wrong[0].focus();
  return null;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-action]");
  if (button && log.contains(button)) send({ choice: { action: button.dataset.action, value: button.dataset.value, values: {} } });
});

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  if (form === composer) {
    if (busy.hidden || unsent) send({ text: say.value });
  } else if (form.id === "resume") {
    const answer = document.getElementById("resume-answer");
    try {
      const { data } = await post("/resume", { code: form.elements.code.value });
      if (data.go) location.assign(data.go); else answer.innerHTML = data.html;
    } catch (error) { answer.textContent = words.failed; }
  } else if (form.dataset.action) {
    const values = fieldsOf(form);
    if (values) send({ choice: { action: form.dataset.action, value: form.dataset.value, values } });
  }
});

// Enter sends; not while a word is still being converted (keyCode 229 is what some input methods send instead).
say.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  composer.requestSubmit();
});

function fold() {
  const lists = document.querySelector("#side .lists");
  if (lists && matchMedia("(max-width: 48rem)").matches) lists.open = false;
}

// A browser keeps only six connections to a server: a page nobody looks at gives its stream back.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) { if (source) source.close(); } else if (talk.dataset.stored === "yes" || !busy.hidden) listen();
});

fold();
if (talk.dataset.waiting === "yes") wait(true);
if (talk.dataset.stored === "yes" || talk.dataset.waiting === "yes") {
  if (location.pathname !== here) history.replaceState(null, "", here);
  listen();
  const newest = log.querySelector(".entry:last-child");
  if (newest && newest.id !== "e0") newest.scrollIntoView({ block: "start" });
}
