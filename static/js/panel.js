// The panel beside a list. A row's link fills #panel by htmx and pushes its address; here the rest:
// narrow screens open the page instead, the row is marked, the focus moves in and comes back, Esc and Back close.
(() => {
  "use strict";
  const panel = document.getElementById("panel");
  if (!panel || !document.querySelector(".sa-split")) return;
  const narrow = matchMedia("(max-width: 1100px)");
  const links = () => [...document.querySelectorAll('a[hx-target="#panel"]')];
  const isOpen = () => panel.childElementCount > 0;
  const startedOpen = isOpen();
  const given = document.querySelector("[data-list-url]")?.dataset.listUrl;
  const listUrl = given ? new URL(given, location.href).href : startedOpen ? null : location.href;
  let pushed = false; // did this page put the panel's address on the history?
  let keepFocus = false;

  const mark = (url) => {
    for (const row of document.querySelectorAll('.sa-table tr[aria-selected="true"]:not(.has-pick)')) row.removeAttribute("aria-selected");
    const link = links().find((one) => one.href === url);
    link?.closest("tr")?.setAttribute("aria-selected", "true");
    return link;
  };
  const close = () => {
    const row = document.querySelector('.sa-table tr[aria-selected="true"]:not(.has-pick) a[hx-target="#panel"]');
    panel.replaceChildren();
    mark(null);
    (row || document.getElementById("main"))?.focus({ preventScroll: true });
  };
  const leave = () => {
    if (pushed) history.back();
    else if (listUrl) { history.pushState({}, "", listUrl); close(); }
    else document.querySelector("[data-panel-close]")?.click();
  };

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target !== panel || !narrow.matches) return;
    event.preventDefault();
    if (event.detail.elt.matches("[data-live]")) return;
    location.assign(event.detail.elt.href || event.detail.pathInfo.requestPath);
  });
  // One step of history for the panel: stepping from message to message replaces it, so that Back closes.
  document.addEventListener("htmx:beforeHistoryUpdate", (event) => {
    if (event.detail.target !== panel || !event.detail.history?.type) return;
    if (pushed || startedOpen) event.detail.history.type = "replace";
    pushed = pushed || !startedOpen;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target !== panel && event.target !== panel) return;
    if (event.detail.requestConfig?.elt?.matches("[data-live]")) return; // it only follows what happens: nothing moves
    mark(new URL(event.detail.pathInfo?.finalRequestPath || location.href, location.href).href.split("#")[0]);
    panel.querySelector(".sa-body")?.scrollTo(0, 0);
    if (keepFocus) { keepFocus = false; return; }
    const heading = panel.querySelector("h1, h2");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
  });
  document.addEventListener("smsadmin:step", (event) => {
    keepFocus = true;
    event.target.click();
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-panel-close]") || !panel.contains(event.target) || (!pushed && !listUrl)) return;
    event.preventDefault();
    leave();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !isOpen() || narrow.matches || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    leave();
  });
  // Before htmx hears of it: Back to the list closes the panel without loading the page again.
  addEventListener("popstate", (event) => {
    const link = links().find((one) => one.href === location.href);
    if (!link && location.href !== listUrl) return;
    event.stopImmediatePropagation();
    pushed = Boolean(link);
    if (!link) close();
    else window.htmx?.ajax("GET", location.href, { target: "#panel", source: panel });
  }, true);

  mark(location.href.split("#")[0]);
})();
