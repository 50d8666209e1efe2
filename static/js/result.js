"use strict";
// The workings of all rows at once, and all of them on paper.
(function () {
  function rows() { return Array.prototype.slice.call(document.querySelectorAll("details.result-row")); }
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-open-all]");
    if (!button) { return; }
    var open = rows().some(function (row) { return !row.open; });
    rows().forEach(function (row) { row.open = open; });
    var text = button.dataset.openAll;
    button.dataset.openAll = button.textContent;
    button.textContent = text;
  });
  var before = [];
  window.addEventListener("beforeprint", function () { before = rows().filter(function (row) { return !row.open; }); before.forEach(function (row) { row.open = true; }); });
  window.addEventListener("afterprint", function () { before.forEach(function (row) { row.open = false; }); });
})();
