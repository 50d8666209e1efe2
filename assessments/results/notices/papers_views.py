"""The official papers of a tally as files."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from ..views.tallies import visible_tally
from .papers import PAPERS, make_paper

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_GET
def paper(request: HttpRequest, pk: int, paper: str) -> HttpResponse:
    """Proposal list, notice or circular as DOCX."""
    found = visible_tally(request, pk)
    if paper not in PAPERS:
        raise Http404
    made = make_paper(found, paper)
    response = HttpResponse(made.content, content_type=DOCX)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=made.name)
    return response
