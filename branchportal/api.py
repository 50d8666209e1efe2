"""What all API operations share: pages of rows and the body of an error."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.views import exception_handler

from .errors import PortalError


class PageByNumber(PageNumberPagination):
    """50 rows a page; `page_size` up to 200."""

    page_size_query_param = "page_size"
    max_page_size = 200


def answer_error(error: Exception, context: dict) -> Response | None:
    """`{"code", "message", "fields"}` for every refusal, with the same sentences as the pages."""
    if isinstance(error, PortalError):
        return Response({"code": error.code, "message": error.message, "fields": error.details}, status=error.status)
    if isinstance(error, Http404):
        missing = _("This page does not exist, or it is not yours to see.")
        return Response({"code": "not_found", "message": missing, "fields": {}}, status=404)
    if isinstance(error, PermissionDenied):
        return Response({"code": "forbidden", "message": str(error), "fields": {}}, status=403)
    if isinstance(error, exceptions.ValidationError):
        wrong = _("Some values are not right.")
        return Response({"code": "invalid", "message": wrong, "fields": error.detail}, status=400)
    response = exception_handler(error, context)
    if response is not None and isinstance(error, exceptions.APIException):
        response.data = {"code": error.default_code, "message": str(error.detail), "fields": {}}
    return response
