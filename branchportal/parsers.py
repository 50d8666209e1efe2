"""What the API reads: JSON, refused with a sentence whatever is wrong with it."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from .visible import visible_values


class BoundedJSONParser(JSONParser):
    """JSON that is nested deeper than Python reads is a wrong request (400), no fault of ours."""

    def parse(
        self, stream: IO, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> object:
        try:
            return visible_values(super().parse(stream, media_type, parser_context))
        except RecursionError as fault:
            raise ParseError from fault
