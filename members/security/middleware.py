"""Between signing in and any page: sessions that have ended by themselves, and the second factor."""

from collections.abc import Callable

from django.contrib import auth
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from . import factor, sessions

Answer = Callable[[HttpRequest], HttpResponse]
OPEN_PREFIXES = ("/static/", "/health", "/language/", "/favicon.ico", "/accounts/login", "/accounts/logout")
STEPS = {"code": "members:factor", "setup": "members:factor_setup"}
FACTOR_PREFIX = "/accounts/second/"


class SignInMiddleware:
    """Ends a session at its limits; lets nobody past who still owes the second factor."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(OPEN_PREFIXES) or not request.user.is_authenticated:
            return self.get_response(request)
        if why := sessions.why_over(request, request.received_at):
            sessions.close([request.session.stored_key], why)
            auth.logout(request)
            return self.get_response(request)  # as nobody: the next middleware asks to sign in
        sessions.touch(request, request.received_at)
        step = "" if request.path.startswith(FACTOR_PREFIX) else factor.step_needed(request)
        return self._ask(request, step) if step else self.get_response(request)

    def _ask(self, request: HttpRequest, step: str) -> HttpResponse:
        is_script = request.headers.get("X-Requested-With") == "fetch" or getattr(request, "htmx", False)
        if is_script or request.path.startswith("/api/"):
            message = _("The second factor is missing. Open the portal in the browser and give the code.")
            return JsonResponse({"code": "second_factor", "message": message, "fields": {}}, status=401)
        return redirect(STEPS[step])
