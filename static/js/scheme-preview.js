"use strict";
// The preview of a scheme: what is typed goes to the engine and comes back as totals. Nothing is kept.
(function () {
  var root = document.getElementById("scheme-preview");
  if (!root) { return; }
  var timer = null;

  function values() {
    var found = {};
    root.querySelectorAll("form[data-touched]").forEach(function (form) {
      var prefix = form.dataset.preview + ":";
      new FormData(form).forEach(function (value, name) { found[prefix + name] = value; });
      found[prefix + "touched"] = "1";
    });
    return found;
  }
  function send() {
    window.htmx.ajax("POST", root.dataset.url, { source: root, target: "#totals", swap: "outerHTML", values: values() });
  }
  function touched(form, delay) {
    form.dataset.touched = "1";
    var untouched = form.querySelector("[data-untouched]");
    if (untouched) { untouched.remove(); }
    clearTimeout(timer);
    timer = setTimeout(send, delay);
  }
  function ratio(form) {
    var place = form.querySelector("[data-ratio]");
    if (!place) { return; }
    var top = parseFloat(form.elements.value.value), bottom = parseFloat(form.elements.denominator.value);
    place.textContent = bottom > 0 && isFinite(top) ? (top / bottom * 100).toFixed(2) + "%" : "";
  }
  root.addEventListener("input", function (event) {
    var form = event.target.closest("form[data-preview]");
    if (form) { ratio(form); touched(form, 400); }
  });
  root.addEventListener("submit", function (event) {
    event.preventDefault();
    touched(event.target, 0);
  });
  root.addEventListener("click", function (event) {
    var step = event.target.closest("[data-add]");
    if (!step) { return; }
    var field = step.parentElement.querySelector("input");
    field.value = Math.max(0, (parseInt(field.value, 10) || 0) + parseInt(step.dataset.add, 10));
    touched(field.form, 300);
  });
})();
