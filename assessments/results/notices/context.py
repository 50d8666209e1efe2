"""What the page of a publication shows of its notice."""

from django.conf import settings
from django.http import HttpRequest

from ..models import Publication
from . import rules
from .forms import ExtendForm, NoticeForm
from .models import Notice


def notice_context(request: HttpRequest, publication: Publication) -> dict:
    """What the page of a publication needs about its notice."""
    if not rules.requires_notice(publication.tally):
        return {}
    found = Notice.objects.filter(publication=publication).first()
    if found is None:
        form = NoticeForm.suggested(publication.tally.plan.notice_days, settings.NOTICE_CONTACT)
        return {"can_begin": rules.can_begin(request.user, publication), "notice_form": form}
    found.publication = publication
    return {
        "notice": found,
        "objection_count": found.objections.count(),
        "open_objections": found.objections.filter(status="open").count(),
        "can_extend": rules.can_extend(request.user, found),
        "can_register": rules.can_register(request.user, found),
        "extend_form": ExtendForm(initial={"last_on": found.last_on}),
        "is_over": found.ends_at <= request.received_at,
    }
