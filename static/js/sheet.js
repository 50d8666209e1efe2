"use strict";
// Filling in a sheet: every indicator saves itself; nothing typed is lost; on a phone one indicator a screen.
(function () {
  var root = document.getElementById("fill");
  if (!root) { return; }
  var texts = JSON.parse(document.getElementById("fill-texts").textContent);
  var live = document.getElementById("fill-live");
  var offline = document.getElementById("fill-offline");
  var signedOut = document.getElementById("fill-signed-out");
  var keyOfSheet = "sheet:" + root.dataset.user + ":" + root.dataset.sheet + ":";
  var rows = new Map();   // code -> state of its form
  document.documentElement.classList.add("js");

  document.addEventListener("submit", function (event) {
    var field = event.target.querySelector("[name=csrfmiddlewaretoken]");
    if (field && window.portalToken()) { field.value = window.portalToken(); }
  }, true);
  // What is typed stays with the tab and goes with it; the browser itself keeps no more than the place where one was
  function store(key) { return key === "at" ? localStorage : sessionStorage; }
  function keep(key, value) { try { store(key).setItem(keyOfSheet + key, value); } catch (error) { /* a full or forbidden store: the page still holds it */ } }
  function kept(key) { try { return store(key).getItem(keyOfSheet + key); } catch (error) { return null; } }
  function forget(key) { try { store(key).removeItem(keyOfSheet + key); } catch (error) { /* as above */ } }
  function newKey() {
    return Array.prototype.map.call(crypto.getRandomValues(new Uint8Array(16)), function (byte) { return ("0" + byte.toString(16)).slice(-2); }).join("");
  }
  function all(selector) { return Array.prototype.slice.call(document.querySelectorAll(selector)); }
  function say(text) { live.textContent = text; }

  // What stands in a form, without token and version
  function read(form) {
    var found = {};
    new FormData(form).forEach(function (value, name) {
      if (name !== "csrfmiddlewaretoken" && name !== "version") { found[name] = value; }
    });
    return found;
  }
  function fillIn(form, values) {
    Array.prototype.forEach.call(form.elements, function (field) {
      if (!field.name || field.name === "version" || field.name === "csrfmiddlewaretoken") { return; }
      if (field.type === "radio" || field.type === "checkbox") { field.checked = values[field.name] === field.value; }
      else { field.value = values[field.name] === undefined ? "" : values[field.name]; }
    });
  }

  // The mark that says whether a row is saved: a word and a sign, never colour alone
  function show(row, state, text) {
    row.state = state;
    var mark = row.form.querySelector(".save-mark");
    mark.dataset.state = state;
    mark.querySelector("[data-save-text]").textContent = text || texts[state] || "";
    row.article.dataset.state = state;
  }
  function showError(row, text) {
    var box = row.form.querySelector("[data-error]");
    box.textContent = text || "";
    box.hidden = !text;
  }
  function clock() {
    return new Date(Date.now() + 8 * 3600 * 1000).toISOString().slice(11, 19);   // Beijing time, as everywhere on the page
  }

  var LONGEST = 4000;   // milliseconds that somebody types on before what is there is saved
  function hold(row) {
    keep(row.code, JSON.stringify({ version: row.form.elements.version.value, values: read(row.form), attempt: row.attempt }));
  }
  function changed(row, delay) {
    row.dirty = true;
    row.since = row.since || Date.now();
    hold(row);
    if (row.state !== "conflict") { show(row, "dirty"); showError(row, ""); }
    clearTimeout(row.timer);
    if (row.state === "conflict") { return; }
    row.timer = setTimeout(function () { save(row); }, Math.max(0, Math.min(delay, row.since + LONGEST - Date.now())));
  }

  var SLOW = 4000, PATIENCE = 15000;   // milliseconds until a save without an answer is said to wait, and counts as lost
  // One save in the air at a time, so that the totals shown are always those of the last one
  var flying = null, line = [];
  function landed() {
    flying = null;
    var next = line.shift();
    if (next) { save(next); }
  }

  function save(row) {
    clearTimeout(row.timer);
    if (row.sending) { row.again = true; return; }
    if (flying) {
      if (line.indexOf(row) < 0) { line.push(row); }
      return;
    }
    flying = row;
    row.sending = true; row.again = false; row.dirty = false; row.since = 0;
    show(row, "saving");
    // An attempt whose answer was lost is sent once more as it was, before anything newer: it may have arrived
    row.attempt = row.attempt || { key: newKey(), version: row.form.elements.version.value, values: read(row.form) };
    hold(row);
    var attempt = row.attempt, body = new FormData(), sent = JSON.stringify(attempt.values);
    Object.keys(attempt.values).forEach(function (name) { body.append(name, attempt.values[name]); });
    body.append("version", attempt.version);
    body.append("csrfmiddlewaretoken", window.portalToken());   // signing in again has made the page's own one worthless
    var giveUp = new AbortController(), patience = setTimeout(function () { giveUp.abort(); }, PATIENCE);
    var slow = setTimeout(function () { show(row, "dirty"); }, SLOW);
    fetch(row.form.action, {
      method: "POST", body: body, credentials: "same-origin", signal: giveUp.signal,
      headers: {
        "X-Requested-With": "fetch", "X-CSRFToken": window.portalToken(), "Accept": "application/json",
        "Idempotency-Key": attempt.key
      }
    }).then(function (response) {
      return response.json().then(function (data) { return { status: response.status, data: data }; });
    }).then(function (answer) {
      clearTimeout(patience); clearTimeout(slow);
      row.sending = false;
      if (answer.status < 500 && answer.status !== 401) { row.attempt = null; }
      settle(row, answer.status, answer.data, sent);
      landed();
    }).catch(function () {
      clearTimeout(patience); clearTimeout(slow);
      row.sending = false; row.dirty = true;
      show(row, "failed", texts.offline);
      offline.hidden = false;
      retryLater(row);
      landed();
    });
  }

  function settle(row, status, data, sent) {
    if (status === 200) { return stored(row, data, sent); }
    row.dirty = true;
    if (status === 401) {
      show(row, "failed", texts.signedOut);
      signedOut.hidden = false;
      return retryLater(row);
    }
    if (status === 409 && data.theirs) { return conflict(row, data); }
    show(row, "failed", texts.failed);
    showError(row, data.message || texts.failed);
    say(texts.failed + ": " + row.name);
    if (status >= 500) { retryLater(row); }
  }

  function stored(row, data, sent) {
    row.form.elements.version.value = data.version;
    row.wait = 0;
    offline.hidden = true;
    if (!waiting().some(function (other) { return other !== row; })) { signedOut.hidden = true; }
    row.article.querySelector("[data-points]").textContent = data.points;
    var ratio = row.form.querySelector("[data-ratio]");
    if (ratio) { ratio.textContent = data.ratio; }
    var untouched = row.form.querySelector("[data-untouched]");
    if (untouched) { untouched.remove(); }
    paint(data.totals);
    if (row.again || JSON.stringify(read(row.form)) !== sent) { row.again = false; changed(row, 300); return; }
    forget(row.code);
    show(row, "saved", texts.saved + " " + clock());
    showError(row, "");
    say(row.name + ": " + texts.saved);
  }

  function retryLater(row) {
    row.wait = Math.min((row.wait || 2) * 2, 30);
    row.timer = setTimeout(function () { save(row); }, row.wait * 1000);
  }
  function waiting() {
    return Array.from(rows.values()).filter(function (row) { return row.dirty || row.sending; });
  }
  function retryNow() {
    waiting().forEach(function (row) { if (!row.sending && row.state !== "conflict") { row.wait = 0; save(row); } });
  }
  window.addEventListener("online", retryNow);
  window.addEventListener("focus", retryNow);
  document.addEventListener("visibilitychange", function () { if (!document.hidden) { retryNow(); } });
  window.addEventListener("offline", function () { offline.hidden = false; });
  window.addEventListener("beforeunload", function (event) {
    if (waiting().length) { event.preventDefault(); event.returnValue = texts.leave; }
  });

  // Two windows on one sheet: both versions side by side
  function conflict(row, data) {
    show(row, "conflict");
    var box = row.form.querySelector("[data-conflict]");
    box.querySelector("[data-conflict-text]").textContent = data.message;
    box.querySelector("[data-theirs]").textContent = data.theirs.text + (data.theirs.note ? " · " + data.theirs.note : "");
    box.querySelector("[data-mine]").textContent = describe(row);
    box.dataset.version = data.theirs.version;
    box.hidden = false;
    say(data.message);
  }
  function describe(row) {
    var parts = [];
    Array.prototype.forEach.call(row.form.elements, function (field) {
      if (!field.name || field.type === "hidden" || field.type === "submit" || field.type === "button") { return; }
      if ((field.type === "radio" || field.type === "checkbox") && !field.checked) { return; }
      if (field.name === "note") { if (field.value) { parts.push(field.value); } return; }
      var label = field.closest("label") || row.form.querySelector("label[for='" + CSS.escape(field.id) + "']");
      var words = label ? label.firstChild.textContent.trim() || label.textContent.trim().split("\n")[0] : "";
      if (field.type === "radio" || field.type === "checkbox") { parts.push(label.textContent.trim().replace(/\s+/g, " ")); }
      else if (field.value && field.value !== "0") { parts.push(words + " " + field.value); }
    });
    return parts.join("; ") || texts.missing;
  }
  function take(row, which) {
    var box = row.form.querySelector("[data-conflict]");
    box.hidden = true;
    if (which === "mine") {
      row.form.elements.version.value = box.dataset.version;
      row.state = "dirty";
      changed(row, 0);
      row.form.querySelector("[name=note]").focus();
      return;
    }
    row.dirty = false;
    forget(row.code);
    rows.delete(row.code);
    window.htmx.ajax("GET", row.form.action, { target: "#" + CSS.escape(row.article.id), swap: "outerHTML" });
  }

  // Totals as the server worked them out
  function put(selector, text) { all(selector).forEach(function (node) { node.textContent = text; }); }
  function paint(totals) {
    ["total", "bonus", "penalty"].forEach(function (name) { put("[data-total=" + name + "]", totals[name]); });
    put("[data-total=grade]", totals.grade || "—");
    all("[data-total=stars]").forEach(function (node) {
      node.textContent = "★".repeat(totals.stars) + "☆".repeat(Math.max(0, 5 - totals.stars));
    });
    put("[data-total=filled-text]", document.querySelector("[data-total=filled-text]").textContent.replace(/\d+/, totals.filled));
    totals.dimensions.forEach(function (line) {
      put("[data-dimension-earned='" + CSS.escape(line.code) + "']", line.earned);
      put("[data-dimension-filled='" + CSS.escape(line.code) + "']", line.filled + "/" + line.asked);
      all("[data-dimension-bar='" + CSS.escape(line.code) + "']").forEach(function (bar) { bar.style.width = line.percent + "%"; });
    });
    all("[data-missing]").forEach(function (item) { item.hidden = totals.missing.indexOf(item.dataset.missing) < 0; });
    all("[data-total=complete]").forEach(function (node) { node.hidden = totals.missing.length > 0; });
  }

  // One row's form
  function begin(article) {
    var form = article.querySelector("form[data-mark]");
    if (!form) { return; }
    var row = { code: article.dataset.row, name: article.dataset.name, article: article, form: form, state: "", dirty: false };
    rows.set(row.code, row);
    row.state = form.querySelector(".save-mark").dataset.state;
    form.addEventListener("input", function (event) {
      if (event.target.type !== "radio" && event.target.type !== "checkbox") { ratio(row); changed(row, 900); }
    });
    form.addEventListener("change", function (event) {
      if (event.target.type === "radio" || event.target.type === "checkbox") {
        exclude(row, event.target);
        changed(row, 150);
      } else if (row.dirty) { changed(row, 150); }
    });
    form.addEventListener("submit", function (event) { event.preventDefault(); changed(row, 0); });
    form.addEventListener("click", function (event) {
      var step = event.target.closest("[data-add]");
      if (step) { add(row, step); }
      var choice = event.target.closest("[data-take]");
      if (choice) { take(row, choice.dataset.take); }
    });
    restore(row);
  }
  function add(row, button) {
    var field = button.parentElement.querySelector("input");
    field.value = Math.max(0, (parseInt(field.value, 10) || 0) + parseInt(button.dataset.add, 10));
    untick(row);
    changed(row, 400);
  }
  function untick(row) {
    var na = row.form.elements.na;
    if (na && na.checked) { na.checked = false; }
  }
  function exclude(row, field) {
    if (field.name === "choice") { untick(row); }
    if (field.name === "na" && field.checked) {
      Array.prototype.forEach.call(row.form.elements, function (other) {
        if (other.type === "radio") { other.checked = false; }
        else if (/^(c-|value|denominator)/.test(other.name || "")) { other.value = other.name.indexOf("c-") === 0 ? "0" : ""; }
      });
    }
  }
  function ratio(row) {
    var place = row.form.querySelector("[data-ratio]");
    if (!place) { return; }
    var top = parseFloat(row.form.elements.value.value), bottom = parseFloat(row.form.elements.denominator.value);
    place.textContent = bottom > 0 && isFinite(top) ? (top / bottom * 100).toFixed(2) + "%" : "";
  }
  function restore(row) {
    var text = kept(row.code);
    if (!text) { return; }
    var stored;
    try { stored = JSON.parse(text); } catch (error) { forget(row.code); return; }
    if (!stored.attempt && JSON.stringify(stored.values) === JSON.stringify(read(row.form))) { forget(row.code); return; }
    fillIn(row.form, stored.values);
    row.form.elements.version.value = stored.version;
    row.attempt = stored.attempt || null;
    row.dirty = true;
    show(row, "dirty", texts.kept);
    row.timer = setTimeout(function () { save(row); }, 600);
  }
  all("[data-row]").forEach(begin);
  document.body.addEventListener("htmx:load", function (event) {
    var article = event.target;
    if (article.matches && article.matches("[data-row]") && !rows.has(article.dataset.row)) { begin(article); current(article, true); }
  });

  // Moving: keyboard, phone, and the place where it was left
  var articles = function () { return all("[data-row]"); };
  var phone = document.getElementById("fill-phone");
  var narrow = window.matchMedia("(max-width: 767px)");
  var at = null;
  function current(article, quiet) {
    at = article.dataset.row;
    var list = articles();
    list.forEach(function (other) { other.classList.toggle("is-current", other === article); });
    all(".fill-dimension").forEach(function (part) {
      var isHere = part.contains(article), link = root.querySelector(".fill-nav a[href='#" + CSS.escape(part.id) + "']");
      part.classList.toggle("has-current", isHere);
      if (link && isHere) { link.setAttribute("aria-current", "true"); } else if (link) { link.removeAttribute("aria-current"); }
    });
    keep("at", at);
    var position = list.indexOf(article);
    phone.querySelector("[data-at]").textContent = texts.indicator.replace("%(at)s", position + 1).replace("%(all)s", list.length);
    phone.querySelector("[data-step='-1']").disabled = position === 0;
    phone.querySelector("[data-step='1']").disabled = false;
    if (!quiet) { article.focus({ preventScroll: true }); article.scrollIntoView({ block: narrow.matches ? "nearest" : "start" }); if (narrow.matches) { window.scrollTo(0, 0); } }
  }
  function step(by) {
    var list = articles();
    var position = list.findIndex(function (article) { return article.dataset.row === at; });
    if (root.classList.contains("at-claims")) {
      if (by < 0) { root.classList.remove("at-claims"); current(list[list.length - 1], false); }
      return;
    }
    if (position + by === list.length) { return claims(); }
    var next = list[Math.max(0, position + by)];
    if (next) { current(next, false); }
  }
  function claims() {
    root.classList.add("at-claims");
    phone.querySelector("[data-at]").textContent = document.getElementById("h-claims").firstChild.textContent.trim();
    phone.querySelector("[data-step='1']").disabled = true;
    phone.querySelector("[data-step='-1']").disabled = false;
    if (narrow.matches) { window.scrollTo(0, 0); } else { document.getElementById("claims").scrollIntoView({ block: "start" }); }
  }
  phone.addEventListener("click", function (event) {
    var button = event.target.closest("[data-step]");
    if (button) { step(parseInt(button.dataset.step, 10)); }
  });
  document.addEventListener("keydown", function (event) {
    if (!event.ctrlKey || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) { return; }
    event.preventDefault();
    step(event.key === "ArrowDown" ? 1 : -1);
  });
  document.addEventListener("focusin", function (event) {
    var article = event.target.closest && event.target.closest("[data-row]");
    if (article && article.dataset.row !== at) { current(article, true); }
  });
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[href^='#']");
    if (!link) { return; }
    var target = document.getElementById(link.getAttribute("href").slice(1));
    var article = target && (target.matches("[data-row]") ? target : target.querySelector("[data-row]"));
    if (target && target.id === "claims") { event.preventDefault(); return claims(); }
    if (article) { event.preventDefault(); root.classList.remove("at-claims"); current(article, false); }
  });
  function start() {
    var wish = location.hash.indexOf("#row-") === 0 ? location.hash.slice(5) : kept("at");
    var article = wish && document.getElementById("row-" + wish);
    var back = articles().find(function (each) { return each.querySelector(".fill-remark"); });
    if (back && !location.hash && !(article && article.querySelector(".fill-remark"))) { article = back; wish = back.dataset.row; }
    if (!article && narrow.matches) { article = articles().find(function (each) { return each.querySelector(".save-mark[data-state=none]"); }); }
    article = article || articles()[0];
    phone.hidden = false;
    root.classList.add("is-live");
    if (article) { current(article, true); }
    if (location.hash === "#claims") { claims(); }
    if (article && (location.hash || kept("at") || back) && !narrow.matches && wish) { article.scrollIntoView({ block: "start" }); }
  }
  start();
})();
