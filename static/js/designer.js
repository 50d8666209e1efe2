"use strict";
// The designer: nothing typed is lost on the way to another place, entries are dragged or moved by keyboard,
// and the focus stays where it was. Without this script every button still works.
(function () {
  var dirty = false, dragged = null, came = "", started = false, scrolled = 0;
  document.documentElement.classList.add("has-script");

  function root() { return document.getElementById("designer"); }
  function form() { return document.getElementById("designer-form"); }
  function setDirty(now) {
    dirty = now;
    document.querySelectorAll(".designer-dirty").forEach(function (mark) { mark.hidden = !now; });
    document.querySelectorAll(".designer-done").forEach(function (mark) { mark.hidden = now; });
  }
  // One press of a button that is not on the page: what was typed goes along.
  function press(step, extra) {
    var target = form();
    if (!target) { return; }
    Object.keys(extra || {}).forEach(function (name) { if (target.elements[name]) { target.elements[name].value = extra[name]; } });
    var button = document.createElement("button");
    button.name = "do"; button.value = step; button.hidden = true;
    target.appendChild(button);
    button.click(); // htmx asks which button was clicked
    button.remove();
  }

  document.addEventListener("input", function (event) { if (event.target.closest("#designer-form")) { setDirty(true); } });
  document.addEventListener("change", function (event) {
    if (!event.target.closest("#designer-form")) { return; }
    setDirty(true);
    if (event.target.matches("[data-refresh]")) { press("refresh", { focus: event.target.id }); }
  });
  window.addEventListener("beforeunload", function (event) { if (dirty) { event.preventDefault(); event.returnValue = ""; } });
  document.addEventListener("submit", function (event) {
    var button = event.submitter;
    if (button && button.getAttribute("aria-disabled") === "true") { event.preventDefault(); event.stopImmediatePropagation(); return; }
    if (event.target.id === "designer-undo" && dirty && !window.confirm(root().dataset.sure)) {
      event.preventDefault(); event.stopImmediatePropagation();
    }
  }, true);

  // A link to another place saves first what was typed here.
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("#designer a[data-go]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) { return; }
    came = link.closest(".designer-left") ? "tree" : link.closest(".designer-tabs") ? "tab" : "";
    if (!dirty || !form() || !form().elements.go) { return; }
    event.preventDefault(); event.stopImmediatePropagation();
    press("go", { go: link.dataset.go, ask: link.dataset.ask || "" });
  }, true);

  // So does the browser's own way back.
  window.addEventListener("popstate", function (event) {
    if (!dirty || !form() || !form().elements.go) { return; }
    event.stopImmediatePropagation();
    press("go", { go: new URLSearchParams(window.location.search).get("at") || "indicators", ask: "" });
  }, true);

  document.addEventListener("keydown", function (event) {
    var steps = { ArrowUp: "up", ArrowDown: "down", ArrowRight: "in", ArrowLeft: "out" };
    var link = event.altKey && steps[event.key] && event.target.closest && event.target.closest("a.designer-node[data-path]");
    if (!link) { return; }
    event.preventDefault();
    came = "here";
    press(steps[event.key] + " " + link.dataset.path);
  });

  function clearDrop() {
    document.querySelectorAll(".drop-before, .drop-after, .drop-into").forEach(function (line) {
      line.classList.remove("drop-before", "drop-after", "drop-into");
    });
  }
  function whereOn(line, event) {
    var box = line.getBoundingClientRect(), part = (event.clientY - box.top) / box.height;
    var holds = line.dataset.drag.indexOf("indicators") === 0;
    return holds ? (part < 0.3 ? "before" : part > 0.7 ? "after" : "into") : (part < 0.5 ? "before" : "after");
  }
  document.addEventListener("dragstart", function (event) {
    var line = event.target.closest && event.target.closest("[data-drag]");
    if (!line) { return; }
    dragged = line.dataset.drag;
    line.classList.add("is-dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged);
  });
  document.addEventListener("dragover", function (event) {
    var line = dragged && event.target.closest && event.target.closest("[data-drag]");
    if (!line || line.dataset.drag === dragged || line.dataset.drag.indexOf(dragged + ".") === 0) { return; }
    event.preventDefault();
    clearDrop();
    line.classList.add("drop-" + whereOn(line, event));
  });
  document.addEventListener("drop", function (event) {
    var line = dragged && event.target.closest && event.target.closest("[data-drag]");
    if (!line) { return; }
    event.preventDefault();
    came = "here";
    press("drop " + dragged, { to: line.dataset.drag, where: whereOn(line, event) });
  });
  document.addEventListener("dragend", function () {
    dragged = null; clearDrop();
    document.querySelectorAll(".is-dragged").forEach(function (line) { line.classList.remove("is-dragged"); });
  });

  function settle() {
    if (!root()) { return; }
    document.querySelectorAll("#designer [data-drag]").forEach(function (line) {
      line.draggable = true;
      line.querySelector("a").draggable = false;
    });
    setDirty(root().hasAttribute("data-unsaved"));
    showHere();
    focusNext();
    var said = document.querySelector(".designer-said"), live = document.getElementById("designer-live");
    if (said && live) { live.textContent = said.textContent.trim(); }
  }
  // The list stays where it was scrolled to, with the open entry in sight.
  function showHere() {
    var box = document.querySelector(".designer-left"), here = document.getElementById("designer-here");
    if (!box) { return; }
    box.scrollTop = scrolled;
    if (!here) { return; }
    var inside = here.getBoundingClientRect(), around = box.getBoundingClientRect();
    var low = Math.min(around.bottom, window.innerHeight);
    if (inside.top < around.top || inside.bottom > low) { box.scrollTop += inside.top - around.top - box.clientHeight / 3; }
  }
  // The wished field, or the first that was refused; else where one came from; else, when the swap took the focus
  // away, the heading of the form.
  function focusNext() {
    var wish = root().querySelector("[autofocus]") || document.getElementById(root().dataset.focus || "") || root().querySelector(".has-error");
    var heading = document.getElementById("designer-heading"), narrow = window.innerWidth < 992;
    var back = came === "tab" ? document.querySelector(".designer-tabs [aria-current]")
      : came === "here" || (came === "tree" && !narrow) ? document.getElementById("designer-here") : null;
    if (wish) { (wish.matches("input, select, textarea, button") ? wish : wish.querySelector("input, select, textarea") || wish).focus(); }
    else if (back) { back.focus({ preventScroll: true }); }
    else if (heading && started && document.activeElement === document.body) { heading.focus({ preventScroll: !narrow }); }
    came = ""; started = true;
  }
  function tell(words) {
    var box = document.getElementById("designer-fault");
    if (box) { box.textContent = words; box.hidden = false; box.scrollIntoView({ block: "nearest" }); }
  }
  document.addEventListener("htmx:beforeSwap", function (event) {
    var box = document.querySelector(".designer-left");
    scrolled = box ? box.scrollTop : 0;
    var status = event.detail.xhr.status;
    if (!root() || (status >= 200 && status < 300) || status === 409 || status === 422) { return; }
    event.detail.shouldSwap = false; // the page keeps what was typed
    var words = root().dataset.failed;
    try { words = JSON.parse(event.detail.xhr.responseText).message || words; } catch (fault) { words = root().dataset.failed; }
    tell(words);
  });
  document.addEventListener("htmx:sendError", function () { if (root()) { tell(root().dataset.failed); } });
  document.addEventListener("htmx:afterSwap", function (event) { var target = event.detail.target; if (event.target.id === "designer" || (target && target.id === "designer")) { settle(); } });
  document.addEventListener("htmx:historyRestore", settle);
  document.addEventListener("DOMContentLoaded", settle);
})();
