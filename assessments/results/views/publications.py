"""Publications: the list, the public list of one, and what the deciding authority does with a prepared one."""

from django.contrib import messages
from django.db.models import Count
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from branchportal import keyset
from branchportal.errors import PortalError, StaleState
from branchportal.htmx import render_part

from .. import rules
from ..checks import checks_of
from ..models import Publication, Result
from ..notices.context import notice_context
from ..overview import is_progress, ladder_of
from ..querysets import SEES_CANDIDATES
from ..ranking import NOT_RATED, Wish, filtered, sectors
from ..services.publishing import publish as publish_service
from ..services.publishing import send_back as send_back_service

PUBLIC_ORDER = ("-stars_key", "branch__code")  # by stars only: the order of names must not tell ranks


def visible_publication(request: HttpRequest, pk: int) -> Publication:
    rows = Publication.objects.visible_to(request.user).select_related(
        "tally__plan__scheme_version__scheme", "tally__cycle__plan", "prepared_by", "published_by"
    )
    return get_object_or_404(rows, pk=pk)


@require_GET
def publications(request: HttpRequest) -> HttpResponse:
    """What has been published, newest first; prepared ones too for those who work on them."""
    rows = Publication.objects.visible_to(request.user).for_table()
    page = keyset.page(rows, ("-pk",), after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    return render(request, "assessments/results/publications.html", {"page": page})


@require_GET
def publication(request: HttpRequest, pk: int) -> HttpResponse:
    """Names and stars for everybody; totals and ranks only of the branches whose results one may see."""
    return show(request, visible_publication(request, pk))


def show(request: HttpRequest, found: Publication, status: int = 200, **more: object) -> HttpResponse:
    """The page of a publication; `more`: a refused form or sentence."""
    context = _context(request, found) | more
    page, part = "assessments/results/publication.html", "assessments/results/_public_list.html"
    if status == 200:
        return render_part(request, page, part, context)
    return render(request, page, context, status=status)


def _context(request: HttpRequest, found: Publication) -> dict:
    tally = found.tally
    progress = is_progress(tally)
    seen = Result.objects.visible_to(request.user).filter(tally=tally)
    rows = seen if progress else Result.objects.filter(tally=tally)
    wish = Wish.read({name: request.GET.get(name, "") for name in ("sector", "stars", "q")})
    listed = filtered(rows, wish).annotate(stars_key=Coalesce("stars", 0))
    page = keyset.page(
        listed.for_table(), PUBLIC_ORDER, after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    mine = set(seen.filter(pk__in=[row.pk for row in page.rows]).values_list("pk", flat=True))
    context = {
        "publication": found,
        "tally": tally,
        "page": page,
        "wish": wish,
        "mine": mine,
        "shows_figures": bool(mine),
        "is_progress": progress,
        "sectors": sectors(),
        "ladder": [(str(stars), grade) for stars, grade in ladder_of(tally)],
        "not_rated": NOT_RATED.items(),
        "sees_all": request.user.scope.has(*SEES_CANDIDATES),
    }
    if not (request.htmx and request.htmx.target == "public-list"):
        context |= {"counts": _counts(rows, context["ladder"]), "count": rows.count()}
        context |= _decision(request, found)
    return context


def _counts(rows: object, ladder: list[tuple[str, str]]) -> list[tuple[int, str, int]]:
    """How many branches carry each number of stars."""
    found = dict(rows.filter(stars__isnull=False).order_by().values_list("stars").annotate(Count("pk")))
    return [(int(stars), grade, found.get(int(stars), 0)) for stars, grade in ladder]


def _decision(request: HttpRequest, found: Publication) -> dict:
    """What a prepared publication needs besides: the check list and who may do what."""
    current = None
    if found.status == Publication.Status.SUPERSEDED:
        same = Publication.objects.filter(tally__plan=found.tally.plan, tally__cycle=found.tally.cycle)
        current = same.filter(status=Publication.Status.PUBLISHED).first()
    context = {"current": current, **notice_context(request, found)}
    if found.status not in (Publication.Status.PREPARED, Publication.Status.NOTICE):
        return context
    if not request.user.scope.has(*SEES_CANDIDATES):
        return context
    step = "final" if found.status == Publication.Status.NOTICE or "can_begin" not in context else "notice"
    checks = checks_of(found.tally, step, request.received_at)
    return context | {
        "checks": checks,
        "is_blocked": any(check.blocks and check.is_met is False for check in checks),
        "can_publish": rules.can_publish(request.user, found),
        "can_send_back": rules.can_send_back(request.user, found),
    }


@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a prepared publication official."""
    publish_service(
        publication=visible_publication(request, pk),
        actor=request.user,
        document_number=request.POST.get("document_number", ""),
        at=request.received_at,
    )
    messages.success(request, _("Published. The branches see their results; the sheets are sealed."))
    return redirect("results:publication", pk=pk)


@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Return a prepared publication to the office, with a reason."""
    found = visible_publication(request, pk)
    reason = request.POST.get("reason", "")
    try:
        send_back_service(publication=found, actor=request.user, reason=reason)
    except StaleState:
        raise
    except PortalError as refusal:
        return show(request, found, 422, error=refusal.message, reason=reason)
    messages.success(request, _("Sent back to the assessment office."))
    return redirect("results:publication", pk=pk)
