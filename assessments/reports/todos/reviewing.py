"""What waits for department reviewers, inspectors and team leaders."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...cycles.models import Assignment, Cycle, Step
from ...sheets.choices import EDITABLE, Stage, Status
from ...sheets.models import Mark, Sheet
from .item import LATE, WAITING, Panel, Todo, days_until, tone_of

if TYPE_CHECKING:
    from members.models import User

NAMED = 5


def next_deadline(kind: str) -> datetime | None:
    """The nearest deadline of a step among open cycles."""
    steps = Step.objects.filter(cycle__status=Cycle.Status.OPEN, kind=kind)
    return steps.order_by("ends_at").values_list("ends_at", flat=True).first()


def department_panel(user: "User", now: datetime) -> Panel:
    """Sheets to look at, and branches of the subtree that have not submitted."""
    below = Q(pk__in=[])
    for path in user.scope.department_paths:
        below |= Q(organization__path__startswith=path)
    sheets = Sheet.objects.filter(below, cycle__status=Cycle.Status.OPEN).current()
    counts = sheets.aggregate(
        waiting=Count("pk", filter=Q(status=Status.SUBMITTED)),
        open=Count("pk", filter=Q(status__in=EDITABLE)),
        total=Count("pk"),
    )
    ends = dict(
        Step.objects.filter(cycle__status=Cycle.Status.OPEN).order_by("-ends_at").values_list("kind", "ends_at")
    )
    todos = []
    if counts["waiting"]:
        todos.append(_waiting(counts["waiting"], days_until(ends.get(Step.Kind.PRELIMINARY), now)))
    if counts["open"]:
        names = list(
            sheets.filter(status__in=EDITABLE).order_by("branch__code").values_list("branch__name", flat=True)[:NAMED]
        )
        todos.append(_unsubmitted(counts, names, days_until(ends.get(Step.Kind.SELF), now)))
    return Panel(
        title=_("Preliminary review"),
        todos=todos,
        empty=_("No sheet waits for you. Sheets appear here as soon as your branches submit them."),
    )


def _waiting(number: int, days: int | None) -> Todo:
    what = ngettext(
        "%(count)d sheet waits for the preliminary review", "%(count)d sheets wait for the preliminary review", number
    )
    return Todo(
        icon="clipboard-check",
        what=what % {"count": number},
        url=reverse("sheets:department"),
        action=_("Go on reviewing"),
        number=number,
        days_left=days,
        tone=tone_of(days),
    )


def _unsubmitted(counts: dict[str, int], names: list[str], days: int | None) -> Todo:
    number = counts["open"]
    what = ngettext("%(count)d branch has not submitted yet", "%(count)d branches have not submitted yet", number)
    more = _("%(names)s and others") if number > len(names) else "%(names)s"
    return Todo(
        icon="clock-alert",
        what=what % {"count": number},
        detail=more % {"names": "、".join(names)},
        url=reverse("cycles:board_branches") + "?open=1",
        action=_("See which ones"),
        number=number,
        days_left=days,
        tone=LATE if days is not None and days < 0 else WAITING,
        progress=(counts["total"] - number, counts["total"]),
    )


def inspector_panel(user: "User", now: datetime) -> Panel:
    """The queue by what can be done: begin, go on, approve as the second person."""
    mine = Assignment.objects.filter(cycle=OuterRef("cycle"), branch=OuterRef("branch"), team__memberships__user=user)
    people = Q(entered_by=user)
    if user.member_id:
        people |= Q(entered_by__member_id=user.member_id)
    entered = Mark.objects.filter(people, sheet=OuterRef("pk"), stage=Stage.REVIEW)
    sheets = Sheet.objects.filter(Exists(mine), cycle__status=Cycle.Status.OPEN).current()
    sheets = sheets.annotate(is_mine=Exists(entered))
    in_review, complete = Q(status=Status.REVIEW), Q(review_total_up__isnull=False)
    counts = sheets.aggregate(
        total=Count("pk"),
        fresh=Count("pk", filter=Q(status=Status.PASSED)),
        going_on=Count("pk", filter=in_review & ~complete),
        second=Count("pk", filter=in_review & complete & Q(is_mine=False)),
        others=Count("pk", filter=in_review & complete & Q(is_mine=True)),
        done=Count("pk", filter=Q(status__in=[Status.APPROVED, Status.SEALED])),
    )
    days = days_until(next_deadline(Step.Kind.REVIEW), now)
    return Panel(
        title=_("My review queue"),
        todos=[todo for todo in _queue_todos(counts, days) if todo is not None],
        empty=_(
            "No sheet waits for you. Sheets of your assigned branches appear here once their department passes them."
        ),
    )


def _queue_todos(counts: dict[str, int], days: int | None) -> list[Todo | None]:
    queue, done = reverse("sheets:queue"), (counts["done"], counts["total"])
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
    todos: list[Todo | None] = [
        Todo(
            icon=icon,
            what=what % {"count": counts[key]},
            url=f"{queue}?status={status}",
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
            Todo("hourglass", what % {"count": counts["others"]}, f"{queue}?status=review", _("Open"), tone=WAITING,
                 number=counts["others"])
        )  # fmt: skip
    return todos


def leader_panel(user: "User", now: datetime) -> Panel:
    """How far the own team is, member by member's sum left to the queue."""
    rows = Assignment.objects.filter(
        team__memberships__user=user, team__memberships__is_leader=True, cycle__status=Cycle.Status.OPEN
    )
    mine = Sheet.objects.filter(cycle=OuterRef("cycle"), branch=OuterRef("branch")).current()
    counts = rows.aggregate(
        total=Count("pk"),
        done=Count("pk", filter=Exists(mine.filter(status__in=[Status.APPROVED, Status.SEALED, Status.EXEMPT]))),
        late=Count("pk", filter=Exists(mine.filter(status__in=[Status.PASSED, Status.REVIEW]))),
    )
    days = days_until(next_deadline(Step.Kind.REVIEW), now)
    todos = []
    if counts["total"]:
        what = _("Team: %(done)d of %(total)d assigned branches are finished, %(open)d are with the team")
        todos.append(
            Todo(
                icon="users",
                what=what % {"done": counts["done"], "total": counts["total"], "open": counts["late"]},
                url=reverse("sheets:queue") + "?status=all",
                action=_("Open the queue"),
                days_left=days,
                tone=tone_of(days) if counts["late"] else WAITING,
                progress=(counts["done"], counts["total"]),
            )
        )
    return Panel(
        title=_("My team"),
        todos=todos,
        empty=_("Your team has no branches assigned in an open cycle. The assessment office assigns them."),
    )
