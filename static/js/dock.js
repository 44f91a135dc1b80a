/* Tiles and the dock of the charting form: number pad, choices and absent reasons in one place, so that the thumb stays
   put. Everything it does ends in the form's own fields; it knows no rule and no threshold. */

const all = (selector, within) => [...within.querySelectorAll(selector)];

export function mountDock(form, changed) {
  const find = (selector) => form.querySelector(selector);
  const tiles = all(".tile", form);
  const tileOf = (key) => find(`.tile[data-k="${key}"]`);
  const groupOf = (key) => find(`#group_${key}`);
  const whyOf = (key) => find(`#absent_${key}`);
  const numberIn = (tile) => tile.querySelector("input.v");
  const isPick = (tile) => tile.hasAttribute("data-pick");
  let active = null;
  let pointed = null; // a tap goes on to the next tile, arrow keys walk through the group
  let wasChecked = false;

  const show = (name) => all("[data-for]", form).forEach((part) => { part.hidden = part.dataset.for !== name; });

  function go(tile, { focus = true } = {}) {
    active = tile;
    tiles.forEach((other) => other.toggleAttribute("data-on", other === tile));
    show(isPick(tile) ? tile.dataset.k : "number");
    find("[data-cur-name]").textContent = tile.querySelector(".n").firstChild.textContent.trim();
    find("[data-cur-last]").textContent = tile.dataset.last;
    if (!focus) return;
    tile.scrollIntoView({ block: "nearest" });
    const group = isPick(tile) && groupOf(tile.dataset.k);
    (group ? group.querySelector('input:checked:not([value=""])') ?? group.querySelector("input") : numberIn(tile)).focus({ preventScroll: true });
  }

  function next() {
    const visible = tiles.filter((tile) => tile.offsetParent !== null);
    go(visible[(visible.indexOf(active) + 1) % visible.length]);
  }

  function paint(tile) {
    const key = tile.dataset.k;
    const why = whyOf(key);
    let note = tile.querySelector(".absent");
    if (!note) { note = document.createElement("span"); note.className = "absent"; tile.append(note); }
    note.textContent = why?.value ? `not taken: ${why.selectedOptions[0].textContent.toLowerCase()}` : "";
    note.hidden = !why?.value;
    if (!isPick(tile)) return;
    const chosen = all("input:checked", groupOf(key)).filter((input) => input.value);
    tile.querySelector(".v").textContent = chosen.map((input) => input.dataset.shown).join(", ");
  }

  function clear(key) {
    const tile = tileOf(key);
    if (isPick(tile)) all("input", groupOf(key)).forEach((input) => { input.checked = input.type === "radio" && input.value === ""; });
    else numberIn(tile).value = "";
  }

  /* "None of these" and one of them exclude each other. */
  function none(ticked) {
    all("input", groupOf("warning_symptoms")).forEach((input) => {
      if (input !== ticked && (input.value === "none" || ticked.value === "none")) input.checked = false;
    });
  }

  function present(key) {
    if (whyOf(key)) whyOf(key).value = "";
    paint(tileOf(key));
    changed();
  }

  function absent(key, reason) {
    clear(key);
    whyOf(key).value = reason;
    paint(tileOf(key));
    changed();
  }

  function askWhy() {
    const why = active && whyOf(active.dataset.k);
    if (!why) return;
    const place = find('[data-for="why"]');
    place.replaceChildren(...all("option", why).filter((option) => option.value).map((option) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "btn", textContent: option.textContent });
      button.addEventListener("click", () => { absent(active.dataset.k, option.value); next(); });
      return button;
    }));
    show("why");
    place.firstElementChild.focus({ preventScroll: true });
  }

  function type(change) {
    const input = active && numberIn(active);
    if (!input) return;
    input.value = change(input.value).slice(0, input.maxLength);
    present(active.dataset.k);
  }

  const acts = { next, why: askWhy, delete: () => type((value) => value.slice(0, -1)) };

  form.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-digit], [data-act]");
    if (pressed?.dataset.digit) type((value) => value + pressed.dataset.digit);
    if (pressed?.dataset.act) acts[pressed.dataset.act]();
    const tile = event.target.closest("a.tile");
    if (tile) { event.preventDefault(); go(tile); }
    if (event.target === pointed && wasChecked) { // a chosen option pressed again is taken back
      wasChecked = false;
      const key = pointed.closest(".choices").dataset.for;
      clear(key);
      present(key);
    }
  });
  form.addEventListener("pointerdown", (event) => {
    const input = event.target.closest(".choices .btn")?.querySelector("input[type=radio]");
    pointed = input ?? null;
    wasChecked = Boolean(input?.checked);
  });
  form.addEventListener("focusin", (event) => {
    const tile = event.target.closest("label.tile");
    if (tile && tile !== active) go(tile, { focus: false });
  });
  form.addEventListener("change", (event) => {
    const key = event.target.closest(".choices")?.dataset.for;
    if (!key) return;
    if (key === "warning_symptoms" && event.target.checked) none(event.target);
    present(key);
    if (event.target === pointed) next();
  });
  form.addEventListener("input", (event) => {
    const tile = event.target.closest("label.tile");
    if (tile) present(tile.dataset.k); else changed();
  });
  form.addEventListener("keydown", (event) => {
    if (!event.target.matches("input.v, a.tile, .choices input")) return;
    const press = (act) => { event.preventDefault(); act(); };
    pointed = null;
    if (event.key === "Enter" && !event.ctrlKey) press(event.target.matches("a.tile") ? () => go(event.target) : next);
    if (event.key === "x") press(askWhy);
    if (event.key === "z" && find("#asleep")) press(() => find("#asleep").click());
    const key = event.target.closest(".choices")?.dataset.for;
    if (key && ["Delete", "Backspace"].includes(event.key)) press(() => { clear(key); present(key); });
  });

  find("#asleep")?.addEventListener("change", (event) => {
    const asleep = event.target.checked;
    const choose = (key, value) => { clear(key); if (asleep) groupOf(key).querySelector(`input[value="${value}"]`).checked = true; present(key); };
    choose("consciousness", "A");
    choose("sedation", "S");
    if (asleep || whyOf("pain").value === "asleep") absent("pain", asleep ? "asleep" : "");
  });

  find("#cur").hidden = false;
  all('.choices [data-act="why"]', form).forEach((button) => { button.hidden = !whyOf(button.closest(".choices").dataset.for); });
  all("input.v", form).forEach((input) => { if (matchMedia("(pointer: coarse)").matches) input.inputMode = "none"; }); // our own pad
  tiles.forEach(paint);
  form.closest(".chart").dataset.dock = "";
  go(find(".tile.bad") ?? tiles[0], { focus: false });
  if (!find("#problems") && matchMedia("(pointer: fine)").matches) numberIn(active)?.focus({ preventScroll: true });

  return {
    mark(severities) {
      tiles.forEach((tile) => {
        if (severities[tile.dataset.k]) tile.dataset.sev = severities[tile.dataset.k]; else delete tile.dataset.sev;
      });
    },
  };
}
