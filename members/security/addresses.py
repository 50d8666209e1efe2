"""Where a request comes from."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: what the outermost of our own proxies saw, without proxies the socket's end.

    What a client writes into X-Forwarded-For itself stands further left and is never believed.
    """
    remote = request.META.get("REMOTE_ADDR", "")
    chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if not settings.PROXY_COUNT or len(chain) < settings.PROXY_COUNT:
        return remote
    try:
        return str(ip_address(chain[-settings.PROXY_COUNT]))
    except ValueError:
        return remote
