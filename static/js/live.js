/* Keeps an open page true: ages and lateness tick, the stream says what changed, a poll every 20 s stands behind it,
   and the page says so when nobody watches or when it is no longer live. Other modules listen to "plateau:change"
   (one admission changed) and "plateau:poll" (fetch again). */

const root = document.documentElement;
const POLL_MS = 20_000;
const SILENT_MS = 45_000; // a page that has heard nothing for two polls is not live
let offset = root.dataset.now ? Date.parse(root.dataset.now) - Date.now() : 0; // the server's clock, not the tablet's
let heardAt = Date.now();
let streaming = false;

export const now = () => Date.now() + offset;

/* The same words as monitoring/presenters/words.py; a browser test holds the two together. */
export function span(ms) {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${Math.max(minutes, 0)} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  const rest = minutes % 60;
  return hours >= 10 || rest === 0 ? `${hours} h` : `${hours} h ${String(rest).padStart(2, "0")}`;
}

export function due(dueAt, lateAt, at) {
  if (at > lateAt) return { words: `${span(at - dueAt)} late`, state: "late" };
  if (at >= dueAt) return { words: "due now", state: "soon" };
  const left = Math.ceil((dueAt - at) / 60_000) * 60_000;
  return { words: `in ${span(left)}`, state: left <= 10 * 60_000 ? "soon" : "" };
}

function say(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

export const clock = (ms) => new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: root.dataset.zone || "UTC",
}).format(ms);

export function tick() {
  const at = now();
  document.querySelectorAll("[data-age]").forEach((element) => {
    say(element, span(at - Date.parse(element.dateTime)));
    if (element.dataset.oldAt && at > Date.parse(element.dataset.oldAt)) element.closest(".score")?.setAttribute("data-old", "");
  });
  document.querySelectorAll("[data-due]:not(li)").forEach((element) => {
    const { words, state } = due(Date.parse(element.dataset.due), Date.parse(element.dataset.lateAt), at);
    say(element.querySelector("b"), words);
    element.classList.toggle("late", state === "late");
    element.classList.toggle("soon", state === "soon");
  });
  document.querySelectorAll("[data-clock]").forEach((element) => say(element, clock(at)));
  document.dispatchEvent(new CustomEvent("plateau:tick", { detail: { at } }));
}

/* ---- who watches, and is this page live -------------------------------------------------------------------------- */

function showWatch(state, since) {
  if (state === "ok") delete root.dataset.heartbeat; else root.dataset.heartbeat = state; // "lost", "standby"
  document.querySelectorAll("[data-watch-since]").forEach((where) =>
    say(where, since ? ` ${where.dataset.watchSince} ${clock(Date.parse(since))}` : ""));
}

function showSetAside(beds) {
  const banner = document.getElementById("set-aside");
  if (!banner) return;
  if (beds) say(banner.querySelector("[data-beds]"), beds);
  banner.hidden = !beds;
}

function showLive() {
  const silent = !navigator.onLine || Date.now() - heardAt > SILENT_MS;
  document.querySelectorAll("[data-live]").forEach((element) =>
    say(element, silent ? `Not live since ${clock(heardAt + offset)}` : "Live"));
  if (silent) root.dataset.offline = ""; else delete root.dataset.offline;
}

export function heard() {
  heardAt = Date.now();
  showLive();
}

/* Every fragment carries the pulse: the server's clock and whether somebody watches. */
export function takePulse(fragment) {
  const pulse = fragment.querySelector("#pulse");
  if (!pulse) return false;
  offset = Date.parse(pulse.dataset.now) - Date.now();
  showWatch(pulse.dataset.watch, pulse.dataset.since);
  showSetAside(pulse.dataset.setAside);
  heard();
  return true;
}

export const isSignIn = (url) => new URL(url, location.href).pathname === root.dataset.signIn;

export function signInAgain() {
  // A form with something typed keeps it and says so itself.
  const leaving = new CustomEvent("plateau:signed-out", { cancelable: true });
  if (document.dispatchEvent(leaving)) location.assign(`${root.dataset.signIn}?next=${encodeURIComponent(location.pathname)}`);
}

export async function fetchFragment(url) {
  const response = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
  if (isSignIn(response.url) || response.status === 401) { signInAgain(); return null; }
  if (response.status === 403 || response.status === 404) return document.createElement("div");
  if (!response.ok) throw new Error(`answer ${response.status}`);
  const holder = document.createElement("template");
  holder.innerHTML = await response.text();
  takePulse(holder.content);
  return holder.content;
}

/* Puts `fresh` where `old` was; the focus stays on the element of the same id. */
export function replaceKeepingFocus(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  old.replaceWith(fresh);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  window.htmx?.process(fresh);
}

async function poll() {
  if (document.hidden) return;
  const handled = !document.dispatchEvent(new CustomEvent("plateau:poll", { cancelable: true }));
  if (handled || !root.dataset.poll) return;
  try { await fetchFragment(root.dataset.poll); } catch { showLive(); }
}

function listen() {
  if (!root.dataset.stream || !window.EventSource) return;
  const stream = new EventSource(root.dataset.stream);
  stream.addEventListener("open", () => { streaming = true; heard(); poll(); }); // what came while it was away
  stream.addEventListener("error", () => { streaming = false; });
  stream.addEventListener("change", (event) => {
    heard();
    document.dispatchEvent(new CustomEvent("plateau:change", { detail: JSON.parse(event.data) }));
  });
  stream.addEventListener("watch", (event) => {
    const { state, since, standby } = JSON.parse(event.data);
    heard();
    showWatch(standby ? "standby" : state, since);
  });
  stream.addEventListener("signed-out", () => { stream.close(); signInAgain(); });
  addEventListener("pagehide", () => stream.close());
}

/* An answer that is the sign-in page must never be put into a fragment's place. */
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isSignIn(event.detail.xhr.responseURL)) return;
  event.detail.shouldSwap = false;
  signInAgain();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.key === ".") { event.preventDefault(); document.getElementById("stop")?.click(); }
});

if (root.dataset.ward) {
  tick();
  showLive();
  setInterval(() => { tick(); showLive(); }, 1000);
  setInterval(poll, POLL_MS);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); }); // never an old page out of a cache
  document.addEventListener("visibilitychange", poll);
  addEventListener("online", poll);
  addEventListener("offline", showLive);
  listen();
}

export const isStreaming = () => streaming;
