/* The board changes one row at a time. A row moves only when nobody points at or focuses the list: a bed that jumps
   under the finger opens the wrong patient. */
import { fetchFragment, now, replaceKeepingFocus } from "plateau/live";

const RANK_LATE = 2;
const list = () => document.getElementById("rows");
const inUse = () => list()?.matches(":hover, :focus-within");

function lateness(row) {
  if (!row.dataset.lateAt || now() <= Date.parse(row.dataset.lateAt)) return;
  if (Number(row.dataset.rank) <= RANK_LATE) return; // red, or already counted
  row.dataset.rank = RANK_LATE;
  row.dataset.marks = row.dataset.marks.replace("calm", "late").replace("yellow", "late");
  row.querySelector(".bed").dataset.need = "late";
  row.querySelector("[data-need-words]").textContent = "Observations late";
  count();
}

const byNeed = (a, b) => Number(a.dataset.rank) - Number(b.dataset.rank)
  || (Date.parse(a.dataset.due) || Infinity) - (Date.parse(b.dataset.due) || Infinity)
  || Number(a.dataset.position) - Number(b.dataset.position);

/* Counted from the rows, so that the figures above are right as soon as a row is. */
function count() {
  document.querySelectorAll("[data-tally]").forEach((figure) => {
    const wanted = figure.dataset.tally.split(" ");
    const found = [...list().children].filter((row) => wanted.some((mark) => row.dataset.marks.split(" ").includes(mark))).length;
    figure.querySelector("[data-n]").textContent = found;
    figure.hidden = found === 0 && figure.matches("li");
  });
}

function sort() {
  if (!list() || inUse()) return;
  const rows = [...list().children];
  const wanted = [...rows].sort(byNeed);
  if (wanted.some((row, place) => row !== rows[place])) list().append(...wanted);
  wanted.forEach((row, place) =>
    row.classList.toggle("gap", place > 0 && Number(row.dataset.rank) >= 4 && Number(wanted[place - 1].dataset.rank) < 4));
}

function putRow(fresh) {
  const old = document.getElementById(fresh.id);
  if (!old) list().append(fresh);
  else if (old.dataset.key !== fresh.dataset.key) replaceKeepingFocus(old, fresh);
}

async function fetchRow(admission) {
  const row = document.getElementById(`row-${admission}`);
  if (!row) return fetchAll(); // a new patient: the list knows
  const fragment = await fetchFragment(row.dataset.href);
  if (!fragment) return;
  const fresh = fragment.querySelector(".bedrow");
  if (fresh) putRow(fresh); else row.remove();
  count();
  sort();
}

async function fetchAll() {
  const fragment = await fetchFragment(document.documentElement.dataset.poll);
  if (!fragment) return;
  const fresh = fragment.querySelector("#rows");
  if (!fresh || !list()) { // from or to an empty ward
    if (Boolean(fresh) !== Boolean(list()) && fragment.querySelector("#board-live")) document.getElementById("board-live").replaceWith(fragment.querySelector("#board-live"));
    return;
  }
  const here = new Set([...fresh.children].map((row) => row.id));
  [...list().children].forEach((row) => { if (!here.has(row.id)) row.remove(); });
  [...fresh.children].forEach(putRow);
  count();
  sort();
}

const quietly = (work) => work.catch(() => { /* live.js says "not live"; the next poll tries again */ });

document.addEventListener("plateau:change", ({ detail }) => quietly(detail.admission === null ? fetchAll() : fetchRow(detail.admission)));
document.addEventListener("plateau:poll", (event) => { event.preventDefault(); quietly(fetchAll()); });
document.addEventListener("plateau:tick", () => { list()?.querySelectorAll(".bedrow").forEach(lateness); sort(); });
sort(); // the gap before the calm beds, at once and not with the first tick
