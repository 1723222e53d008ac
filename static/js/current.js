// Tabs and chips that scroll sideways on a narrow screen begin where the chosen one is seen.
(() => {
  "use strict";
  for (const bar of document.querySelectorAll(".sa-tabs, .sa-filters")) {
    const chosen = bar.querySelector(":scope > [aria-current]");
    if (!chosen || bar.scrollWidth <= bar.clientWidth) continue;
    const [outer, inner] = [bar.getBoundingClientRect(), chosen.getBoundingClientRect()];
    if (inner.right > outer.right) bar.scrollLeft += inner.right - outer.right + 12;
  }
})();
