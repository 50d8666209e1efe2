"""The designer: the assessment office edits a draft in the browser, one form at a time."""

from dataclasses import dataclass, field

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branches.models import Sector
from branchportal.access import require
from branchportal.errors import PortalError, StaleState
from branchportal.forms import Difference
from branchportal.htmx import render_part
from branchportal.paging import page_of, whole_number

from .. import rules
from ..designer import conflict, desk
from ..designer.choices import Around
from ..designer.making import form_for
from ..designer.places import Place, find
from ..designer.screen import Screen
from ..designer.wording import edit_name
from ..models import SchemeEdit, SchemeVersion
from ..services import drafts
from .versions import version_of

PAGE = "assessments/schemes/designer/page.html"
PART = "assessments/schemes/designer/_designer.html"


@dataclass
class Extras:
    """What an answer shows besides the draft itself."""

    said: list[str] = field(default_factory=list)
    refusal: str = ""
    focus: str = ""
    asks: str = ""
    is_unsaved: bool = False
    since: list[SchemeEdit] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)


def draft_of(request: HttpRequest, pk: int) -> SchemeVersion:
    """The version of an address, for somebody who edits schemes."""
    version = version_of(request, pk)
    require(rules.can_edit(request.user))
    return version


def portal_sectors() -> list[tuple[str, str]]:
    """Code and name of every sector."""
    return list(Sector.objects.values_list("code", "name"))


@require_http_methods(["GET", "POST"])
def design(request: HttpRequest, pk: int) -> HttpResponse:
    """One place of a draft beside its tree; a POST is one press of a button."""
    version = draft_of(request, pk)
    if request.method == "POST":
        return _pressed(request, version)
    if not version.is_draft:
        messages.info(
            request, _("Version %(version)s is no draft and cannot be changed.") % {"version": version.version}
        )
        return redirect("schemes:detail", pk=pk)
    screen = Screen(version.content, request.GET.get("at", "indicators"), portal_sectors())
    asks = "remove" if request.GET.get("ask") == "remove" and screen.place.is_entry else ""
    wish = request.GET.get("field", "")
    return _answer(request, version, screen, Extras(asks=asks, focus=wish if wish.startswith("id_") else ""))


def _pressed(request: HttpRequest, version: SchemeVersion) -> HttpResponse:
    edition = whole_number(request.POST.get("edition"))
    if not version.is_draft or edition != version.edition:
        return _conflict(request, version, edition)
    sectors = portal_sectors()
    try:
        turn = desk.press(version.content, request.POST, sectors)
    except PortalError as refusal:
        return _refused(request, version, refusal.message)
    if turn.form is not None:
        screen = Screen(version.content, turn.path, sectors, turn.form)
        refusal = _("Nothing was saved: correct the fields marked in red.") if turn.is_refused else ""
        extras = Extras(refusal=refusal, focus=turn.focus, is_unsaved=True)
        return _answer(request, version, screen, extras, status=422 if turn.is_refused else 200)
    try:
        said = _save(request, version, turn)
    except StaleState:
        return _conflict(request, version, edition)
    if not request.htmx:
        for words in said:
            messages.success(request, words)
        return redirect(address(version, turn.path, turn.asks))
    return _answer(
        request,
        version,
        Screen(version.content, turn.path, sectors),
        Extras(said=said, asks=turn.asks, focus=turn.focus),
    )


def _save(request: HttpRequest, version: SchemeVersion, turn: desk.Turn) -> list[str]:
    """Store what a press changed; returns what is said about it."""
    if turn.content is None or turn.content == version.content:
        return [_("Nothing was changed.")] if not turn.asks else []
    drafts.save_draft(
        version=version,
        edition=version.edition,
        content=turn.content,
        summary=turn.summary or _("written anew"),
        actor=request.user,
    )
    return [_("Saved: %(what)s.") % {"what": turn.summary or _("written anew")}]


def _refused(request: HttpRequest, version: SchemeVersion, message: str) -> HttpResponse:
    """A step that is impossible: nothing is stored, what was typed stays."""
    sectors = portal_sectors()
    place = find(version.content, request.POST.get("at", ""))
    form = desk.typed_form(version.content, place, request.POST, sectors) if place else None
    screen = Screen(version.content, place.path if place else "indicators", sectors, form)
    return _answer(request, version, screen, Extras(refusal=message, is_unsaved=form is not None), status=422)


def _conflict(request: HttpRequest, version: SchemeVersion, edition: int) -> HttpResponse:
    """Changed by somebody else (409): both versions are shown, and the next save is a decision."""
    version = version_of(request, version.pk)
    sectors, posted = portal_sectors(), request.POST
    place = conflict.place_now(version.content, posted.get("at", ""), posted.get("was", ""))
    form = (
        desk.typed_form(version.content, place, _brought_up(version, place, edition, posted), sectors)
        if place
        else None
    )
    if form is None or not version.is_draft:
        context = {"version": version, "lines": conflict.typed_lines(form, posted)}
        folder = "assessments/schemes/designer"
        return render_part(request, f"{folder}/closed.html", f"{folder}/_closed.html", context, status=409)
    since = list(version.edits.filter(edition__gt=edition).select_related("actor").defer("content")[:5])
    extras = Extras(since=since, differences=conflict.differences(form), is_unsaved=True)
    screen = Screen(version.content, form.place.path, sectors, form)
    return _answer(request, version, screen, extras, status=409)


def _brought_up(version: SchemeVersion, place: Place, edition: int, posted: QueryDict) -> QueryDict:
    """What was typed, brought up to the draft as it is: fields that were not touched follow it."""
    known = version.edits.filter(edition=edition).exclude(content={}).first()
    before = find(known.content, posted.get("at", "")) if known else None
    if before is None or before.kind != place.kind:
        return posted
    around = Around.of(version.content, portal_sectors(), place.tab)
    return conflict.merged(posted, form_for(before, around), form_for(place, around))


@require_POST
def design_example(request: HttpRequest, pk: int) -> HttpResponse:
    """What the rule that is being typed makes of an example; stores nothing."""
    version = draft_of(request, pk)
    place = find(version.content, request.POST.get("at", ""))
    found: list[str] = []
    is_typed_well = False
    if place is not None:
        form = desk.typed_form(version.content, place, request.POST, portal_sectors())
        is_typed_well = form.is_valid()
        found = desk.words(version.content, place, form) if is_typed_well else []
    context = {"lines": found, "version": version, "place": place, "is_wrong": not is_typed_well}
    return render(request, "assessments/schemes/designer/_example.html", context)


@require_POST
def design_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the last change of the draft back."""
    version = draft_of(request, pk)
    path = request.POST.get("at", "")
    try:
        drafts.undo(version=version, edition=whole_number(request.POST.get("edition")), actor=request.user)
    except PortalError as refusal:
        version = version_of(request, pk)
        if not version.is_draft:
            return _conflict(request, version, version.edition)
        screen = Screen(version.content, path, portal_sectors())
        return _answer(request, version, screen, Extras(refusal=refusal.message), status=refusal.status)
    if not request.htmx:
        messages.success(request, _("The last change is undone."))
        return redirect(address(version, path))
    screen = Screen(version.content, path, portal_sectors())
    return _answer(request, version, screen, Extras(said=[_("The last change is undone.")]))


@require_GET
def design_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Every change of a draft: who, when, what."""
    version = draft_of(request, pk)
    page = page_of(request, version.edits.select_related("actor").defer("content"))
    lines = [{"edit": edit, "what": edit_name(edit.summary)} for edit in page]
    context = {"version": version, "page": page, "lines": lines}
    return render(request, "assessments/schemes/designer/history.html", context)


def address(version: SchemeVersion, path: str, asks: str = "") -> str:
    """The address of one place of a draft."""
    query = {"at": path} | ({"ask": asks} if asks else {})
    return f"{reverse('schemes:design', args=[version.pk])}?{urlencode(query)}"


def _answer(
    request: HttpRequest, version: SchemeVersion, screen: Screen, extras: Extras, *, status: int = 200
) -> HttpResponse:
    last = version.edits.select_related("actor").defer("content").first()
    undone = _next_undo(version, last)
    context = {
        "version": version,
        "screen": screen,
        "form": screen.form,
        "place": screen.place,
        "extras": extras,
        "undo": edit_name(undone.summary) if undone else "",
        "last": last,
    }
    response = render_part(request, PAGE, PART, context, status=status)
    if request.htmx and request.method == "POST":
        response["HX-Replace-Url"] = address(version, screen.place.path)
    return response


def _next_undo(version: SchemeVersion, last: SchemeEdit | None) -> SchemeEdit | None:
    """The change that an undo would take back; None at the beginning."""
    reached = last.restores or last.edition if last else 1
    found = list(version.edits.filter(edition__lte=reached).defer("content").exclude(content={})[:2])
    return found[0] if len(found) == 2 else None
