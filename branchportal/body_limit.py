"""No body that is too large is ever stored: its size is judged before the first byte of it is read.

The middleware stands before sessions and CSRF, so it answers those who are not signed in too. `Lingering` (around the
WSGI application) throws the unread rest away for a moment, because a connection closed at once would tear the answer
off the sender's hands.
"""

import time
from collections.abc import Callable, Iterable, Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

LINGER_SECONDS = 1.5
PAUSE_SECONDS = 0.5  # a sender that is silent for so long is not waited for
PORTION = 1 << 16


class BodyLimitMiddleware:
    """413 for a body above the limit, of unknown length, or above 1 MB from nobody in particular."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(language_of(request)):
            if problem := _problem(request):
                return _refused(request, problem)
        return self.get_response(request)


def language_of(request: HttpRequest) -> str:
    """Chinese unless the reader chose English (a cookie)."""
    wish = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return wish if wish in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _problem(request: HttpRequest) -> str:
    """Why the body is not read, as a sentence; "" where it may be."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if request.META.get("HTTP_TRANSFER_ENCODING") or not (length.isascii() and length.isdigit()):
        return _("The request does not say how long it is. Send it again with its length.")
    size = int(length) if len(length) < 16 else settings.MAX_BODY_BYTES + 1
    if size > settings.MAX_BODY_BYTES:
        return _(
            "The file is too large. The limit is %(limit)d MB: make it smaller, "
            "for example by scanning at a lower resolution."
        ) % {"limit": settings.MAX_UPLOAD_BYTES // 1024 // 1024}
    is_known = settings.SESSION_COOKIE_NAME in request.COOKIES or "HTTP_AUTHORIZATION" in request.META
    if not is_known and size > settings.MAX_ANONYMOUS_BODY_BYTES:  # nobody in particular has anything large to send
        return _("Nobody is signed in here, so nothing so large is taken. Sign in and send it again.")
    return ""


def _refused(request: HttpRequest, message: str) -> HttpResponse:
    """The refusal, as a page for a plain browser and as JSON for scripts."""
    is_script = request.headers.get("X-Requested-With") == "fetch" or request.path.startswith("/api/")
    if is_script or "text/html" not in request.headers.get("Accept", ""):
        response: HttpResponse = JsonResponse({"code": "too_large", "message": message}, status=413)
    else:
        response = render(None, "too_large.html", {"message": message}, status=413)
    response["Connection"] = "close"
    return response


class Lingering:
    """A WSGI application whose refusals for size reach senders who are still sending."""

    def __init__(self, application: Callable[[dict, Callable], Iterable[bytes]]) -> None:
        self.application = application

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        said: list[str] = []

        def start(status: str, headers: list, *rest: object) -> object:
            said.append(status)
            return start_response(status, headers, *rest)

        answer = self.application(environ, start)
        return Drained(answer, environ) if said and said[-1].startswith("413") else answer


class Drained:
    """An answer; once it is out, what the sender goes on sending is read and thrown away for a moment."""

    def __init__(self, answer: Iterable[bytes], environ: dict) -> None:
        self.answer, self.environ = answer, environ

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.answer)

    def close(self) -> None:
        if hasattr(self.answer, "close"):
            self.answer.close()
        drain(self.environ)


def drain(environ: dict) -> int:
    """Read the rest of a body without keeping it; how many bytes. Ends with the body, a silence or the time."""
    line, end, drained = environ.get("gunicorn.socket"), time.monotonic() + LINGER_SECONDS, 0
    before = line.gettimeout() if line is not None else None
    try:
        if line is not None:
            line.settimeout(PAUSE_SECONDS)
        while time.monotonic() < end and (portion := environ["wsgi.input"].read(PORTION)):
            drained += len(portion)
    except (OSError, ValueError):  # the sender has gone, or sends nonsense
        return drained
    finally:
        if line is not None:
            line.settimeout(before)
    return drained
