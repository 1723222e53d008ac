// A trial: pressing a demo sign-in fills the form and sends it.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const email = event.target.closest("[data-demo-sign-in]")?.dataset.demoSignIn;
    const form = email && document.querySelector("form");
    if (!form) return;
    form.elements.login.value = email;
    form.elements.password.value = "demo";
    form.requestSubmit();
  });
})();
