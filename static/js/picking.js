// Choosing rows: inside [data-pick], the box [data-pick-page] ticks all of the page, [data-pick-count] says how many are ticked.
(() => {
  "use strict";
  const boxes = (form) => [...form.querySelectorAll("td.sa-pick input")];
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-pick]");
    if (!form) return;
    const page = form.querySelector("[data-pick-page]");
    if (event.target === page) boxes(form).forEach((box) => { box.checked = page.checked; });
    const all = boxes(form), ticked = all.filter((box) => box.checked).length;
    all.forEach((box) => box.closest("tr").toggleAttribute("aria-selected", false));
    all.forEach((box) => { if (box.checked) box.closest("tr").setAttribute("aria-selected", "true"); });
    page.checked = ticked > 0 && ticked === all.length;
    page.indeterminate = ticked > 0 && ticked < all.length;
    const count = form.querySelector("[data-pick-count]");
    count.textContent = ticked ? `${ticked} ${count.dataset.some}` : count.dataset.none;
  });
})();
