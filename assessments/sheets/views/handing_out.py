"""Handing the bytes of a stored file out under strict headers; the caller has asked whether the reader may see it."""

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from branchportal.middleware import answer

from ..files import INLINE, PDF
from ..storing import StoredFile, stored_path

SANDBOX = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
# A sandbox, or a ban on plug-ins, would keep the browser's own PDF viewer from showing anything.
PDF_POLICY = "script-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"


def hand_out(request: HttpRequest, found: StoredFile) -> HttpResponse:
    """The bytes: pictures and PDF may be shown in the page, everything else is only downloaded."""
    if not found.is_open:
        text = _("The file “%(name)s” cannot be opened: %(state)s.") % {"name": found.name, "state": found.state_text}
        return answer(request, 403, "file_closed", text)
    path = stored_path(found)
    if not path.is_file():
        return answer(
            request,
            404,
            "file_gone",
            _("The file “%(name)s” is no longer in the store. Tell the assessment office; the record of it is kept.")
            % {"name": found.name},
        )
    is_download = "download" in request.GET or found.content_type not in INLINE
    response = FileResponse(
        path.open("rb"), as_attachment=is_download, filename=found.name, content_type=found.content_type
    )
    response["Content-Security-Policy"] = PDF_POLICY if found.content_type == PDF else SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Frame-Options"] = "SAMEORIGIN"  # shown beside the row
    return response
