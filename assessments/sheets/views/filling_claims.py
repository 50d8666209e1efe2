"""Bonus claims of the branch, and its answers to what others recorded."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from branchportal.access import require
from branchportal.editing import answer_conflict, conflict_of, require_choices
from branchportal.errors import PortalError, StaleState
from branchportal.forms import Difference
from branchportal.paging import whole_number
from branchportal.uploads import DECLARED

from ..choices import ClaimKind
from ..evidence_uses import note_own_uses
from ..files import ACCEPT
from ..filling_forms import ClaimForm
from ..models import Claim, EvidenceLink, Sheet
from ..rules import filling as rules
from ..rules.records import can_answer
from ..services import claims as services
from ..services.evidence import MOST_FILES, upload_evidence
from ..services.records import answer_record
from ..sheet_page import past_claims
from .filling import sheet_of


def _page(
    request: HttpRequest,
    sheet: Sheet,
    form: ClaimForm,
    claim: Claim | None,
    status: int = 200,
    conflict: dict | None = None,
) -> HttpResponse:
    links = list(EvidenceLink.objects.filter(claim=claim).select_related("evidence")) if claim else []
    note_own_uses(sheet, links)
    _ids, is_whole = rules.open_rows(sheet)
    context = {
        "sheet": sheet,
        "form": form,
        "claim": claim,
        "links": links,
        "accept": ACCEPT,
        "most_files": MOST_FILES,
        "access": rules.can_change_claims(request.user, sheet, request.received_at, is_whole),
        "past": past_claims(sheet),
        **(conflict or {}),
    }
    return render(request, "assessments/sheets/fill_claim.html", context, status=status)


@require_http_methods(["GET", "POST"])
def claim_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Claim a bonus, with its evidence in the same step."""
    sheet = sheet_of(request, pk)
    require(rules.can_open_form(request.user, sheet))
    form = ClaimForm(request.POST or None, sheet=sheet)
    if request.method != "POST":
        return _page(request, sheet, form, None)
    if not form.is_valid():
        return _page(request, sheet, form, None, status=422)
    try:
        claim = services.add_claim(sheet=sheet, said=form.said(), actor=request.user, at=request.received_at)
    except PortalError as refusal:
        form.add_error(refusal.details.get("field"), refusal.message)
        return _page(request, sheet, form, None, status=422)
    return _with_files(request, sheet, claim)


@require_http_methods(["GET", "POST"])
def claim_change(request: HttpRequest, pk: int, claim: int) -> HttpResponse:
    """Change a claim nobody has decided yet."""
    sheet = sheet_of(request, pk)
    require(rules.can_open_form(request.user, sheet))
    row = get_object_or_404(Claim, sheet=sheet, pk=claim, kind=ClaimKind.BONUS)
    form = ClaimForm(request.POST or None, sheet=sheet, claim=row)
    if request.method != "POST":
        return _page(request, sheet, form, row)
    if not form.is_valid():
        return _page(request, sheet, form, row, status=422)
    try:
        require_choices(form)
        row = services.change_claim(
            claim=row,
            sheet=sheet,
            said=form.said(),
            version=form.cleaned_data["version"] or 0,
            actor=request.user,
            at=request.received_at,
        )
    except StaleState as stale:
        return _page(request, sheet, form, row, status=stale.status, conflict=conflict_of(form, stale))
    except PortalError as refusal:
        form.add_error(refusal.details.get("field"), refusal.message)
        return _page(request, sheet, form, row, status=422)
    return _with_files(request, sheet, row)


def _with_files(request: HttpRequest, sheet: Sheet, claim: Claim) -> HttpResponse:
    """Attach the files sent along; a refused one is named, the claim stays."""
    for upload in request.FILES.getlist("file"):
        try:
            upload_evidence(
                sheet=sheet,
                upload=upload,
                actor=request.user,
                at=request.received_at,
                is_declared=bool(request.POST.get(DECLARED)),
                claim=claim,
            )
        except PortalError as refusal:
            messages.error(request, refusal.message)
    past = list(past_claims(sheet)) + list(Claim.objects.filter(sheet=sheet, pk__lt=claim.pk))
    earlier = services.claimed_before(claim, past)
    if earlier is not None:
        text = _("“%(matter)s” looks like a matter claimed before (%(cycle)s). Check that it is a new one.")
        messages.warning(request, text % {"matter": claim.matter, "cycle": earlier.sheet.cycle})
    if not EvidenceLink.objects.filter(claim=claim).exists():
        messages.warning(request, _("The claim is saved. Attach its evidence before submitting."))
        return redirect("sheets:claim_change", pk=sheet.pk, claim=claim.pk)
    messages.success(request, _("The claim “%(matter)s” is saved.") % {"matter": claim.matter})
    return redirect(reverse("sheets:fill", args=[sheet.pk]) + "#claims")


@require_POST
def claim_withdraw(request: HttpRequest, pk: int, claim: int) -> HttpResponse:
    """Take a claim back."""
    sheet = sheet_of(request, pk)
    row = get_object_or_404(Claim, sheet=sheet, pk=claim, kind=ClaimKind.BONUS)
    version = request.POST.get("version", "")
    services.withdraw_claim(
        claim=row,
        sheet=sheet,
        version=whole_number(version),
        actor=request.user,
        at=request.received_at,
    )
    messages.success(request, _("The claim “%(matter)s” is withdrawn.") % {"matter": row.matter})
    return redirect(reverse("sheets:fill", args=[sheet.pk]) + "#claims")


@require_POST
def record_answer(request: HttpRequest, pk: int, claim: int) -> HttpResponse:
    """What the branch says to a penalty, veto or fact recorded about it."""
    sheet = sheet_of(request, pk)
    rows = Claim.objects.exclude(kind=ClaimKind.BONUS).select_related("sheet__organization")
    row = get_object_or_404(rows, sheet=sheet, pk=claim)
    version = request.POST.get("version", "")
    said, back = request.POST.get("answer", ""), reverse("sheets:detail", args=[sheet.pk]) + "#claims"
    try:
        answer_record(claim=row, actor=request.user, version=whole_number(version), answer=said)
    except StaleState as stale:
        now = rows.get(pk=row.pk)
        both = [Difference(_("Answer of the branch"), now.answer or "—", said)]
        again = now.version if can_answer(request.user, now) else None
        return answer_conflict(request, message=stale.message, both=both, version=again, back=back)
    messages.success(request, _("Your answer is on record."))
    return redirect(back)
