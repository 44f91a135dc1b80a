/* The bedside changes part by part; what has not changed is left alone, so that scroll and focus stay. */
import { fetchFragment, replaceKeepingFocus } from "plateau/live";

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

const quietly = (work) => work.catch(() => { /* live.js says "not live"; the next poll tries again */ });

document.addEventListener("plateau:change", ({ detail }) => { if ([admission, null].includes(detail.admission)) quietly(fetchParts()); });
document.addEventListener("plateau:poll", (event) => { event.preventDefault(); quietly(fetchParts()); });
newestFirstInView();
