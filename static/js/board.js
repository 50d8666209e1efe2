"use strict";
// Tick all rows of a list; copy a text that stands on the page (a plain text area serves where there is no script).
(function () {
  function copyText(area, done) {
    area.focus();
    area.select();
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(area.value).then(done, function () { document.execCommand("copy"); done(); });
    } else if (document.execCommand("copy")) { done(); }
  }
  document.addEventListener("change", function (event) {
    if (!event.target.matches("[data-check-all]")) { return; }
    event.target.closest("form").querySelectorAll("tbody input[type=checkbox]").forEach(function (box) { box.checked = event.target.checked; });
  });
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button) { return; }
    var area = document.getElementById(button.dataset.copy);
    var said = document.getElementById(button.dataset.copy + "-said");
    copyText(area, function () { said.textContent = button.dataset.copied; });
  });
})();
