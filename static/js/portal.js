"use strict";
// Shared by all pages: charts from json_script, confirmations, printing, the token of forms.
(function () {
  // The token of a form that a script sends; its cookie has another name over https.
  window.portalToken = function () {
    var found = /(?:^|; )(?:__Host-)?csrftoken=([^;]*)/.exec(document.cookie);
    return found ? decodeURIComponent(found[1]) : "";
  };
  function drawCharts(root) {
    if (!window.echarts) { return; }
    root.querySelectorAll("[data-chart]").forEach(function (box) {
      var source = document.getElementById(box.dataset.chart);
      if (!source || box.dataset.drawn) { return; }
      box.dataset.drawn = "1";
      var fallback = box.querySelector("svg"); if (fallback) { fallback.remove(); }
      var chart = window.echarts.init(box, null, { renderer: "svg" });
      chart.setOption(JSON.parse(source.textContent));
      window.addEventListener("resize", function () { chart.resize(); });
    });
  }
  // A table that scrolls sideways can be reached and scrolled by keyboard.
  function openTables() {
    document.querySelectorAll(".table-responsive").forEach(function (box) {
      if (box.scrollWidth <= box.clientWidth) { box.removeAttribute("tabindex"); return; }
      var caption = box.querySelector("caption");
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", caption ? caption.textContent.trim() : document.title);
    });
  }
  document.addEventListener("DOMContentLoaded", function () { drawCharts(document); openTables(); });
  document.addEventListener("htmx:afterSwap", openTables);
  window.addEventListener("load", openTables);
  window.addEventListener("resize", openTables);
  document.addEventListener("htmx:afterSwap", function (event) { drawCharts(event.target); });
  document.addEventListener("submit", function (event) {
    var question = event.target.dataset && event.target.dataset.confirm;
    if (question && !window.confirm(question)) { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);
  document.addEventListener("click", function (event) {
    if (event.target.closest && event.target.closest("[data-print]")) { window.print(); }
  });
  // Whoever signs out leaves nothing typed behind in this tab
  document.addEventListener("submit", function (event) {
    if (/\/accounts\/logout\/$/.test(event.target.action || "")) { try { sessionStorage.clear(); } catch (error) { /* no store, nothing to clear */ } }
  });
  // What is left until a deadline, by the portal's clock: the page says what time it was there when it was made
  function tellTime() {
    document.querySelectorAll("[data-clock]").forEach(function (place) {
      var now = Number(place.dataset.now) + Math.round(performance.now() - started);
      var left = Math.max(0, Math.floor((Number(place.dataset.until) - now) / 1000));
      var text = [Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60].map(function (part) { return ("0" + part).slice(-2); }).join(":");
      place.querySelector("[data-clock-now]").textContent = new Date(now + 8 * 3600 * 1000).toISOString().slice(11, 19);
      place.querySelector("[data-clock-left]").textContent = (left >= 86400 ? Math.floor(left / 86400) + place.dataset.days + " " : "") + text;
      place.classList.toggle("text-danger", left < 3600);
    });
  }
  var started = performance.now();
  if (document.querySelector("[data-clock]")) { tellTime(); setInterval(tellTime, 1000); }
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-autosubmit]")) { event.target.form.requestSubmit(); }
  });
})();
