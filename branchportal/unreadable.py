"""What Gunicorn answers before the portal sees a request: a head that is too long or no HTTP. A sentence with its cure.

The sender's own text is never repeated, and the connection ends with the answer.
"""

from django.utils.translation import gettext as _
from gunicorn import util

TOO_LONG, TOO_LARGE = 414, 431
HEADERS = (
    "HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: text/html; charset=utf-8\r\n"
    "Content-Length: {length}\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n"
    "Content-Security-Policy: default-src 'none'\r\nCache-Control: no-store\r\n\r\n"
)
PAGE = (
    '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{status}</title></head>'
    "<body><p>{text}</p></body></html>\n"
)


def sentence(status: int) -> str:
    """What went wrong, and what to do, in the portal's language."""
    if status == TOO_LONG:
        return _("The address is too long. Go back and search or filter by less at once.")
    if status == TOO_LARGE:
        return _(
            "The browser sends too much with each page. Delete this portal's cookies in the browser, and try again."
        )
    if status >= 500:
        return _("The portal made a mistake. Nothing was half done; the office has the details.")
    return _("What was sent could not be read. Open the portal under the address that your office has announced.")


def write_error(sock: object, status_int: int, reason: str, mesg: str) -> None:
    """In place of Gunicorn's own page, which is English and repeats what was sent."""
    body = PAGE.format(status=status_int, text=sentence(status_int)).encode()
    head = HEADERS.format(status=status_int, reason=reason, length=len(body))
    util.write_nonblock(sock, head.encode("latin-1") + body)


def install() -> None:
    """Let Gunicorn answer so; called in each of its processes once Django is there."""
    util.write_error = write_error
