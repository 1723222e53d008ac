// Filter forms (GET): empty fields stay out of the address, the old rows dim while the new ones come, and a select marked
// data-auto sends the form at once.
(() => {
  "use strict";
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-filters]") || event.defaultPrevented) return;
    for (const field of form.elements) if (field.name && field.value === "" && field.type !== "submit") field.disabled = true;
    document.querySelector(".sa-list > .sa-scroll, main .sa-table")?.classList.add("is-loading");
  });
  // The page kept by the browser for Back must not come with dead fields.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const field of document.querySelectorAll("form[data-filters] :disabled")) field.disabled = false;
    for (const old of document.querySelectorAll(".is-loading")) old.classList.remove("is-loading");
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-auto]")) event.target.form?.requestSubmit();
  });
})();
