"use strict";
// The demonstration's sign-in page: a click on an account fills the form in.
(function () {
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-fill-account]");
    if (!button) { return; }
    document.getElementById("id_username").value = button.dataset.fillAccount;
    var password = document.getElementById("id_password");
    password.value = button.dataset.fillPassword || "";
    password.focus();
  });
})();
