/* The bedside changes part by part; what has not changed is left alone, so that scroll and focus stay. */
import { fetchFragment, isSignIn, replaceKeepingFocus } from "plateau/live";

const here = document.getElementById("main");
const admission = Number(here.dataset.admission);

const newestFirstInView = () => { const flow = document.getElementById("flow-scroll"); if (flow) flow.scrollLeft = flow.scrollWidth; };

async function fetchParts() {
  const fragment = await fetchFragment(document.documentElement.dataset.poll);
  if (!fragment) return;
  fragment.querySelectorAll("[data-part]").forEach((fresh) => {
    const old = document.getElementById(fresh.id);
    if (!old || old.dataset.key === fresh.dataset.key) return;
    const scrolled = old.querySelector(".scroll")?.scrollLeft;
    replaceKeepingFocus(old, fresh);
    if (scrolled !== undefined && fresh.querySelector(".scroll")) newestFirstInView();
  });
}

/* ---- what could not be recorded, said here: the browser's own error page would take the patient off the screen -------- */

function unrecorded(title, words, { signIn = false } = {}) {
  const place = document.getElementById("unrecorded");
  place.querySelector("[data-unrecorded-title]").textContent = title;
  place.querySelector("[data-unrecorded-words]").textContent = words;
  place.querySelector("[data-unrecorded-sign-in]").hidden = !signIn;
  place.hidden = false;
}

let stopping = false;
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("#stop-form");
  if (!form) return;
  event.preventDefault();
  if (stopping) return;
  stopping = true;
  const title = "The stop is NOT recorded here.";
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin" });
    if (isSignIn(answer.url) || answer.status === 403) unrecorded(title, "Your sign-in has ended. Stop at the pump, sign in, record it then.", { signIn: true });
    else if (answer.ok) location.assign(answer.url);
    else throw new Error(`answer ${answer.status}`);
  } catch {
    unrecorded(title, "Plateau does not answer. The pump is what counts: stop it there. Then press again.");
  } finally {
    stopping = false;
  }
});

document.addEventListener("htmx:sendError", () => unrecorded("Not recorded that you have seen it.", "Plateau does not answer. Press again."));
document.addEventListener("htmx:responseError", () => unrecorded("Not recorded that you have seen it.", "Plateau refused it. Load the page again."));
document.addEventListener("htmx:afterSwap", () => { document.getElementById("unrecorded").hidden = true; });

const quietly = (work) => work.catch(() => { /* live.js says "not live"; the next poll tries again */ });

document.addEventListener("plateau:change", ({ detail }) => { if ([admission, null].includes(detail.admission)) quietly(fetchParts()); });
document.addEventListener("plateau:poll", (event) => { event.preventDefault(); quietly(fetchParts()); });
newestFirstInView();
