/* Day or night, before the first paint (so not a module): a dark ward must not be lit by a white page.
   Only this preference is kept in the browser, never anything of a patient. */
(() => {
  const root = document.documentElement;
  const kept = () => { try { return localStorage.getItem("plateau.theme"); } catch { return null; } };
  const keep = (theme) => { try { localStorage.setItem("plateau.theme", theme); } catch { /* private window */ } };
  const wanted = () => kept() || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const show = () => document.querySelectorAll("[data-night]").forEach((button) => {
    button.setAttribute("aria-pressed", String(root.dataset.bsTheme === "dark"));
  });
  root.classList.add("js");
  root.dataset.bsTheme = wanted();
  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("plateau:mounted", show);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-night]")) return;
    root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    keep(root.dataset.bsTheme);
    show();
  });
})();
