"""Whole page or partial from one view."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def render_part(request: HttpRequest, page: str, part: str, context: dict, *, status: int = 200) -> HttpResponse:
    """Render `part` for htmx, `page` (which includes the part) for everybody else, boosted and history requests."""
    wants_part = request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request
    response = render(request, part if wants_part else page, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
