"""What waits for the assessment office and for the deciding authority."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branches.models import Branch

from ...cycles.models import Assignment, Cycle, Step
from ...results.models import Publication, Tally
from ...schemes.models import SchemeVersion
from ...schemes.rules import can_publish
from ...sheets.choices import FROZEN, Status
from ...sheets.models import Sheet
from ..board import late_filter
from . import procedure, scoping
from .item import LATE, WAITING, Panel, Todo, days_until, tone_of
from .visiting import office_todos

if TYPE_CHECKING:
    from members.models import User

SHOWN = 3  # cycles told one by one


def office_panel(user: "User", now: datetime) -> Panel:
    """Cycles, missing sheets, assignments, tallies, publications: from the most pressing on."""
    cycles = list(Cycle.objects.exclude(status=Cycle.Status.CLOSED).prefetch_related("steps").order_by("-starts_on"))
    running = [cycle for cycle in cycles if cycle.status == Cycle.Status.OPEN][:SHOWN]
    counted = _counts(running, now)
    todos = [todo for cycle in running for todo in _cycle_todos(cycle, counted.get(cycle.pk, {}), now)]
    todos += _missing_sheets(running)
    todos += _unassigned(running)
    todos += scoping.office_todos(user, running, now)
    todos += office_todos(now)
    todos += _tally_todos()
    todos += _publication_todos()
    todos += procedure.office_todos(now)
    todos += _returned_schemes()
    todos += _planned(cycles, now)
    if not running:
        todos.append(_nothing_open())
    return Panel(_("Assessment office"), todos, _("Everything is in order. Nothing waits for the office."))


def _counts(cycles: list[Cycle], now: datetime) -> dict[int, dict[str, int]]:
    """Per cycle: sheets in all, finished, submitted, late; one query."""
    if not cycles:
        return {}
    late = Q(pk__in=[])
    for cycle in cycles:
        late |= Q(late_filter(cycle, now), cycle=cycle)
    rows = Sheet.objects.filter(cycle__in=cycles).current().values("cycle_id")
    found = rows.annotate(
        total=Count("pk"),
        done=Count("pk", filter=Q(status__in=[*FROZEN, Status.EXEMPT])),
        handed_in=Count("pk", filter=~Q(status__in=[Status.DRAFT, Status.RETURNED])),
        late=Count("pk", filter=late),
    ).order_by()
    return {row["cycle_id"]: row for row in found}


def _cycle_todos(cycle: Cycle, counts: dict[str, int], now: datetime) -> list[Todo]:
    if not counts:
        return []
    board = reverse("cycles:board") + f"?cycle={cycle.pk}"
    step = _present_step(cycle, now)
    days = days_until(step.ends_at, now) if step else None
    names = {"cycle": cycle.name, "done": counts["done"], "total": counts["total"], "in": counts["handed_in"]}
    todos = [
        Todo(
            icon="layout-grid",
            what=_("%(cycle)s: %(in)d of %(total)d submitted, %(done)d finished") % names,
            detail=_("Now: %(step)s") % {"step": step.get_kind_display()} if step else _("All steps are over."),
            url=board,
            action=_("Progress board"),
            days_left=days,
            tone=WAITING,
            progress=(counts["done"], counts["total"]),
        )
    ]
    if counts["late"]:
        what = ngettext("%(cycle)s: %(count)d branch is late", "%(cycle)s: %(count)d branches are late", counts["late"])
        todos.append(
            Todo(
                icon="bell",
                what=what % {"cycle": cycle.name, "count": counts["late"]},
                url=reverse("cycles:board_reminder") + f"?cycle={cycle.pk}&late=1",
                action=_("Remind them"),
                number=counts["late"],
                tone=LATE,
            )
        )
    if counts["done"] == counts["total"]:
        todos.append(_ready_for_tally(cycle))
    return todos


def _present_step(cycle: Cycle, now: datetime) -> Step | None:
    """The step whose deadline comes next."""
    ahead = [step for step in cycle.steps.all() if step.ends_at > now]
    return min(ahead, key=lambda step: step.ends_at, default=None)


def _ready_for_tally(cycle: Cycle) -> Todo:
    what = _("%(cycle)s: every sheet is approved or exempt; it can be tallied")
    return Todo("sigma", what % {"cycle": cycle.name}, reverse("results:tallies"), _("Tally"))


def _missing_sheets(running: list[Cycle]) -> list[Todo]:
    """Active branches that have no sheet in the newest open cycle."""
    if not running:
        return []
    cycle = running[0]
    theirs = Sheet.objects.filter(cycle=cycle, branch=OuterRef("pk"))
    sectors = Sheet.objects.filter(cycle=cycle).values("sector_id")
    number = Branch.objects.filter(~Exists(theirs), is_active=True, sector__in=sectors).count()
    if not number:
        return []
    what = ngettext(
        "%(count)d active branch has no sheet in %(cycle)s",
        "%(count)d active branches have no sheet in %(cycle)s",
        number,
    )
    return [
        Todo(
            icon="file-plus",
            what=what % {"count": number, "cycle": cycle.name},
            url=reverse("cycles:cycle", args=[cycle.pk]),
            action=_("Add the sheets"),
            number=number,
        )
    ]


def _unassigned(running: list[Cycle]) -> list[Todo]:
    """Sheets of the newest open cycle that no team reviews."""
    if not running:
        return []
    cycle = running[0]
    theirs = Assignment.objects.filter(cycle=cycle, branch=OuterRef("branch"))
    sheets = Sheet.objects.filter(~Exists(theirs), cycle=cycle).current().exclude(status=Status.EXEMPT).under_review()
    number = sheets.count()
    if not number:
        return []
    what = ngettext("%(cycle)s: %(count)d branch has no team", "%(cycle)s: %(count)d branches have no team", number)
    return [
        Todo(
            icon="users",
            what=what % {"count": number, "cycle": cycle.name},
            url=reverse("cycles:assignments", args=[cycle.pk]) + "?team=none",
            action=_("Assign"),
            number=number,
        )
    ]


def _tally_todos() -> list[Todo]:
    """Candidates: with ties to be settled, or ready to be prepared for publication."""
    prepared = Publication.objects.filter(tally=OuterRef("pk"), status=Publication.Status.PREPARED)
    sent_back = Publication.objects.filter(tally=OuterRef("pk"), status=Publication.Status.REJECTED).order_by("-pk")
    rows = Tally.objects.filter(~Exists(prepared), status=Tally.Status.CANDIDATE).select_related("cycle", "plan")
    rows = rows.annotate(sent_back_reason=Subquery(sent_back.values("sent_back_reason")[:1]))
    todos = []
    for tally in rows.order_by("-pk")[:SHOWN]:
        url = reverse("results:tally", args=[tally.pk])
        name = (tally.cycle or tally.plan).name
        if tally.undecided_count:
            what = _("%(name)s: %(count)d branches are tied; the deciding authority settles it")
            said = what % {"name": name, "count": tally.undecided_count}
            todos.append(Todo("scale", said, url, _("Open the tally"), number=tally.undecided_count, tone=WAITING))
        else:
            what = _("%(name)s: the tally is ready to be prepared for publication") % {"name": name}
            todos.append(Todo("megaphone", what, url, _("Prepare"), detail=_ready_text(tally)))
    return todos


def _ready_text(tally: Tally) -> str:
    if tally.sent_back_reason:
        return _("Sent back by the deciding authority: %(reason)s") % {"reason": tally.sent_back_reason}
    if not tally.missing_count:
        return ""
    what = ngettext(
        "%(count)d branch is without a total", "%(count)d branches are without a total", tally.missing_count
    )
    return what % {"count": tally.missing_count}


def _publication_todos() -> list[Todo]:
    """Prepared ones that wait for the authority."""
    rows = Publication.objects.filter(status=Publication.Status.PREPARED).order_by("-pk")[:SHOWN]
    return [
        Todo(
            icon="megaphone",
            what=_("“%(title)s” waits for the deciding authority") % {"title": row.title},
            url=reverse("results:publication", args=[row.pk]),
            action=_("Open"),
            tone=WAITING,
        )
        for row in rows
    ]


def _planned(cycles: list[Cycle], now: datetime) -> list[Todo]:
    """The next planned cycle, to be opened before its first step begins."""
    planned = [cycle for cycle in cycles if cycle.status == Cycle.Status.PLANNED]
    if not planned:
        return []
    cycle = min(planned, key=lambda one: one.starts_on)
    first = min((step.starts_at for step in cycle.steps.all()), default=None)
    days = days_until(first, now)
    return [
        Todo(
            icon="calendar-range",
            what=_("“%(cycle)s” is planned and not opened yet") % {"cycle": cycle.name},
            detail=_("Its first step begins in so many days."),
            url=reverse("cycles:cycle", args=[cycle.pk]),
            action=_("Check and open"),
            days_left=days,
            tone=tone_of(days),
        )
    ]


def _nothing_open() -> Todo:
    return Todo("calendar-range", _("No cycle is open"), reverse("cycles:list"), _("Plan or open a cycle"))


def authority_panel(user: "User", now: datetime) -> Panel:
    """Ties to settle, publications to approve, schemes waiting for a second person."""
    todos = []
    ties = Tally.objects.filter(status=Tally.Status.CANDIDATE, undecided_count__gt=0).select_related("cycle", "plan")
    for tally in ties.order_by("-pk")[:SHOWN]:
        what = _("%(name)s: %(count)d branches are tied across a quota")
        said = what % {"name": (tally.cycle or tally.plan).name, "count": tally.undecided_count}
        url = reverse("results:tally", args=[tally.pk])
        todos.append(Todo("scale", said, url, _("Settle the tie"), number=tally.undecided_count))
    prepared = Publication.objects.filter(status=Publication.Status.PREPARED).select_related("prepared_by")
    for row in prepared.order_by("-pk")[:SHOWN]:
        mine = user.is_same_person(row.prepared_by)
        url = reverse("results:publication", args=[row.pk])
        detail = _("You prepared it yourself; a colleague decides.") if mine else ""
        what = _("“%(title)s” is prepared for publication") % {"title": row.title}
        action = _("Open") if mine else _("Check and publish")
        todos.append(Todo("megaphone", what, url, action, detail, tone=WAITING if mine else "due"))
    todos += procedure.authority_todos(user, now)
    todos += scoping.lists_todos(user)
    todos += _proposed_schemes(user)
    return Panel(_("Deciding authority"), todos, _("Nothing waits for a decision."))


def _proposed_schemes(user: "User") -> list[Todo]:
    """Schemes put forward; one line, and for those that the user edited another that only informs."""
    rows = SchemeVersion.objects.filter(status=SchemeVersion.Status.PROPOSED).order_by("-pk")
    own, others = [], []
    for version in rows.select_related("created_by", "proposed_by").defer("content"):
        (others if can_publish(user, version) else own).append(version)
    todos = []
    if others:
        said = ngettext("%(count)d scheme awaits approval", "%(count)d schemes await approval", len(others))
        names = "、".join(str(each) for each in others[:SHOWN])
        todos.append(
            Todo(
                "book-open-check",
                said % {"count": len(others)},
                _proposed_url(others),
                _("Check the scheme"),
                names,
                number=len(others),
            )
        )
    if own:
        said = _("“%(scheme)s” awaits approval by a colleague; you edited it yourself") % {"scheme": own[0]}
        todos.append(Todo("book-open-check", said, _proposed_url(own), _("Open"), tone=WAITING))
    return todos


def _proposed_url(versions: list[SchemeVersion]) -> str:
    """The version itself, or the list of those that wait."""
    if len(versions) == 1:
        return reverse("schemes:detail", args=[versions[0].pk])
    return reverse("schemes:list") + "?status=proposed"


def _returned_schemes() -> list[Todo]:
    """Drafts that the deciding authority sent back, with its reason."""
    rows = SchemeVersion.objects.filter(status=SchemeVersion.Status.DRAFT).exclude(sent_back_reason="")
    return [
        Todo(
            icon="undo-2",
            what=_("Scheme “%(scheme)s” was sent back") % {"scheme": draft},
            detail=draft.sent_back_reason,
            url=reverse("schemes:detail", args=[draft.pk]),
            action=_("Mend and put forward again"),
        )
        for draft in rows.defer("content").order_by("-pk")[:SHOWN]
    ]
