"use strict";
// The check list of a visit: a verdict is saved when it is chosen; a problem waits for its note; nothing typed is lost.
(function () {
  document.addEventListener("change", function (event) {
    var radio = event.target;
    if (!radio.matches || !radio.matches(".verdicts input")) { return; }
    if (radio.value === "problem") { radio.form.elements.note.focus(); return; }
    radio.form.requestSubmit();
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    var row = event.target.id ? document.getElementById(event.target.id) : null;
    if (!row || !row.matches(".check-row")) { return; }
    var error = row.querySelector(".check-error"), note = row.querySelector("[name=note]");
    if (error && note) { note.focus(); } else { row.focus({ preventScroll: true }); }
    var main = document.querySelector("[data-done]");
    if (main) { main.textContent = document.querySelectorAll(".check-row:not([data-state=open])").length; }
  });
  document.addEventListener("htmx:sendError", function (event) {
    var row = event.detail.elt.closest ? event.detail.elt.closest(".check-row") : null;
    if (!row) { return; }
    var told = row.querySelector(".check-error");
    if (!told) { told = document.createElement("p"); told.className = "check-error"; told.setAttribute("role", "alert"); event.detail.elt.appendChild(told); }
    told.textContent = document.querySelector("[data-offline]").dataset.offline;
  });
})();
