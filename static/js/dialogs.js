// Dialogs: [data-dialog-open="id"] shows the <dialog>, [data-dialog-close] closes it. The browser keeps the focus inside and gives it back.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog-open]");
    const dialog = opener && document.getElementById(opener.dataset.dialogOpen);
    if (dialog) {
      event.preventDefault();
      opener.closest("details[data-menu]")?.removeAttribute("open");
      dialog.showModal();
    } else if (event.target.closest("[data-dialog-close]") || event.target.matches("dialog[open]")) {
      event.target.closest("dialog")?.close();
    }
  });
})();
