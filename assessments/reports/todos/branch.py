"""What waits for a branch's secretary, deputy or clerk."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.roles import Role

from ...cycles.models import Cycle, Step
from ...results.models import Result, Tally
from ...sheets.choices import ClaimKind, ClaimStatus, Status
from ...sheets.models import Claim, Sheet
from . import procedure
from .item import DONE, WAITING, LastResult, Panel, Todo, days_until, tone_of
from .visiting import branch_todos

if TYPE_CHECKING:
    from members.models import User

SHOWN = 6  # sheets named one by one; a clerk of many branches gets sums


def branch_panel(user: "User", now: datetime) -> Panel:
    """Own sheets of open cycles, recorded penalties to answer, the last published results."""
    sheets = list(_sheets(user))
    todos = [_sheet_todo(sheet, user, now) for sheet in sheets[:SHOWN]]
    todos += _clerk_todos(user, now)
    todos += _record_todos(user)
    todos += branch_todos(user, now)
    todos += procedure.branch_todos(user, now)
    is_secretary = user.scope.has(Role.SECRETARY)
    return Panel(
        title=_("My branch") if is_secretary else _("Branches I fill in for"),
        todos=todos,
        empty=_("Nothing to fill in at the moment. As soon as a cycle is opened, your sheet appears here."),
        results=_last_results(user),
    )


def _sheets(user: "User") -> Sequence[Sheet]:
    own = Sheet.objects.filter(branch_id__in=user.scope.branch_ids, cycle__status=Cycle.Status.OPEN).current()
    open_remarks = Count("remarks", filter=Q(remarks__is_open=True))
    rows = own.for_table().with_scope().prefetch_related("cycle__steps").annotate(open_remarks=open_remarks)
    return rows.order_by("-cycle__starts_on", "branch__code")[:SHOWN]


def _ends_at(sheet: Sheet, kind: str) -> datetime | None:
    return next((step.ends_at for step in sheet.cycle.steps.all() if step.kind == kind), None)


def _sheet_todo(sheet: Sheet, user: "User", now: datetime) -> Todo:
    tell = {Status.DRAFT: _draft, Status.RETURNED: _returned}.get(sheet.status)
    return tell(sheet, user, now) if tell else _on_its_way(sheet)


def _draft(sheet: Sheet, user: "User", now: datetime) -> Todo:
    until = sheet.extended_until or _ends_at(sheet, Step.Kind.SELF)
    days = days_until(until, now)
    names = {"cycle": sheet.cycle.name, "done": sheet.filled_count, "due": sheet.due_count}
    is_full = sheet.due_count and sheet.filled_count >= sheet.due_count
    submits = sheet.branch_id in user.scope.secretary_of
    detail = sheet.branch.name
    if is_full and not submits:
        detail = _("%(branch)s: all filled in; the secretary submits it.") % {"branch": sheet.branch.name}
    if days is not None and days < 0:
        detail = _("The deadline is over. Ask the assessment office for an extension.")
    return Todo(
        icon="clipboard-pen",
        what=_("%(cycle)s, self-assessment: %(done)d of %(due)d filled in") % names,
        detail=detail,
        url=reverse("sheets:fill", args=[sheet.pk]),
        action=_("Check and submit") if is_full and submits else _("Go on filling in"),
        days_left=days,
        tone=tone_of(days),
        progress=(sheet.filled_count, sheet.due_count),
    )


def _returned(sheet: Sheet, user: "User", now: datetime) -> Todo:
    days = days_until(sheet.extended_until or _ends_at(sheet, Step.Kind.REVIEW), now)
    what = ngettext(
        "%(cycle)s: returned, %(count)d point to correct", "%(cycle)s: returned, %(count)d points to correct",
        sheet.open_remarks,
    )  # fmt: skip
    return Todo(
        icon="undo-2",
        what=what % {"cycle": sheet.cycle.name, "count": sheet.open_remarks},
        detail=_("%(branch)s: the reasons stand beside the indicators.") % {"branch": sheet.branch.name},
        url=reverse("sheets:fill", args=[sheet.pk]),
        action=_("Correct"),
        number=sheet.open_remarks,
        days_left=days,
        tone=tone_of(days),
    )


def _on_its_way(sheet: Sheet) -> Todo:
    details = {
        Status.SUBMITTED: _("Waits for the preliminary review of your committee."),
        Status.PASSED: _("Not reviewed: the preliminary marks stand and wait to be approved by list.")
        if sheet.is_outside
        else _("Waits for the inspectors."),
        Status.REVIEW: _("The inspectors are reviewing it."),
        Status.EXEMPT: sheet.exempt_reason,
    }
    names = {"cycle": sheet.cycle.name, "status": sheet.get_status_display()}
    return Todo(
        icon="circle-check",
        what=_("%(cycle)s: %(status)s") % names,
        detail=details.get(sheet.status, sheet.branch.name),
        url=reverse("sheets:detail", args=[sheet.pk]),
        action=_("Open"),
        tone=DONE if sheet.status in (Status.APPROVED, Status.SEALED, Status.EXEMPT) else WAITING,
    )


def _clerk_todos(user: "User", now: datetime) -> list[Todo]:
    """For a clerk of a whole organization: how many sheets are still open below it."""
    if not user.scope.clerk_paths:
        return []
    below = Q(pk__in=[])
    for path in user.scope.clerk_paths:
        below |= Q(organization__path__startswith=path)
    rows = Sheet.objects.filter(below, cycle__status=Cycle.Status.OPEN, status__in=[Status.DRAFT, Status.RETURNED])
    sums = rows.aggregate(number=Count("pk"), filled=Sum("filled_count"), due=Sum("due_count"))
    if not sums["number"]:
        return []
    what = ngettext(
        "%(count)d branch has not submitted yet", "%(count)d branches have not submitted yet", sums["number"]
    )
    return [
        Todo(
            icon="clipboard-pen",
            what=what % {"count": sums["number"]},
            detail=_("You may fill in for them; their secretaries submit."),
            url=reverse("sheets:mine"),
            action=_("Open the list"),
            number=sums["number"],
            progress=(sums["filled"] or 0, sums["due"] or 0),
        )
    ]


def _record_todos(user: "User") -> list[Todo]:
    """Penalties, vetoes and facts that others recorded and the branch has not answered."""
    if not user.scope.branch_ids:
        return []
    rows = Claim.objects.filter(
        sheet__branch_id__in=user.scope.branch_ids,
        sheet__cycle__status=Cycle.Status.OPEN,
        kind__in=[ClaimKind.PENALTY, ClaimKind.VETO],
        status=ClaimStatus.RECORDED,
        answer="",
    )
    found = list(rows.values_list("sheet_id", flat=True)[:50])
    if not found:
        return []
    what = ngettext(
        "%(count)d recorded penalty can be answered", "%(count)d recorded penalties can be answered", len(found)
    )
    return [
        Todo(
            icon="message-square-warning",
            what=what % {"count": len(found)},
            detail=_("The assessment office recorded it with its document."),
            url=reverse("sheets:detail", args=[found[0]]),
            action=_("Read and answer"),
            number=len(found),
        )
    ]


def _last_results(user: "User") -> list[LastResult]:
    """The last published quarter of each own branch, how its place moved, and the star of the last published year."""
    ids = sorted(user.scope.branch_ids)[:SHOWN]
    if not ids:
        return []
    rows = Result.objects.filter(branch_id__in=ids, tally__status=Tally.Status.PUBLISHED)
    rows = rows.named().select_related("tally__cycle", "tally__plan", "branch").defer("dimensions", "reasons")
    by_branch: dict[int, list[Result]] = {}
    for row in rows.order_by("-tally__plan__year", "-tally__cycle__starts_on")[: len(ids) * 10]:
        by_branch.setdefault(row.branch_id, []).append(row)
    found = [_last_result(rows_of_one) for rows_of_one in by_branch.values()]
    return [result for result in found if result is not None]


def _last_result(found: list[Result]) -> LastResult | None:
    quarters = [row for row in found if row.tally.cycle_id is not None]
    years = [row for row in found if row.tally.cycle_id is None]
    if not quarters:
        return None
    last = quarters[0]
    before = quarters[1].rank_sector if len(quarters) > 1 else None
    return LastResult(
        pk=last.pk,
        branch=last.branch.name,
        title=last.tally.cycle.name,
        total_up=last.total_up,
        stars=last.stars,
        grade=last.grade,
        status="" if last.status == Result.Status.RATED else last.get_status_display(),
        rank_sector=last.rank_sector,
        movement=before - last.rank_sector if before and last.rank_sector else None,
        year=years[0] if years else None,
    )
