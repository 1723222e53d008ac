// Menus are <details data-menu>: here they close on Esc (the focus goes back), on a click outside, and when another opens.
(() => {
  "use strict";
  const open = () => document.querySelectorAll("details[data-menu][open]");

  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
    // On a narrow screen the dimmed ground belongs to the <details> itself.
    if (event.target.matches("details[data-menu].sa-pop[open]")) event.target.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    const menus = [...open()];
    const menu = menus.find((one) => one.contains(document.activeElement)) || menus[0];
    if (!menu) return;
    event.preventDefault();
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!menu.matches?.("details[data-menu]") || !menu.open) return;
    for (const other of open()) if (other !== menu && !other.contains(menu)) other.open = false;
    menu.querySelector("form :is(input:not([type=hidden]), select)")?.focus({ preventScroll: true });
  }, true);
})();
// A menu whose form is fetched when it opens: the focus goes in as soon as it is there.
document.addEventListener("htmx:afterSettle", (event) => {
  const menu = event.target.closest?.("details[data-menu][open]");
  menu?.querySelector("form :is(input:not([type=hidden]), select)")?.focus({ preventScroll: true });
});
