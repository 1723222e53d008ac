// The file field shows that it would take what is held over it. The drop itself is the browser's: the input covers the area.
(() => {
  "use strict";
  for (const area of document.querySelectorAll("[data-file-drop]")) {
    const input = area.querySelector("input[type=file]");
    const over = (is) => (event) => { event.preventDefault(); area.classList.toggle("is-over", is); };
    // A file that is too large is refused here, before hours of sending it; the server refuses it as well.
    input.addEventListener("change", () => {
      const large = input.dataset.most && [...input.files].some((file) => file.size > Number(input.dataset.most));
      input.setCustomValidity(large ? input.dataset.tooLarge : "");
      if (large) input.reportValidity();
    });
    area.addEventListener("dragover", over(true));
    area.addEventListener("dragleave", over(false));
    area.addEventListener("drop", (event) => {
      over(false)(event);
      if (!event.dataTransfer?.files.length) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
})();
