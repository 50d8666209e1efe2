"""HEAD: answered as GET is, without the body. Monitors, link checkers and download managers ask so."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Answer = Callable[[HttpRequest], HttpResponse]


class HeadMiddleware:
    """One place for every address, pages, files and API: views name GET alone and need not think of HEAD."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "HEAD":
            return self.get_response(request)
        request.method = "GET"
        response = self.get_response(request)
        request.method = "HEAD"
        return _without_body(response)


def _without_body(response: HttpResponse) -> HttpResponse:
    """The headers of the whole answer, its length among them where it is known."""
    if response.streaming:
        response.streaming_content = ()
        return response
    length = len(response.content)
    response.content = b""
    response["Content-Length"] = str(length)
    return response
