from django.http import HttpRequest, HttpResponse

from branchportal.views import soon


def locked_out(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    return soon(request)
