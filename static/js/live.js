// What follows a message on its way ([data-live] asks every two seconds) waits while somebody reads its evidence or is asked something.
(() => {
  "use strict";
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.detail.elt.matches("[data-live]")) return;
    if (document.hidden || document.querySelector("dialog[open], #panel details[open]")) event.preventDefault();
  });
})();
