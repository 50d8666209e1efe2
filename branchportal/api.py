"""What all API operations share: pages of rows, what lists are narrowed down by, and the body of an error."""

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions, serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler

from .errors import PortalError, VersionRequired

DIGITS = "[0-9]{1,18}"  # of a key in an address
ONCE = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="A key of the sender's making, at most 80 characters. Sent again within 24 hours with the same body, "
    "the first answer is given again and nothing happens twice; with another body the answer is 422 `key_used`.",
)


class PageByNumber(PageNumberPagination):
    """50 rows a page; `page_size` up to 200."""

    last_page_strings = ()
    page_size_query_param = "page_size"
    max_page_size = 200
    page_query_description = (
        "A page of the list, a whole number from 1 on in plain digits. Anything else is refused with 400; a page "
        "behind the last one is missing (404)."
    )
    invalid_page_message = gettext_lazy("The list has no such page; “count” says how many rows there are.")

    def get_page_size(self, request: Request) -> int | None:
        """As asked, 200 at most; what is no size is refused instead of read as 50."""
        asked = request.query_params.get(self.page_size_query_param)
        if asked is not None and not (asked.isascii() and asked.isdecimal() and 0 < len(asked) < 10 and int(asked)):
            raise exceptions.ValidationError({self.page_size_query_param: [_("A whole number from 1 on.")]})
        return super().get_page_size(request)

    def get_page_number(self, request: Request, paginator: Paginator) -> str:
        """A number from 1 on in plain digits; Django would also take “+1” and digits of other scripts."""
        asked = super().get_page_number(request, paginator)
        if not (str(asked).isascii() and str(asked).isdecimal() and str(asked).strip("0")):
            raise exceptions.ValidationError({self.page_query_param: [_("A whole number from 1 on.")]})
        return asked

    def get_schema_operation_parameters(self, view: object) -> list[dict]:
        """Both are whole numbers from 1 on."""
        parameters = super().get_schema_operation_parameters(view)
        return [parameter | {"schema": parameter["schema"] | {"minimum": 1}} for parameter in parameters]


class Narrowed:
    """A list that takes the parameters of `narrowing` and no others: a misspelt one would silently show all rows."""

    narrowing: ClassVar[type[serializers.Serializer]] = serializers.Serializer
    request: Request

    def asked(self) -> dict[str, Any]:
        """The parameters that were given, each of its type. Raises: ValidationError (400)."""
        given = self.request.query_params
        wish = self.narrowing(data={name: text for name, text in given.items() if name in self.narrowing().fields})
        own = {*wish.fields, "page", "page_size", "format"}
        wish.is_valid(raise_exception=True)
        if unknown := sorted(set(given) - own):
            raise exceptions.ValidationError({name[:60]: [_("There is no such parameter.")] for name in unknown[:5]})
        return wish.validated_data


class CodeField(serializers.CharField):
    """The code of a sector, an organization or a branch."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=60, allow_blank=True, **options)


class KeyField(serializers.IntegerField):
    """The id of a row."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, min_value=0, max_value=2**31 - 1, **options)


CURES = {  # the library's own words name no cure, and some are in English whatever the language
    exceptions.ParseError: gettext_lazy("The body is no JSON that can be read. Correct it and send it again."),
    exceptions.UnsupportedMediaType: gettext_lazy(
        "The API takes JSON alone. Send the body as JSON with “Content-Type: application/json”."
    ),
    exceptions.NotAcceptable: gettext_lazy("The API answers in JSON alone. Ask with “Accept: application/json”."),
    exceptions.MethodNotAllowed: gettext_lazy(
        "This address knows no such operation. “Allow” in the answer and the description of the API name those "
        "it knows."
    ),
}


def require_version(data: object) -> None:
    """A change names the version of the row that it was made on. Raises: VersionRequired (428)."""
    if not isinstance(data, dict) or data.get("version") in (None, ""):
        raise VersionRequired(
            _("Send the version of the row that you read (“version”), so that nobody's change is overwritten unseen.")
        )


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
    if isinstance(error, exceptions.PermissionDenied) and str(error.detail).startswith("CSRF "):
        forged = _("This page is too old to be sent. Reload it and try again; what you typed is kept.")
        return Response({"code": "csrf", "message": forged, "fields": {}}, status=403)
    response = exception_handler(error, context)
    if response is not None and isinstance(error, exceptions.APIException):
        message = CURES.get(type(error)) or error.detail
        response.data = {"code": error.default_code, "message": str(message), "fields": {}}
    return response


def describe_refusals(result: dict, generator: object, request: object, public: bool) -> dict:
    """A step of drf-spectacular: each operation names the statuses it refuses with, and the body of a refusal."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = {
        "type": "object",
        "description": "why a request was refused, in words for people; `code` is for programs",
        "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "fields": {"type": "object"}},
        "required": ["code", "message"],
    }
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for method, operation in operations.items():
            operation["parameters"] = [_described(one) for one in operation.get("parameters", [])]
            for status, words in (READING if method == "get" else READING | WRITING).items():
                operation["responses"].setdefault(status, {"description": words, "content": body})
    return result


def _described(parameter: dict) -> dict:
    """Keys in addresses are whole numbers in the document, not texts of digits."""
    is_key = parameter["in"] == "path" and DIGITS in parameter["schema"].get("pattern", "")
    return parameter | {"schema": {"type": "integer"}} if is_key else parameter


READING = {
    "400": "some values are not right",
    "401": "not signed in, or the token is unknown, revoked or expired",
    "403": "not allowed",
    "404": "missing, or not yours to see",
    "406": "only JSON is answered",
    "429": "too many requests of one token a minute",
    "503": "busy; nothing was changed",
}
WRITING = {
    "409": "changed meanwhile, or not in this state",
    "413": "too large",
    "415": "only JSON is taken",
    "422": "the request was understood and refused",
    "428": "the version that was read is missing",
}
