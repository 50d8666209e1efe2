"use strict";
// Preliminary review and side-by-side review: keys, saving row by row, evidence beside the row.
(function () {
  var page = document.getElementById("review");
  var viewer = document.getElementById("viewer");
  var waiting = {}; // code -> true while what was typed is not saved yet

  // Evidence beside the row

  var opener = null;
  function closeViewer() {
    if (!viewer || viewer.hidden) { return false; }
    viewer.hidden = true;
    viewer.querySelector("[data-viewer-body]").replaceChildren();
    document.body.classList.remove("viewer-open");
    if (opener) { opener.focus(); opener = null; }
    return true;
  }
  function openViewer(link) {
    var body = viewer.querySelector("[data-viewer-body]"), type = link.dataset.view, shown = null;
    if (type.indexOf("image/") === 0) { shown = document.createElement("img"); shown.src = link.href; shown.alt = link.dataset.name; }
    if (type === "application/pdf") { shown = document.createElement("iframe"); shown.src = link.href; shown.title = link.dataset.name; }
    body.replaceChildren();
    if (shown) { body.appendChild(shown); }
    viewer.querySelector("[data-viewer-none]").hidden = Boolean(shown);
    viewer.querySelector("[data-viewer-name]").textContent = link.dataset.name;
    viewer.querySelector("[data-viewer-link]").href = link.href;
    viewer.hidden = false;
    document.body.classList.add("viewer-open");
    opener = link;
    if (shown) { shown.addEventListener("error", function () { shown.remove(); viewer.querySelector("[data-viewer-none]").hidden = false; }); }
    viewer.focus({ preventScroll: true });
    window.requestAnimationFrame(function () { (link.closest("article") || link).scrollIntoView({ block: "center" }); });
  }
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[data-view]");
    if (link && viewer && !event.ctrlKey && !event.metaKey && window.innerWidth > 767) { event.preventDefault(); openViewer(link); }
    if (event.target.closest && event.target.closest("[data-viewer-close]")) { closeViewer(); }
  });

  // Ticks for returning

  document.addEventListener("change", function (event) {
    if (!event.target.matches(".return-tick")) { return; }
    var article = event.target.closest("article");
    if (article) { article.classList.toggle("is-ticked", event.target.checked); }
    var count = document.querySelectorAll(".return-tick:checked").length;
    document.querySelectorAll("[data-ticked]").forEach(function (badge) { badge.textContent = count; });
    if (event.target.checked) { var text = event.target.parentNode.querySelector(".return-reason"); if (text) { text.focus(); } }
  });

  if (!page) { document.addEventListener("keydown", function (event) { if (event.key === "Escape") { closeViewer(); } }); return; }

  // Saving row by row

  function rows() { return Array.prototype.slice.call(page.querySelectorAll(".review-row")); }
  function rowOf(element) { return element && element.closest ? element.closest(".review-row") : null; }
  function say(row, text, wrong) {
    var place = row.querySelector("[data-said]"); if (!place) { return; }
    place.textContent = text; place.classList.toggle("is-wrong", Boolean(wrong));
  }
  function setText(selector, text) { page.querySelectorAll(selector).forEach(function (place) { place.textContent = text; }); }
  function showFigures(figures) {
    var row = document.getElementById("row-" + figures.code);
    if (row) {
      row.dataset.state = figures.state;
      row.querySelector("[data-points]").textContent = figures.points.replace(/\.?0+$/, "") || "0";
      row.querySelector("input[name=version]").value = figures.version;
      var shift = row.querySelector("[data-shift]"), micro = figures.shift_up / 1000000;
      if (shift) { shift.textContent = micro ? (micro > 0 ? "+" : "") + String(micro) : ""; }
    }
    setText("[data-total]", figures.total); setText("[data-grade]", figures.grade || "");
    setText("[data-reviewed]", figures.reviewed); setText("[data-todo]", figures.todo);
    page.querySelectorAll("[data-sheet-version]").forEach(function (field) { field.value = figures.sheet_version; });
    figures.dimensions.forEach(function (line) {
      var place = page.querySelector('[data-dimension="' + line.code + '"]'); if (!place) { return; }
      place.querySelector("[data-earned]").textContent = line.earned;
      place.querySelector(".progress-bar").style.width = line.percent + "%";
    });
    page.querySelectorAll("[data-approve]").forEach(function (button) { button.disabled = !figures.may_approve; });
  }
  var timers = {}, turns = {}, saving = {}; // code -> a save to come, how many there were, the one under way
  document.addEventListener("review:figures", function (event) { // the row was drawn anew: nothing typed is left in it
    window.clearTimeout(timers[event.detail.code]);
    delete timers[event.detail.code];
    delete waiting[event.detail.code];
    showFigures(event.detail);
  });
  function later(form, wait) {
    var code = rowOf(form).dataset.row;
    waiting[code] = true;
    window.clearTimeout(timers[code]);
    timers[code] = window.setTimeout(function () { save(form); }, wait);
  }
  function save(form) { // one at a time for each row, so that none meets the version of the one before
    var row = rowOf(form), code = row.dataset.row, turn = turns[code] = (turns[code] || 0) + 1;
    waiting[code] = true;
    window.clearTimeout(timers[code]);
    delete timers[code];
    say(row, page.dataset.saving);
    saving[code] = Promise.resolve(saving[code]).then(function () { return send(form, row, code, turn); });
    return saving[code];
  }
  function send(form, row, code, turn) {
    var body = new FormData(form);
    body.set("csrfmiddlewaretoken", window.portalToken()); // signing in again makes the page's own one worthless
    return fetch(form.action, { method: "POST", body: body, headers: { "X-Requested-With": "fetch" }, credentials: "same-origin" })
      .then(function (response) { return response.json().then(function (data) { return { ok: response.ok, data: data }; }); })
      .then(function (answer) {
        if (!answer.ok && answer.data.theirs !== undefined) { conflict(row, answer.data); return; }
        if (!answer.ok) {
          say(row, answer.data.message, true);
          var field = answer.data.field && form.elements[answer.data.field];
          if (answer.data.field === "reason" && field && document.activeElement && rowOf(document.activeElement) === row && !isText(document.activeElement)) { field.focus(); }
          return;
        }
        if (turns[code] === turn) { delete waiting[code]; }
        showFigures(answer.data);
        say(row, page.dataset.saved);
      })
      .catch(function () {
        say(row, page.dataset.offline, true);
        later(form, 4000);
      });
  }
  // Somebody else was faster: both versions side by side, and the choice without reloading what others rows hold
  function conflict(row, data) {
    var box = row.querySelector("[data-conflict]");
    box.querySelector("[data-theirs]").textContent = data.theirs;
    box.querySelector("[data-mine]").textContent = data.yours;
    box.dataset.version = data.version;
    box.hidden = false;
    say(row, page.dataset.unsaved, true);
    box.querySelector("button").focus();
  }
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-take]");
    if (!button) { return; }
    var row = rowOf(button), form = button.closest("form"), box = button.closest("[data-conflict]"), code = row.dataset.row;
    box.hidden = true;
    if (button.dataset.take === "mine") {
      form.elements.version.value = box.dataset.version;
      save(form);
      return;
    }
    delete waiting[code];
    window.clearTimeout(timers[code]);
    window.htmx.ajax("GET", location.pathname + location.search, { target: "#" + CSS.escape(row.id), select: "#" + CSS.escape(row.id), swap: "outerHTML" })
      .then(function () { var now = document.getElementById("row-" + code); if (now) { now.focus({ preventScroll: true }); } });
  });
  function isText(element) { return element.matches("textarea, select, input:not([type=checkbox]):not([type=radio])"); }
  document.addEventListener("change", function (event) {
    var form = event.target.form;
    if (!form || !form.hasAttribute("data-mark") || event.target.matches(".return-tick, .return-reason")) { return; }
    later(form, 150);
  });
  // Steps that settle what was typed: it is saved first, and where a row is refused the step waits
  document.addEventListener("submit", function (event) {
    var form = event.target, open = Object.keys(waiting);
    if (!form.hasAttribute("data-after-saving") || !open.length) { return; }
    event.preventDefault();
    Promise.all(open.map(function (code) {
      var row = document.getElementById("row-" + code);
      return timers[code] ? save(row.querySelector("form[data-mark]")) : saving[code];
    })).then(function () {
      var left = Object.keys(waiting)[0];
      if (!left) { form.submit(); return; }
      document.getElementById("row-" + left).scrollIntoView({ block: "center" });
    });
  });
  document.addEventListener("submit", function (event) {
    if (!event.target.hasAttribute("data-mark") || (event.submitter && event.submitter.hasAttribute("data-accept"))) { return; }
    event.preventDefault();
    save(event.target);
  });
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-canned]");
    if (!button) { return; }
    var form = button.closest("form");
    form.elements.reason.value = button.textContent.trim();
    var code = rowOf(form).dataset.row, first = form.querySelector("details.change input:not([type=hidden])");
    if (waiting[code] || form.elements.version.value !== "0") { save(form); } else if (first) { first.focus(); }
  });
  window.addEventListener("beforeunload", function (event) {
    if (Object.keys(waiting).length) { event.preventDefault(); event.returnValue = ""; }
  });

  // Keys: they act only while a row itself has the focus, never while somebody types

  function go(from, step) {
    var list = rows(), at = list.indexOf(from);
    var next = list[at + step] || from;
    next.focus({ preventScroll: true }); next.scrollIntoView({ block: "center" });
  }
  function nextOpen(from) {
    var list = rows(), at = list.indexOf(from), order = list.slice(at + 1).concat(list.slice(0, at));
    return order.filter(function (row) { return row.dataset.state === "untouched" || row.dataset.state === "open"; })[0];
  }
  var keys = {
    j: function (row) { go(row, 1); }, k: function (row) { go(row, -1); },
    arrowdown: function (row) { go(row, 1); }, arrowup: function (row) { go(row, -1); },
    a: function (row) { var button = row.querySelector("[data-accept]"); if (button) { moveOn = row.dataset.row; button.click(); } },
    c: function (row) {
      var box = row.querySelector("details.change"); if (box) { box.open = true; }
      var field = row.querySelector(".review-mine input:not([type=hidden]):not([disabled])"); if (field) { field.focus(); if (field.select) { field.select(); } }
    },
    e: function (row) { var link = row.querySelector("a[data-view]"); if (link && viewer) { openViewer(link); opener = row; } },
    r: function (row) { var tick = row.querySelector(".return-tick"); if (tick) { tick.click(); } }
  };
  var moveOn = "";
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    var row = rowOf(document.activeElement);
    if (event.key === "Escape") { if (!closeViewer() && row) { row.focus({ preventScroll: true }); } return; }
    var act = keys[event.key.toLowerCase()];
    if (!row || document.activeElement !== row || !act) { return; }
    event.preventDefault(); act(row);
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    var code = event.detail.requestConfig && event.detail.elt ? moveOn : "";
    if (!code) { return; }
    moveOn = "";
    var row = document.getElementById("row-" + code); if (!row) { return; }
    var said = row.querySelector("[data-said]");
    var target = said && said.textContent.trim() ? row : nextOpen(row) || row;
    target.focus({ preventScroll: true }); target.scrollIntoView({ block: "center" });
  });
  document.addEventListener("focusin", function (event) {
    var now = rowOf(event.target);
    rows().forEach(function (row) { row.classList.toggle("is-current", row === now); });
  });
  var first = location.hash ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : nextOpen(null);
  if (first && first.classList.contains("review-row") && page.querySelector("[data-accept]")) { first.focus({ preventScroll: !location.hash }); }
})();
