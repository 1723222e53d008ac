// Keys of every page: / looks up, g then a letter goes, f adds a filter, p chooses the period, [ ] turn the page, ? shows the list.
// Single keys are off in fields, and off for good where the person says so (kept in this browser).
(() => {
  "use strict";
  const KEY = "smsadmin.keys";
  let leader = 0; // when g was pressed

  const on = () => {
    try { return localStorage.getItem(KEY) !== "off"; } catch { return true; }
  };
  const isTyping = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

  // For the other behaviours: may this key press be taken as a single key?
  window.smsadminKeys = (event) =>
    on() && !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target)
    && !document.querySelector("dialog[open]");

  const openMenu = (selector) => {
    const menu = document.querySelector(selector);
    if (menu) menu.open = true;
    return menu;
  };
  const follow = (selector) => {
    const link = document.querySelector(selector);
    link?.click();
    return link;
  };
  const ACTIONS = {
    "/": () => { const box = document.querySelector("[data-lookup]"); box?.focus(); box?.select(); return box; },
    "f": () => openMenu("[data-add-filter]"),
    "p": () => openMenu("[data-period]"),
    "[": () => follow('.sa-pager a[rel="prev"]'),
    "]": () => follow('.sa-pager a[rel="next"]'),
    "?": () => { const list = document.getElementById("keys"); list?.showModal(); return list; },
  };

  document.addEventListener("keydown", (event) => {
    if (!window.smsadminKeys(event)) return;
    const isSecond = Date.now() - leader < 1500;
    leader = 0;
    if (isSecond) {
      const link = [...document.querySelectorAll("[data-go]")].find((one) => one.dataset.go === event.key);
      if (link) { event.preventDefault(); link.click(); return; }
    }
    if (event.key === "g") { leader = Date.now(); return; }
    if (Object.hasOwn(ACTIONS, event.key) && ACTIONS[event.key]()) event.preventDefault();
  });

  const box = document.querySelector("[data-keys-switch]");
  if (!box) return;
  box.checked = on();
  box.addEventListener("change", () => {
    try { localStorage.setItem(KEY, box.checked ? "on" : "off"); } catch { /* it cannot be kept here */ }
  });
})();
