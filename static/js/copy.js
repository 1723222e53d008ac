// Copy: [data-copy="text"] puts the text on the clipboard and shows a tick for a moment.
(() => {
  "use strict";
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    try { await navigator.clipboard.writeText(button.dataset.copy); } catch { return; }
    const use = button.querySelector("use");
    const before = use.getAttribute("href");
    if (before.endsWith("#i-check")) return;
    use.setAttribute("href", before.replace(/#.*/, "#i-check"));
    setTimeout(() => use.setAttribute("href", before), 1500);
  });
})();
