"""What waits for department reviewers, inspectors and team leaders."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...cycles.models import Assignment, Cycle, Step
from ...sheets.choices import EDITABLE, Status
from ...sheets.models import Mark, Sheet
from ...sheets.querysets import SheetQuerySet
from ...sheets.rules.reviewing import GIVEN_STAGES
from . import scoping
from .item import LATE, WAITING, Panel, Todo, days_until, tone_of
from .visiting import inspector_todos

if TYPE_CHECKING:
    from members.models import User

NAMED = 5


def _ends() -> dict[tuple[int, str], datetime]:
    """Deadlines of the open cycles by cycle and step."""
    steps = Step.objects.filter(cycle__status=Cycle.Status.OPEN)
    return {(cycle, kind): ends_at for cycle, kind, ends_at in steps.values_list("cycle_id", "kind", "ends_at")}


def _days(rows: list[dict], key: str, kind: str, now: datetime, ends: dict | None = None) -> int | None:
    """Days to the nearest deadline among the cycles in which something of `key` waits."""
    if not any(row[key] for row in rows):
        return None
    ends = _ends() if ends is None else ends
    found = [ends[row["cycle_id"], kind] for row in rows if row[key] and (row["cycle_id"], kind) in ends]
    return days_until(min(found), now) if found else None


def _sums(rows: list[dict]) -> dict[str, int]:
    return {key: sum(row[key] for row in rows) for key in rows[0] if key != "cycle_id"} if rows else {}


def department_panel(user: "User", now: datetime) -> Panel:
    """Sheets to look at, and branches of the subtree that have not submitted."""
    below = Q(pk__in=[])
    for path in user.scope.department_paths:
        below |= Q(organization__path__startswith=path)
    sheets = Sheet.objects.filter(below, cycle__status=Cycle.Status.OPEN).current()
    counted = (
        sheets.order_by()
        .values("cycle_id")
        .annotate(
            waiting=Count("pk", filter=Q(status=Status.SUBMITTED)),
            open=Count("pk", filter=Q(status__in=EDITABLE)),
            total=Count("pk"),
        )
    )
    rows = list(counted)
    ends = _ends()
    todos = [_waiting(row, ends, now) for row in rows if row["waiting"]]
    todos += [_unsubmitted(row, sheets, ends, now) for row in rows if row["open"]]
    return Panel(
        title=_("Preliminary review"),
        todos=todos,
        empty=_("No sheet waits for you. Sheets appear here as soon as your branches submit them."),
    )


def _waiting(row: dict, ends: dict, now: datetime) -> Todo:
    """What waits in one cycle, with the way to exactly that."""
    number, days = row["waiting"], _days([row], "waiting", Step.Kind.PRELIMINARY, now, ends)
    what = ngettext(
        "%(count)d sheet waits for the preliminary review", "%(count)d sheets wait for the preliminary review", number
    )
    return Todo(
        icon="clipboard-check",
        what=what % {"count": number},
        url=f"{reverse('sheets:department')}?cycle={row['cycle_id']}",
        action=_("Go on reviewing"),
        number=number,
        days_left=days,
        tone=tone_of(days),
    )


def _unsubmitted(row: dict, sheets: SheetQuerySet, ends: dict, now: datetime) -> Todo:
    """Who has still to submit in one cycle, the first few by name."""
    number = row["open"]
    mine = sheets.filter(status__in=EDITABLE, cycle=row["cycle_id"]).order_by("branch__code")
    names = list(mine.values_list("branch__name", flat=True)[:NAMED])
    days = _days([row], "open", Step.Kind.SELF, now, ends)
    what = ngettext("%(count)d branch has not submitted yet", "%(count)d branches have not submitted yet", number)
    more = _("%(names)s and others") if number > len(names) else "%(names)s"
    return Todo(
        icon="clock-alert",
        what=what % {"count": number},
        detail=more % {"names": "、".join(names)},
        url=reverse("cycles:board_branches") + f"?cycle={row['cycle_id']}&open=1",
        action=_("See which ones"),
        number=number,
        days_left=days,
        tone=LATE if days is not None and days < 0 else WAITING,
        progress=(row["total"] - number, row["total"]),
    )


def inspector_panel(user: "User", now: datetime) -> Panel:
    """The queue by what can be done: begin, go on, approve as the second person."""
    mine = Assignment.objects.filter(cycle=OuterRef("cycle"), branch=OuterRef("branch"), team__memberships__user=user)
    people = Q(entered_by=user)
    if user.member_id:
        people |= Q(entered_by__member_id=user.member_id)
    entered = Mark.objects.filter(people, sheet=OuterRef("pk"), stage__in=GIVEN_STAGES)
    sheets = Sheet.objects.filter(Exists(mine), cycle__status=Cycle.Status.OPEN).current().for_inspectors()
    sheets = sheets.annotate(is_mine=Exists(entered))
    in_review, complete = Q(status=Status.REVIEW), Q(review_total_up__isnull=False)
    counted = (
        sheets.order_by()
        .values("cycle_id")
        .annotate(
            total=Count("pk"),
            fresh=Count("pk", filter=Q(status=Status.PASSED)),
            going_on=Count("pk", filter=in_review & ~complete),
            second=Count("pk", filter=in_review & complete & Q(is_mine=False)),
            others=Count("pk", filter=in_review & complete & Q(is_mine=True)),
            done=Count("pk", filter=Q(status__in=[Status.APPROVED, Status.SEALED])),
            open=Count("pk", filter=Q(status__in=[Status.PASSED, Status.REVIEW])),
        )
    )
    rows = list(counted)
    ends = _ends() if rows else {}
    queue = [todo for row in rows for todo in _queue_todos(row, _days([row], "open", Step.Kind.REVIEW, now, ends))]
    return Panel(
        title=_("My review queue"),
        todos=[*queue, *inspector_todos(user, now)],
        empty=_(
            "No sheet waits for you. Sheets of your assigned branches appear here once their department passes them."
        ),
    )


def _queue_todos(counts: dict[str, int], days: int | None) -> list[Todo]:
    """What one cycle's queue holds for an inspector, each with the way to exactly that."""
    queue, done = f"{reverse('sheets:queue')}?cycle={counts['cycle_id']}", (counts["done"], counts["total"])
    words = [
        (
            "second",
            "user-check",
            _("%(count)d sheets wait for a second person to approve"),
            _("Check and approve"),
            "review",
        ),
        ("going_on", "search-check", _("%(count)d reviews have been begun"), _("Go on reviewing"), "review"),
        ("fresh", "inbox", _("%(count)d sheets wait to be reviewed"), _("Begin"), "passed"),
    ]
    todos = [
        Todo(
            icon=icon,
            what=what % {"count": counts[key]},
            url=f"{queue}&status={status}",
            action=action,
            number=counts[key],
            days_left=days,
            tone=tone_of(days),
            progress=done if key == "fresh" else None,
        )
        for key, icon, what, action, status in words
        if counts[key]
    ]
    if counts["others"]:
        what = _("%(count)d sheets that you reviewed wait for a colleague to approve")
        todos.append(
            Todo("hourglass", what % {"count": counts["others"]}, f"{queue}&status=review", _("Open"), tone=WAITING,
                 number=counts["others"])
        )  # fmt: skip
    return todos


def leader_panel(user: "User", now: datetime) -> Panel:
    """How far the own team is, member by member's sum left to the queue."""
    rows = Assignment.objects.filter(
        team__memberships__user=user, team__memberships__is_leader=True, cycle__status=Cycle.Status.OPEN
    )
    mine = Sheet.objects.filter(cycle=OuterRef("cycle"), branch=OuterRef("branch")).current()
    counted = (
        rows.order_by()
        .values("cycle_id")
        .annotate(
            total=Count("pk"),
            done=Count("pk", filter=Exists(mine.filter(status__in=[Status.APPROVED, Status.SEALED, Status.EXEMPT]))),
            open=Count("pk", filter=Exists(mine.filter(status__in=[Status.PASSED, Status.REVIEW]).for_inspectors())),
        )
    )
    found = list(counted)
    counts, days = _sums(found), _days(found, "open", Step.Kind.REVIEW, now)
    todos = []
    if found:
        what = _("Team: %(done)d of %(total)d assigned branches are finished, %(open)d are with the team")
        todos.append(
            Todo(
                icon="users",
                what=what % {"done": counts["done"], "total": counts["total"], "open": counts["open"]},
                url=reverse("sheets:queue") + "?status=all",
                action=_("Open the queue"),
                days_left=days,
                tone=tone_of(days) if counts["open"] else WAITING,
                progress=(counts["done"], counts["total"]),
            )
        )
    return Panel(
        title=_("My team"),
        todos=[*todos, *scoping.lists_todos(user)],
        empty=_("Your team has no branches assigned in an open cycle. The assessment office assigns them."),
    )
