"""When the database cannot be written or reached: a 503 that keeps what was typed and needs no database itself."""

import logging
import re

from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

log = logging.getLogger(__name__)
RETRY_SECONDS = 5
MOST_KEPT = 200_000  # characters of one form; more is not sent back
LOCKED = re.compile(r"locked|deadlock|lock timeout|serialize|statement timeout", re.IGNORECASE)
UNWRITABLE = re.compile(r"disk is full|no space left|readonly database|read-only|disk quota", re.IGNORECASE)
SECRET_NAMES = re.compile(r"password|secret|token|code|csrf", re.IGNORECASE)


class AuditClosed(Exception):  # noqa: N818 - named for what happened, like the refusals
    """The audit trail cannot be written. No refusal (`PortalError`), so that no page catches it and goes on."""


OUTAGES = (OperationalError, InterfaceError, InternalError, AuditClosed)


def is_outage(error: BaseException | None) -> bool:
    """Whether the database could not do its work now: it is away, locked, full or read-only. No mistake of ours."""
    return isinstance(error, OUTAGES)


def is_lost(error: BaseException | None) -> bool:
    """Whether the connection broke, maybe after a commit; a lock or a deadlock is told before one."""
    said = str(error)
    return isinstance(error, OperationalError | InterfaceError) and not (LOCKED.search(said) or is_unwritable(error))


def is_unwritable(error: BaseException | None) -> bool:
    """Whether nothing can be stored until somebody makes room or lets the portal write again; that is told before."""
    return isinstance(error, OUTAGES) and bool(UNWRITABLE.search(str(error)))


def answer(request: HttpRequest, error: BaseException | None = None) -> HttpResponse:
    """503 with Retry-After, in the shape the caller reads; rendered without the context of a page."""
    log.error("503 at %s: %r", request.path, error)
    message = _("The portal is busy. Nothing was changed; try again in a moment.")
    if is_unwritable(error):
        message = _(
            "The portal cannot store anything at the moment (its disk is full, or it may not write). Nothing was "
            "changed. Leave this page open and tell the system administrator; then try again."
        )
    elif isinstance(error, AuditClosed):
        message = _("The audit trail cannot be written at the moment, so nothing was changed. Try again in a moment.")
    elif request.method not in ("GET", "HEAD") and is_lost(error):
        message = _(
            "The database was interrupted. Whether your last step was stored is uncertain: in a moment, look at "
            "the page in another window before you send it again."
        )
    if request.headers.get("X-Requested-With") == "fetch" or is_for_scripts(request):
        response: HttpResponse = JsonResponse({"code": "busy", "message": message, "fields": {}}, status=503)
    elif getattr(request, "htmx", False) and not request.htmx.boosted:
        response = HttpResponse(render_to_string("_refusal.html", {"message": message}), status=503)
        response["HX-Retarget"], response["HX-Reswap"] = "#messages", "innerHTML"  # the page stays as it was typed
    else:
        response = HttpResponse(render_to_string("outage.html", _context(request, message)), status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def is_for_scripts(request: HttpRequest) -> bool:
    """Whether the caller reads JSON."""
    return request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", "")


def _context(request: HttpRequest, message: str) -> dict[str, object]:
    token = request.POST.get("csrfmiddlewaretoken", "") if request.method == "POST" else ""
    typed = typed_fields(request)
    return {
        "message": message,
        "portal_name": settings.PORTAL_NAME,
        "address": request.get_full_path(),
        "is_form": request.method == "POST",
        "typed": typed,
        "token": token if typed else "",
        "has_files": request.method == "POST" and bool(request.FILES),
        "language": request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
    }


def typed_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """Names and values of the form that was sent, without secrets; empty for pages of signing in and huge forms."""
    if request.method != "POST" or request.path.startswith("/accounts/"):
        return []
    found = [(name, value) for name, values in request.POST.lists() for value in values]
    if sum(len(value) for _name, value in found) > MOST_KEPT:
        return []
    return [(name, value) for name, value in found if not SECRET_NAMES.search(name)]
