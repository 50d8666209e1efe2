"""From tally to publication: consultations, the committee's meeting, the notice and what is on it."""

from collections.abc import Callable
from datetime import timedelta

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from branches.models import Branch
from branchportal.access import require
from branchportal.errors import PortalError, StaleState
from branchportal.paging import page_of

from ...schemes.loading import engine_scheme
from .. import rules as results_rules
from ..models import Result, Tally
from ..views.publications import show, visible_publication
from ..views.tallies import visible_tally
from . import checks, rules
from .forms import ConsultationForm, ExtendForm, MeetingForm, NoticeForm, ReplyForm, RestForm
from .models import Consultation, ConsultationReply, Notice
from .services import consulting, showing

REPLY_DAYS = 5  # suggested for a consultation
SHOWN_DECISIONS = 20


def done(
    request: HttpRequest, form: forms.Form, save: Callable[[dict], object], said: str, back: str
) -> HttpResponse | None:
    """Save a valid form and go `back`; None when it was refused, with the sentence at its field."""
    if not form.is_valid():
        return None
    try:
        save(form.cleaned_data)
    except StaleState:
        raise
    except PortalError as refusal:
        field = refusal.details.get("field")
        form.add_error(field if field in form.fields else None, refusal.message)
        return None
    messages.success(request, said)
    return redirect(back)


@require_GET
def procedure(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a tally stands on its way: what is done, what is next, who does it."""
    return _procedure(request, visible_tally(request, pk))


def _procedure(request: HttpRequest, tally: Tally, status: int = 200, **forms_: forms.Form) -> HttpResponse:
    today = timezone.localdate()
    notice = checks.notice_of(tally)
    context = {
        "tally": tally,
        "requires_notice": rules.requires_notice(tally),
        "consultations": Consultation.objects.of(tally).with_counts().select_related("sent_by"),
        "unasked": checks.unasked(tally),
        "meetings": tally.meetings.select_related("recorded_by"),
        "publication": tally.publications.exclude(status="rejected").select_related("prepared_by").first(),
        "notice": notice,
        "objections": notice.objections.count() if notice else 0,
        "open_objections": checks.open_objections(tally),
        "may_consult": rules.can_consult(request.user, tally),
        "may_meet": rules.can_record_meeting(request.user, tally),
        "may_prepare": results_rules.can_prepare(request.user, tally),
        "consultation_form": ConsultationForm(initial={"min_stars": 3, "due_on": today + timedelta(days=REPLY_DAYS)}),
        "meeting_form": MeetingForm(initial={"held_on": today}),
    } | forms_
    return render(request, "assessments/notices/procedure.html", context, status=status)


@require_POST
def consult(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a list to another organ."""
    tally = visible_tally(request, pk)
    require(rules.can_consult(request.user, tally))
    form = ConsultationForm(request.POST)
    found: list[Consultation] = []
    answer = done(
        request,
        form,
        lambda said: found.append(consulting.send_consultation(tally=tally, actor=request.user, **said)),
        _("The consultation is open. Print the list, send it, and enter the replies here."),
        f"/results/{pk}/procedure/",
    )
    if answer is None:
        return _procedure(request, tally, 422, consultation_form=form)
    return redirect("results:consultation", pk=found[0].pk)


@require_POST
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """Record the committee's meeting."""
    tally = visible_tally(request, pk)
    require(rules.can_record_meeting(request.user, tally))
    form = MeetingForm(request.POST)
    answer = done(
        request,
        form,
        lambda said: consulting.record_meeting(
            tally=tally, actor=request.user, digest=request.POST.get("digest", ""), **said
        ),
        _("The meeting is recorded."),
        f"/results/{pk}/procedure/",
    )
    return answer or _procedure(request, tally, 422, meeting_form=form)


def _consultation(request: HttpRequest, pk: int) -> Consultation:
    rows = Consultation.objects.visible_to(request.user).with_counts()
    return get_object_or_404(rows.select_related("tally__plan__scheme_version__scheme", "tally__cycle"), pk=pk)


@require_GET
def consultation(request: HttpRequest, pk: int) -> HttpResponse:
    """The branches on the list with their replies."""
    return _show_consultation(request, _consultation(request, pk))


def _show_consultation(request: HttpRequest, found: Consultation, status: int = 200, **more: object) -> HttpResponse:
    rows = found.replies.for_table().order_by("branch__code")
    wanted = request.GET.get("opinion", "")
    if wanted in ConsultationReply.Opinion.values:
        rows = rows.filter(opinion=wanted)
    context = {
        "consultation": found,
        "page": page_of(request, rows),
        "wanted": wanted,
        "opinions": ConsultationReply.Opinion.choices,
        "access": rules.can_reply(request.user, found),
        "rest_form": RestForm(initial={"replied_on": timezone.localdate()}),
    } | more
    return render(request, "assessments/notices/consultation.html", context, status=status)


def _vetoes(found: Consultation, branch: Branch) -> list[tuple[str, str]]:
    scheme = engine_scheme(found.tally.plan.version_for(branch.sector_id))
    return [(item.code, f"{item.code} {item.text}") for item in scheme.veto]


def reply(request: HttpRequest, pk: int, reply_pk: int) -> HttpResponse:
    """One branch's reply: the form, and what is sent."""
    found = _consultation(request, pk)
    line = get_object_or_404(found.replies.for_table(), pk=reply_pk)
    require(rules.can_reply(request.user, found))
    start = {"replied_on": timezone.localdate(), "opinion": "clear"}
    form = ReplyForm(request.POST or None, vetoes=_vetoes(found, line.branch), initial=start)
    if request.method == "POST":
        answer = done(
            request,
            form,
            lambda said: consulting.enter_reply(reply=line, actor=request.user, **said),
            _("The reply is entered."),
            f"/results/consultations/{pk}/",
        )
        if answer:
            return answer
    context = {"consultation": found, "reply": line, "form": form}
    return render(request, "assessments/notices/reply.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def clear(request: HttpRequest, pk: int) -> HttpResponse:
    """No objection to all branches without a reply."""
    found = _consultation(request, pk)
    require(rules.can_reply(request.user, found))
    form = RestForm(request.POST)
    answer = done(
        request,
        form,
        lambda said: consulting.clear_the_rest(consultation=found, actor=request.user, **said),
        _("“No objection” is entered for all that were left."),
        f"/results/consultations/{pk}/",
    )
    return answer or _show_consultation(request, found, 422, rest_form=form)


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """End a consultation that is answered whole."""
    found = _consultation(request, pk)
    try:
        consulting.close_consultation(consultation=found, actor=request.user)
    except StaleState:
        raise
    except PortalError as refusal:
        return _show_consultation(request, found, 422, error=refusal.message)
    messages.success(request, _("The consultation is closed."))
    return redirect("results:procedure", pk=found.tally_id)


@require_POST
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Put prepared results on notice."""
    found = visible_publication(request, pk)
    require(rules.can_begin(request.user, found))
    form = NoticeForm(request.POST)
    answer = done(
        request,
        form,
        lambda said: showing.begin_notice(publication=found, actor=request.user, **said),
        _("The notice has begun. Every branch sees its provisional result."),
        f"/results/publications/{pk}/",
    )
    return answer or show(request, found, 422, notice_form=form)


def _notice_of(request: HttpRequest, pk: int) -> Notice:
    """The notice of a publication that the user sees."""
    rows = Notice.objects.shown_to(request.user).select_related("publication__tally__plan")
    return get_object_or_404(rows, publication=pk)


@require_POST
def extend(request: HttpRequest, pk: int) -> HttpResponse:
    """Lengthen a running notice."""
    found = _notice_of(request, pk)
    require(rules.can_extend(request.user, found))
    form = ExtendForm(request.POST)
    answer = done(
        request,
        form,
        lambda said: showing.extend_notice(notice=found, actor=request.user, **said),
        _("The notice runs longer."),
        f"/results/publications/{pk}/",
    )
    return answer or show(request, visible_publication(request, pk), 422, extend_form=form)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a running notice back."""
    found = _notice_of(request, pk)
    require(rules.can_withdraw(request.user, found))
    try:
        showing.withdraw_notice(notice=found, actor=request.user, reason=request.POST.get("reason", ""))
    except StaleState:
        raise
    except PortalError as refusal:
        return show(request, visible_publication(request, pk), 422, error=refusal.message)
    messages.success(request, _("The notice is withdrawn. The tally is a candidate again."))
    return redirect("results:publication", pk=pk)


@require_GET
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """The notice as it is read: names and stars, for how long, where objections go. Public ones need no account."""
    rows = Notice.objects.shown_to(request.user).select_related(
        "publication__tally__plan__scheme_version__scheme", "publication__tally__cycle"
    )
    found = rows.filter(pk=pk).first()
    if found is None and not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    found = get_object_or_404(rows, pk=pk) if found is None else found
    listed = Result.objects.filter(tally=found.publication.tally, stars__gte=found.min_stars, stars__gt=0)
    listed = (
        listed.named()
        .select_related("branch", "organization")
        .only("stars", "grade", "branch__code", "branch__name", "organization__name")
    )
    own = _own_branches(request, found)
    context = {
        "notice": found,
        "publication": found.publication,
        "page": page_of(request, listed.order_by("-stars", "branch__code"), 200),
        "is_running": rules.is_running(found, request.received_at),
        "own": own,
    }
    return render(request, "assessments/notices/notice.html", context)


def _own_branches(request: HttpRequest, found: Notice) -> list:
    """Branches of which the reader is secretary and may object."""
    if not request.user.is_authenticated:
        return []
    ids = request.user.scope.secretary_of
    rows = Result.objects.filter(tally=found.publication.tally, branch__in=ids).named().select_related("branch")
    return [row for row in rows if rules.can_object(request.user, found, row.branch, request.received_at)]
