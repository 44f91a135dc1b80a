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

let recording = false;
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-records]");
  if (!form) return;
  event.preventDefault();
  if (recording) return;
  recording = true;
  const title = `${form.dataset.records} is NOT recorded here.`;
  const isStop = form.id === "stop-form";
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form, event.submitter), credentials: "same-origin" });
    if (isSignIn(answer.url) || answer.status === 403) {
      unrecorded(title, `Your sign-in has ended. ${isStop ? "Stop at the pump, sign" : "Sign"} in, record it then.`, { signIn: true });
    } else if (answer.ok) location.assign(answer.url);
    else if (answer.status < 500) unrecorded(title, await reasonsIn(answer));
    else throw new Error(`answer ${answer.status}`);
  } catch {
    unrecorded(title, `Plateau does not answer. ${isStop ? "The pump is what counts: stop it there. Then press again." : "Press again."}`);
  } finally {
    recording = false;
  }
});

/* The server's page of a refusal says why, in its heading and its list. */
async function reasonsIn(answer) {
  const theirs = new DOMParser().parseFromString(await answer.text(), "text/html");
  const said = [...theirs.querySelectorAll("#main h1, #main .reasons li")].map((each) => each.textContent.trim());
  return said.join(" ") || "Load the page again.";
}

document.addEventListener("htmx:sendError", () => unrecorded("Not recorded that you have seen it.", "Plateau does not answer. Press again."));
document.addEventListener("htmx:responseError", () => unrecorded("Not recorded that you have seen it.", "Plateau refused it. Load the page again."));
document.addEventListener("htmx:afterSwap", () => { document.getElementById("unrecorded").hidden = true; });

const quietly = (work) => work.catch(() => { /* live.js says "not live"; the next poll tries again */ });

document.addEventListener("plateau:change", ({ detail }) => { if ([admission, null].includes(detail.admission)) quietly(fetchParts()); });
document.addEventListener("plateau:poll", (event) => { event.preventDefault(); quietly(fetchParts()); });
newestFirstInView();
