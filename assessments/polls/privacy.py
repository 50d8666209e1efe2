"""What keeps a voter's request apart from everything else: no session, no secret in any log."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PREFIX = "/vote/"
MASKED = "/vote/***/"
ENVIRON = ("RAW_URI", "REQUEST_URI")  # what gunicorn and other servers write into their access log


class BallotMiddleware:
    """Takes the session cookie off a voter's request and the link's secret out of what servers and Django log.

    A signed-in voter is nobody here: no session is read or touched, so none tells when somebody voted.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        if request.path_info.removeprefix(PREFIX).strip("/") not in ("", "done"):
            request.path = MASKED  # addresses are resolved by path_info
            for name in ENVIRON:
                if name in request.environ:
                    request.environ[name] = MASKED
        response = self.get_response(request)
        if request.path == MASKED:  # the ballot itself says where it comes from, or sending it would look forged
            response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        return response
