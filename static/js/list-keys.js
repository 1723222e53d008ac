// Keys of a list: j k (and arrows once inside) move from row to row, Enter opens beside (it is a link), o opens as a page.
// A row is a <tr> with a link: the one marked data-open, else the one that fills #panel, else the first.
(() => {
  "use strict";
  const linkOf = (row) => row.querySelector("a[data-open]") || row.querySelector('a[hx-target="#panel"]') || row.querySelector("a[href]");
  const rows = () => [...document.querySelectorAll(".sa-table tbody tr")].filter((row) => row.closest("main") && linkOf(row));

  const step = (by) => {
    const all = rows();
    if (!all.length) return false;
    const inside = all.findIndex((row) => row.contains(document.activeElement));
    const selected = all.findIndex((row) => row.getAttribute("aria-selected") === "true");
    const from = inside >= 0 ? inside : selected;
    const next = all[from < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(from + by, 0), all.length - 1)];
    linkOf(next).focus({ focusVisible: true });
    next.scrollIntoView({ block: "nearest" });
    // With the panel open the list steps through messages.
    if (document.querySelector("#panel > *, .sa-panel > *") && next.getAttribute("aria-selected") !== "true" && next.querySelector('a[hx-target="#panel"]')) {
      next.querySelector('a[hx-target="#panel"]').dispatchEvent(new CustomEvent("smsadmin:step", { bubbles: true }));
    }
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (!window.smsadminKeys?.(event)) return;
    const row = document.activeElement?.closest?.(".sa-table tbody tr");
    const by = { j: 1, k: -1, ...(row && { ArrowDown: 1, ArrowUp: -1 }) }[event.key];
    if (by && step(by)) event.preventDefault();
    else if (event.key === "o" && row && linkOf(row)) { event.preventDefault(); location.assign(linkOf(row).href); }
  });

  // A press anywhere on the row opens it, where the table says so; text that is being selected is left alone.
  document.addEventListener("click", (event) => {
    const row = event.target.closest(".sa-table[data-openable] tbody tr");
    if (!row || event.target.closest("a, button, input, label, summary") || String(getSelection())) return;
    linkOf(row)?.click();
  });
})();
