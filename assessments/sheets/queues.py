"""Queues of department and inspectors: filters that stay, counts per status, and which sheet comes next."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest

from branches.former import called
from branchportal.paging import whole_number

from ..cycles.models import Cycle
from .choices import ClaimStatus, Status
from .models import Claim, Sheet
from .querysets import SheetQuerySet

UNDECIDED = (ClaimStatus.CLAIMED, ClaimStatus.RECORDED)
TODO = "todo"
ALL = "all"


@dataclass(frozen=True)
class Filters:
    """What a queue shows. Kept in the session, so that "save and next" and the way back keep them."""

    cycle: str = ""
    status: str = TODO
    organization: str = ""
    sector: str = ""
    claims: str = ""  # "1": only with undecided claims
    flagged: str = ""  # "1": only those that ask for a second look
    mine: str = ""  # "1": only those that one has in hand
    q: str = ""

    @staticmethod
    def read(params: Mapping[str, str]) -> "Filters":
        known = {field.name: (params.get(field.name) or "").strip()[:100] for field in fields(Filters)}
        return Filters(**{name: value for name, value in known.items() if value})

    @property
    def changed(self) -> dict[str, str]:
        """The filters that are not at their default: the query string that brings them back."""
        return {name: value for name, value in asdict(self).items() if value != getattr(Filters(), name)}


@dataclass(frozen=True)
class Queue:
    """One kind of queue: where its filters are kept and which statuses wait there."""

    key: str
    todo: tuple[str, ...]

    def filters(self, request: HttpRequest) -> Filters:
        """The filters of the address, else those kept in the session; `reset` forgets them."""
        if "reset" in request.GET:
            request.session.pop(self.key, None)
            return Filters()
        if set(request.GET) - {"page"}:
            chosen = Filters.read(request.GET)
            if request.session.get(self.key) != chosen.changed:
                request.session[self.key] = chosen.changed
            return chosen
        return Filters.read(request.session.get(self.key, {}))


DEPARTMENT = Queue("queue.department", (Status.SUBMITTED,))
INSPECTOR = Queue("queue.inspector", (Status.PASSED, Status.REVIEW))


def in_cycle(rows: SheetQuerySet, filters: Filters, cycles: list[Cycle]) -> SheetQuerySet:
    """The sheets of the chosen cycle; without a choice of the newest one."""
    chosen = chosen_cycle(filters, cycles)
    return rows.filter(cycle=chosen) if chosen else rows.none()


def chosen_cycle(filters: Filters, cycles: list[Cycle]) -> Cycle | None:
    """The cycle of the filters; without a choice the newest one."""
    return next((cycle for cycle in cycles if str(cycle.pk) == filters.cycle), cycles[0] if cycles else None)


def narrowed(rows: SheetQuerySet, filters: Filters, queue: Queue) -> SheetQuerySet:
    """The sheets that fit the filters, in the order of the queue: waiting longest first."""
    if filters.status == TODO:
        rows = rows.filter(status__in=queue.todo)
    elif filters.status in Status.values:
        rows = rows.filter(status=filters.status)
    return _without_status(rows, filters).order_by("submitted_at", "branch__code", "pk")


def _without_status(rows: SheetQuerySet, filters: Filters) -> SheetQuerySet:
    if filters.organization.isdigit():
        rows = rows.filter(organization=whole_number(filters.organization))
    if filters.sector.isdigit():
        rows = rows.filter(sector=whole_number(filters.sector))
    if filters.claims:
        rows = rows.filter(Exists(Claim.objects.filter(sheet=OuterRef("pk"), status__in=UNDECIDED)))
    if filters.flagged:
        rows = rows.flagged()
    if filters.q:
        rows = rows.filter(called(filters.q))
    return rows


def counts(rows: SheetQuerySet, filters: Filters, queue: Queue) -> dict[str, int]:
    """How many sheets each status tab holds under the other filters, in one query."""
    found = dict(
        _without_status(rows, replace(filters, status=ALL)).order_by().values_list("status").annotate(Count("pk"))
    )
    found[ALL] = sum(found.values())
    found[TODO] = sum(found.get(status, 0) for status in queue.todo)
    return found


def next_sheet(rows: SheetQuerySet, filters: Filters, queue: Queue, after: Sheet) -> Sheet | None:
    """The sheet that follows in the queue and still waits; from the end it goes back to the first."""
    waiting = narrowed(rows, replace(filters, status=TODO), queue).exclude(pk=after.pk)
    if after.submitted_at is None:
        return waiting.first()
    later = waiting.filter(
        Q(submitted_at__gt=after.submitted_at) | Q(submitted_at=after.submitted_at, branch__code__gt=after.branch.code)
    )
    return later.first() or waiting.first()
