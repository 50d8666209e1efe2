"""What happens around every request: receipt time, headers, language, sign-in, errors as sentences."""

import logging
import uuid
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import DataError, IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from . import outage
from .body_limit import language_of
from .errors import PortalError
from .request_id import request_id
from .visible import visible_form

log = logging.getLogger(__name__)
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
BALLOT = "/vote/"  # whoever votes leaves no line
SECRETS = "/accounts/"  # passwords are taken as they are typed
SIGN_IN = "/accounts/login"  # says of every odd name that it does not match
NUL = "NUL (0x00)"  # psycopg2 of a text with such a character
WRONG = frozenset((400, 405, 409, 413, 415, 422, 428, 429))  # values, steps and numbers of requests that were not taken
Answer = Callable[[HttpRequest], HttpResponse]

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; object-src 'none'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
PUBLIC_PREFIXES = ("/static/", "/health", "/accounts/login", "/language/", "/favicon.ico", "/notices/", "/vote/")


class ReceivedAtMiddleware:
    """Stamp the receipt time: the one clock that deadlines are judged by."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.received_at = timezone.now()
        request.id = str(uuid.uuid4())
        token = request_id.set(request.id)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = request.id
        return response


class HeadersMiddleware:
    """Headers that every answer carries."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.setdefault("Permissions-Policy", "camera=(self), geolocation=(), microphone=()")
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path.startswith(settings.STATIC_URL):
            response.setdefault("Cache-Control", "no-store")
        return response


class LanguageMiddleware:
    """Chinese unless the reader chose English (a cookie); the browser's own wish is not asked."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
            if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                response.render()
        response.setdefault("Content-Language", language)
        return response


class LoginMiddleware:
    """Nobody sees anything without an account; a first password must be changed before anything else."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SECURE_SSL_REDIRECT and request.path.startswith("/api/") and not request.is_secure():
            return answer(request, 403, "https_required", _("The API answers over https only. Nothing was read."))
        if request.path.startswith(PUBLIC_PREFIXES) or self._brings_token(request):
            return self.get_response(request)
        if not request.user.is_authenticated:
            return self._ask_to_sign_in(request)
        is_free = settings.DEMO or request.path.startswith(("/accounts/password", "/accounts/logout"))
        if request.user.must_change_password and not is_free:
            return redirect("members:password")
        return self.get_response(request)

    def _brings_token(self, request: HttpRequest) -> bool:
        """Whether the API itself decides: it refuses a wrong token whatever session comes with it. No page does."""
        kind = request.headers.get("Authorization", "").partition(" ")[0]
        return request.path.startswith("/api/") and kind.lower() == "bearer"

    def _ask_to_sign_in(self, request: HttpRequest) -> HttpResponse:
        message = _("Your session has ended. Sign in again; what you typed is kept on this page.")
        if request.path.startswith("/api/"):
            return JsonResponse({"code": "not_signed_in", "message": message, "fields": {}}, status=401)
        if getattr(request, "htmx", False) or request.headers.get("X-Requested-With") == "fetch":
            return JsonResponse({"code": "not_signed_in", "message": message}, status=401)
        return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")


class ErrorMiddleware:
    """Turn what services raise into pages or JSON with the same sentence; no refusal is a 500."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 403:
            log.warning("Refused: account %s, %s %s", request.user.pk or "none", request.method, request.path)
        elif response.status_code in WRONG and not request.path.startswith(BALLOT):
            log.info("Not taken (%d): account %s, %s %s", response.status_code, request.user.pk or "none",
                     request.method, request.path)  # fmt: skip
        return self._not_this_way(request, response) if isinstance(response, HttpResponseNotAllowed) else response

    def _not_this_way(self, request: HttpRequest, refusal: HttpResponse) -> HttpResponse:
        """The address of a button opened as a page, or reloaded: a sentence instead of an empty page."""
        text = _("This address cannot be opened this way. Go back and use the links and buttons of the page.")
        response = answer(request, 405, "not_this_way", text)
        response["Allow"] = refusal["Allow"]
        return response

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """What no page of ours sends: a body that is no form (its fields would pass for empty ones), a NUL in a text.

        PostgreSQL refuses to hold a NUL, so SQLite does not get it either. Characters that show nothing are left out.
        """
        if request.method != "POST" or request.path.startswith((SIGN_IN, "/api/")):
            return None
        if request.content_type not in FORMS:
            if request.META.get("CONTENT_LENGTH") in (None, "", "0"):
                return None
            text = _("This address takes forms alone. Open the page and send what you have with its own button.")
            return answer(request, 415, "no_form", text)
        if any("\0" in text for _name, values in request.POST.lists() for text in values):
            text = _("A text holds an invisible character (NUL). Type it anew instead of pasting it.")
            return answer(request, 400, "invalid", text)
        if not request.path.startswith(SECRETS) and (form := visible_form(request.POST)) is not None:
            request.POST = form
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, PortalError):
            return answer(request, error.status, error.code, error.message, **error.details)
        if isinstance(error, PermissionDenied):
            return answer(request, 403, "forbidden", str(error) or _("You may not do this."))
        if isinstance(error, Http404):
            return answer(request, 404, "not_found", _("This page does not exist, or it is not yours to see."))
        # No text or number that the database can hold; SQLite and psycopg2 say some of it in Python's own words.
        if isinstance(error, DataError | OverflowError) or (isinstance(error, ValueError) and NUL in str(error)):
            text = _("A number is too large, or a text cannot be kept as it is. Correct it and send it again.")
            return answer(request, 400, "invalid", text)
        if outage.is_outage(error):
            return outage.answer(request, error)
        if isinstance(error, IntegrityError):  # two at one moment, of whom the database lets one through
            log.warning("Refused by the database: %s %s: %s", request.method, request.path, type(error).__name__)
            text = _(
                "Somebody else did the same at this moment, so nothing was changed here. Reload the page and look."
            )
            return answer(request, 409, "stale", text)
        return None


def answer(request: HttpRequest, status: int, code: str, message: str, **details: object) -> HttpResponse:
    """A refusal in the shape the caller reads: JSON for scripts and the API, a page for people."""
    wants_json = request.headers.get("X-Requested-With") == "fetch" or request.path.startswith("/api/")
    if wants_json or "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"code": code, "message": message, **details}, status=status)
    template = "_refusal.html" if getattr(request, "htmx", False) and not request.htmx.boosted else "refusal.html"
    return render(request, template, {"status": status, "message": message, "details": details}, status=status)
