"use strict";
// Files of a sheet: several at once with progress, drag and drop, preview in place, reuse, removal.
(function () {
  var source = document.getElementById("fill-texts");
  var texts = source ? JSON.parse(source.textContent) : {};
  var LIMIT = 20 * 1024 * 1024;
  var phoneLike = window.matchMedia("(max-width: 767px), (pointer: coarse)").matches;
  document.documentElement.classList.add("js");

  function fillText(text, values) {
    return Object.keys(values).reduce(function (done, name) { return done.split("%(" + name + ")s").join(values[name]); }, text).replace("%%", "%");
  }
  function refresh(box) {
    return window.htmx.ajax("GET", box.dataset.part, { target: "#" + CSS.escape(box.id), swap: "outerHTML" });
  }
  function line(form, text, isBad) {
    var place = document.createElement("p");
    place.className = isBad ? "fill-file-bad" : "fill-file-note";
    place.textContent = text;
    form.querySelector("[data-progress]").append(place);
    return place;
  }

  function send(form, file, done) {
    if (file.size > LIMIT) { line(form, fillText(texts.tooLarge, { name: file.name, limit: 20 }), true); done(false); return; }
    var body = new FormData();
    Array.prototype.forEach.call(form.querySelectorAll("input[type=hidden]"), function (field) { body.append(field.name, field.value); });
    body.set("csrfmiddlewaretoken", window.portalToken());
    body.set("no_secrets", "1");
    body.append("file", file, file.name);
    var place = line(form, fillText(texts.uploading, { name: file.name, percent: 0 }), false);
    var bar = document.createElement("progress");
    bar.max = 100; bar.value = 0; bar.setAttribute("aria-label", file.name);
    place.append(bar);
    var request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("X-Requested-With", "fetch");
    request.setRequestHeader("X-CSRFToken", window.portalToken());
    request.upload.addEventListener("progress", function (event) {
      if (!event.lengthComputable) { return; }
      var percent = Math.round(event.loaded * 100 / event.total);
      place.firstChild.textContent = fillText(texts.uploading, { name: file.name, percent: percent });
      bar.value = percent;
    });
    request.addEventListener("load", function () {
      place.remove();
      if (request.status === 200) { done(true); return; }
      var message = "";
      try { message = JSON.parse(request.responseText).message; } catch (error) { message = fillText(texts.uploadFailed, { name: file.name }); }
      line(form, message, true);
      done(false);
    });
    request.addEventListener("error", function () {
      place.remove();
      line(form, fillText(texts.uploadFailed, { name: file.name }), true);
      done(false);
    });
    request.send(body);
  }
  function sendAll(form, files) {
    var box = form.closest("[data-files]");
    var queue = Array.prototype.slice.call(files);
    var tick = form.querySelector("[name=no_secrets]");
    if (tick && !tick.checked) {
      form.waitingFiles = (form.waitingFiles || []).concat(queue);
      form.querySelector("[data-progress]").textContent = "";
      line(form, form.dataset.tick, true);
      tick.closest("label").classList.add("is-asked");
      tick.focus();
      return;
    }
    var any = false, bad = false;
    form.querySelector("[data-progress]").textContent = "";
    (function next() {
      var file = queue.shift();
      if (file) {
        send(form, file, function (isStored) { any = any || isStored; bad = bad || !isStored; next(); });
      } else if (any) {
        var words = Array.prototype.map.call(form.querySelectorAll(".fill-file-bad"), function (node) { return node.textContent; });
        refresh(box).then(function () {
          var fresh = document.getElementById(box.id).querySelector("form[data-upload]");
          if (fresh) { words.forEach(function (text) { line(fresh, text, true); }); }
        });
      }
    })();
  }

  document.addEventListener("change", function (event) {
    var upload = event.target.name === "no_secrets" && event.target.closest("form[data-upload]");
    if (upload && event.target.checked && upload.waitingFiles) {
      var waiting = upload.waitingFiles;
      upload.waitingFiles = null;
      event.target.closest("label").classList.remove("is-asked");
      sendAll(upload, waiting);
    }
    var form = event.target.type === "file" && event.target.closest("form[data-upload]");
    if (form && event.target.files.length) { sendAll(form, event.target.files); event.target.value = ""; }
  });
  ["dragover", "dragleave", "drop"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      var drop = event.target.closest && event.target.closest(".fill-drop");
      if (!drop) { return; }
      event.preventDefault();
      drop.classList.toggle("is-over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files.length) { sendAll(drop.closest("form"), event.dataTransfer.files); }
    });
  });

  function post(form) {
    var body = new FormData(form);
    body.set("csrfmiddlewaretoken", window.portalToken());
    return fetch(form.action, {
      method: "POST", body: body, credentials: "same-origin",
      headers: { "X-Requested-With": "fetch", "X-CSRFToken": window.portalToken(), "Accept": "application/json" }
    });
  }
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || !form.matches("[data-remove], [data-attach]")) { return; }
    var box = form.closest("[data-files]");
    if (!box) { return; }
    event.preventDefault();
    post(form).then(function (response) {
      if (response.ok) { return refresh(box); }
      return response.json().then(function (data) { window.alert(data.message); });
    });
  });
  document.addEventListener("toggle", function (event) {
    var details = event.target;
    if (!details.open || !details.dataset.reuse || details.dataset.loaded) { return; }
    details.dataset.loaded = "1";
    window.htmx.ajax("GET", details.dataset.reuse, { target: details.querySelector("[data-reuse-list]"), swap: "innerHTML" });
  }, true);

  // Pictures and PDF open in place
  var dialog = document.getElementById("fill-preview");
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[data-preview]");
    if (link && dialog && dialog.showModal && !phoneLike && /^(image\/|application\/pdf)/.test(link.dataset.preview)) {
      event.preventDefault();
      open(link);
    }
    if (event.target.closest && event.target.closest("[data-preview-close]")) { dialog.close(); }
  });
  function open(link) {
    var isPicture = link.dataset.preview.indexOf("image/") === 0;
    var node = document.createElement(isPicture ? "img" : "iframe");
    node.src = link.href;
    if (isPicture) { node.alt = link.textContent; } else { node.title = link.textContent; }
    var body = dialog.querySelector("[data-preview-body]");
    body.textContent = "";
    body.append(node);
    dialog.querySelector("[data-preview-name]").textContent = link.textContent;
    dialog.showModal();
  }
  if (dialog) { dialog.addEventListener("close", function () { dialog.querySelector("[data-preview-body]").textContent = ""; }); }

  function camera(scope) {
    if (!phoneLike) { return; }
    Array.prototype.forEach.call(scope.querySelectorAll(".fill-camera"), function (label) {
      label.classList.add("is-on");
      label.querySelector("input").disabled = false;
    });
  }
  camera(document);
  document.body.addEventListener("htmx:load", function (event) { if (event.target.querySelectorAll) { camera(event.target); } });
})();
