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
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-autosubmit]")) { event.target.form.requestSubmit(); }
  });
})();
