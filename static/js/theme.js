// Theme: auto, light or dark, kept in this browser. Loaded before the styles, so that nothing flashes.
(() => {
  "use strict";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const KEY = "smsadmin.theme";

  const kept = () => {
    try { return localStorage.getItem(KEY) || "auto"; } catch { return "auto"; }
  };
  const keep = (choice) => {
    try { localStorage.setItem(KEY, choice); } catch { /* private window: it holds for this page */ }
  };
  const show = (choice) => {
    root.dataset.bsTheme = choice === "auto" ? (system.matches ? "dark" : "light") : choice;
    document.querySelectorAll("[data-theme-choice]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    });
  };

  root.classList.add("has-js");
  show(kept());
  system.addEventListener("change", () => show(kept()));
  addEventListener("storage", (event) => { if (event.key === KEY) show(kept()); });
  document.addEventListener("DOMContentLoaded", () => show(kept()));
  document.addEventListener("click", (event) => {
    const choice = event.target.closest?.("[data-theme-choice]")?.dataset.themeChoice
      || (event.target.closest?.("[data-theme-flip]") && (root.dataset.bsTheme === "dark" ? "light" : "dark"));
    if (!choice) return;
    keep(choice);
    show(choice);
  });
})();
