"""Objections: the list, raising one, registering one that came on paper, and the answer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from branches.models import Branch
from branchportal.access import require
from branchportal.htmx import render_part
from branchportal.paging import page_of

from ...sheets.models import Sheet
from ...sheets.reopening.choosing import named_rows, row_groups
from ...sheets.reopening.parts import opened_names
from . import rules
from .forms import AnswerForm, ObjectionForm, RegisterForm
from .models import Notice, Objection
from .services.objecting import answer_objection, object_to, register_objection, sheets_in_question
from .views import done

NOTICE_ROWS = ("publication__tally__plan", "publication__tally__cycle")


@require_GET
def objections(request: HttpRequest) -> HttpResponse:
    """What was objected: everything for the office and the authority, the own ones for a branch."""
    rows = Objection.objects.visible_to(request.user).for_table()
    wanted = request.GET.get("status", "")
    if wanted in Objection.Status.values:
        rows = rows.filter(status=wanted)
    running = Notice.objects.running(request.received_at).select_related(*NOTICE_ROWS)
    context = {
        "page": page_of(request, rows),
        "wanted": wanted,
        "statuses": Objection.Status.choices,
        "running": running if request.user.scope.roles else [],
        "may_register": [one for one in running if rules.can_register(request.user, one)],
    }
    return render(request, "assessments/notices/objections.html", context)


@require_http_methods(["GET", "POST"])
def raise_objection(request: HttpRequest, pk: int, branch_pk: int) -> HttpResponse:
    """The secretary's objection to the own provisional result."""
    notice = get_object_or_404(Notice.objects.shown_to(request.user).select_related(*NOTICE_ROWS), pk=pk)
    branch = get_object_or_404(Branch.objects.visible_to(request.user), pk=branch_pk)
    require(rules.can_object(request.user, notice, branch, request.received_at))
    form = ObjectionForm(request.POST or None)
    if request.method == "POST":
        answer = done(
            request,
            form,
            lambda said: object_to(notice=notice, branch=branch, actor=request.user, at=request.received_at, **said),
            _("Received. The deciding authority answers it; you find the answer here."),
            "/results/objections/",
        )
        if answer:
            return answer
    context = {"notice": notice, "branch": branch, "form": form}
    return render(request, "assessments/notices/object.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
def register(request: HttpRequest, pk: int) -> HttpResponse:
    """An objection that came by letter, telephone or in person."""
    notice = get_object_or_404(Notice.objects.shown_to(request.user).select_related(*NOTICE_ROWS), pk=pk)
    require(rules.can_register(request.user, notice))
    form = RegisterForm(request.POST or None, initial={"received_on": timezone.localdate()})
    if request.method == "POST":
        answer = done(
            request,
            form,
            lambda said: register_objection(notice=notice, actor=request.user, **said),
            _("Registered. The deciding authority answers it."),
            "/results/objections/",
        )
        if answer:
            return answer
    context = {"notice": notice, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "assessments/notices/register.html", context, status=status)


@require_http_methods(["GET", "POST"])
def objection(request: HttpRequest, pk: int) -> HttpResponse:
    """One objection with its answer; the deciding authority answers here. `?sheet=` shows the rows of that sheet."""
    found = get_object_or_404(Objection.objects.visible_to(request.user).for_table(), pk=pk)
    access = rules.can_answer(request.user, found)
    sheets = sheets_in_question(found) if access else []
    part = _part(request, found, sheets)
    form = AnswerForm(request.POST or None, sheets=sheets, groups=part["groups"], initial=part["initial"])
    if request.method == "POST":
        require(access)
        answer = done(request, form, lambda said: _answer(request, found, sheets, said), _("Answered."), request.path)
        if answer:
            return answer
    context = {"objection": found, "access": access, "form": form, "part": part, **_opened(found)}
    status = 422 if request.method == "POST" else 200
    pages = ("assessments/notices/objection.html", "assessments/notices/_objection_part.html")
    return render_part(request, *pages, context, status=status)


def _part(request: HttpRequest, found: Objection, sheets: list[Sheet]) -> dict:
    """The rows of the chosen (else the only) sheet; those that the objection names are ticked until somebody ticks."""
    said = request.POST if request.method == "POST" else request.GET
    only = str(sheets[0].pk) if len(sheets) == 1 else ""
    wanted = said.get("sheet", only)
    sheet = next((one for one in sheets if str(one.pk) == wanted), None)
    if sheet is None:
        return {"sheet": None, "groups": [], "ticked": [], "named": [], "initial": {"sheet": ""}}
    named = named_rows(sheet, found.text)
    ticked = said.getlist("codes") if said.get("rows_of") == wanted else named
    initial = {"sheet": wanted, "extent": "part" if ticked else ""}
    return {"sheet": sheet, "groups": row_groups(sheet), "ticked": ticked, "named": named, "initial": initial}


def _opened(found: Objection) -> dict:
    """What an answer opened again, in words."""
    return {"opened": opened_names(found.reopening)} if found.reopening else {}


def _answer(request: HttpRequest, found: Objection, sheets: list[Sheet], said: dict) -> Objection:
    sheet = next((one for one in sheets if str(one.pk) == said["sheet"]), None)
    uphold = said["decision"] == "upheld"
    return answer_objection(
        objection=found,
        actor=request.user,
        uphold=uphold,
        answer=said["answer"],
        sheet=sheet if uphold else None,
        codes=said["codes"] if said["extent"] == "part" else None,
    )
