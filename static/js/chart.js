/* The charting form's promises: the server says what saving would raise, a double tap is one set, and nothing typed is
   lost: not to a dead network, not to an expired session, not to a recorded stop. What is typed lives in this page alone,
   never in the browser's storage. Without this file it is a plain form. */
import { now } from "plateau/live";
import { mountDock } from "plateau/dock";

const root = document.documentElement;
const ASK_AFTER_MS = 250;
const isSignIn = (answer) => answer.status === 401 || new URL(answer.url).pathname === root.dataset.signIn;
const post = (form, options = {}) => fetch(options.to ?? form.action, {
  method: "POST", body: new FormData(form), credentials: "same-origin", ...options.with,
});

let form;
let marks;
let dirty = false;
let saving = false;
let mustRenew = false; // after signing in again the form's token is another one

/* ---- a notice in the page, typed values untouched ------------------------------------------------------------------ */

function notice(title, words, { signIn = false } = {}) {
  const kept = document.getElementById("kept");
  kept.querySelector("[data-kept-title]").textContent = title;
  kept.querySelector("[data-kept-words]").textContent = words;
  kept.querySelector("[data-kept-sign-in]").hidden = !signIn;
  kept.hidden = false;
  kept.scrollIntoView({ block: "nearest" });
}

function signedOut() {
  mustRenew = true;
  notice("Your sign-in has ended; nothing is saved yet.", "What you typed stays here. Sign in again in a new tab, come back, and press Save.", { signIn: true });
}

/* ---- what saving would raise: asked of the server, where the rules are ---------------------------------------------- */

let timer = 0;
let asking;
function changed() {
  dirty = true;
  showLate();
  takeBackConfirmations();
  clearTimeout(timer);
  timer = setTimeout(preview, ASK_AFTER_MS);
}

async function preview() {
  asking?.abort();
  asking = new AbortController();
  try {
    const answer = await post(form, { to: form.dataset.preview, with: { signal: asking.signal, headers: { "HX-Request": "true" } } });
    if (!answer.ok || answer.redirected) throw new Error("no answer");
    document.getElementById("will").innerHTML = await answer.text();
    showMarks();
  } catch (error) {
    if (error.name === "AbortError") return;
    const words = document.getElementById("words");
    words.dataset.sev = ""; // colours of values that are no longer these would be worse than none
    words.replaceChildren("Scores cannot be worked out now. What you typed stays.");
    showMarks();
  }
}

function showMarks() {
  const found = document.querySelectorAll("#will [data-tile]");
  marks.mark(Object.fromEntries([...found].map((mark) => [mark.dataset.tile, mark.dataset.sev])));
  form.querySelector(".will").dataset.sev = document.getElementById("words").dataset.sev;
}

/* A confirmation is for the value it names: another one typed since has not been looked at again. */
function takeBackConfirmations() {
  form.querySelectorAll("[name=confirmed]").forEach((box) => {
    const [key, value] = box.value.split("=");
    const stands = form.elements[key].value.trim() === value;
    if (!stands) box.checked = false;
    box.closest(".pick").hidden = !stands;
  });
}

/* The reason for a late entry is asked only of a late one. */
function showLate() {
  const late = document.getElementById("late");
  const typed = form.elements.observed_at.value;
  if (!typed || late.querySelector(".err")) return;
  const parts = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short", timeZone: root.dataset.zone }).format(now());
  const minutes = (Date.parse(`${parts.replace(" ", "T")}Z`) - Date.parse(`${typed}Z`)) / 60_000;
  late.hidden = minutes <= Number(late.dataset.lateAfter);
}

/* ---- saving ------------------------------------------------------------------------------------------------------- */

/* Takes the token of the new session. False, and a word about it, when nobody or somebody else is signed in now. */
async function renewed() {
  const answer = await fetch(location.pathname, { credentials: "same-origin" });
  if (isSignIn(answer)) { signedOut(); return false; }
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("set");
  if (!fresh) throw new Error("no form");
  document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((input) => { input.value = fresh.elements.csrfmiddlewaretoken.value; });
  mustRenew = false;
  if (fresh.dataset.who === form.dataset.who) return true;
  form.dataset.who = fresh.dataset.who;
  notice("Somebody else is signed in now.", `Saving again records this set as charted by ${fresh.dataset.whoName}.`);
  return false;
}

async function send() {
  if (mustRenew && !(await renewed())) return;
  const answer = await post(form);
  if (isSignIn(answer) || answer.status === 403) { signedOut(); return; }
  if (answer.status >= 500) throw new Error(`answer ${answer.status}`);
  if (answer.redirected && answer.ok) { dirty = false; location.assign(answer.url); return; }
  showRefusal(new DOMParser().parseFromString(await answer.text(), "text/html"));
}

/* The server's page holds everything typed and every reason. */
function showRefusal(fresh) {
  const theirs = fresh.querySelector("main.chart");
  if (!theirs) { notice("Not saved.", fresh.querySelector("h1")?.textContent ?? "Plateau refused it. What you typed stays here."); return; }
  document.getElementById("main").replaceWith(theirs);
  mount();
  dirty = true;
  document.getElementById("problems")?.focus();
}

async function save(event) {
  event.preventDefault();
  if (saving) return;
  saving = true;
  const button = document.getElementById("save");
  button.setAttribute("aria-busy", "true");
  try {
    await send();
  } catch {
    notice("Not saved: Plateau does not answer.", "What you typed stays here. Press Save again.");
  } finally {
    saving = false;
    button.removeAttribute("aria-busy");
  }
}

/* Recording a stop must not cost what is typed. */
async function stop(event) {
  if (!dirty) return;
  event.preventDefault();
  const theirs = event.currentTarget;
  try {
    const answer = await post(theirs);
    if (!answer.ok || isSignIn(answer)) throw new Error("not recorded");
    theirs.hidden = true;
    notice("The stop is recorded.", "Plateau does not drive the pump. What you typed is still here, not saved yet.");
  } catch {
    mustRenew = true;
    notice("The stop is NOT recorded here.", "The pump is what counts: stop it there. Then record it again.", { signIn: true });
  }
}

function mount() {
  form = document.getElementById("set");
  marks = mountDock(form, changed);
  form.addEventListener("submit", save);
  form.addEventListener("keydown", (event) => { if (event.ctrlKey && event.key === "Enter") { event.preventDefault(); form.requestSubmit(); } });
  document.getElementById("stop-form")?.addEventListener("submit", stop);
  showMarks();
  showLate();
  document.dispatchEvent(new CustomEvent("plateau:mounted"));
}

mount();
document.addEventListener("plateau:signed-out", (event) => { if (dirty) { event.preventDefault(); signedOut(); } });
addEventListener("online", () => { if (dirty) preview(); });
addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
