"""Where a form sends its reader back to: a page of the portal, never an address from outside."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def own_page(request: HttpRequest, wish: str | None, default: str) -> str:
    """`wish` when it is the path of a page of ours, else `default`. Other text is never looked up as a page's name."""
    text = (wish or "").strip()
    is_path = text.startswith("/") and text.isprintable()
    is_ours = is_path and url_has_allowed_host_and_scheme(
        text, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return text if is_ours else default
