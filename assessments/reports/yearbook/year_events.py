"""What happened beside the scores of a year: visits, polls, consultation, objections, records, extensions. Counts only.

Polls with fewer than five ballots count as polls and nowhere else: neither their ballots nor their score is part of any
sum that is shown (`polls/shown.py` hides them in the same way).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Q, Sum

from ...cycles.models import Cycle, YearPlan
from ...inspections.choices import VisitStatus
from ...inspections.models import Visit
from ...polls.choices import LEAST_SHOWN, FactKind, FactStatus, Verdict
from ...polls.choices import Status as PollStatus
from ...polls.models import Poll, YearFact
from ...results.notices.models import Consultation, Objection
from ...schemes.loading import engine_scheme
from ...schemes.models import SchemeVersion
from ...sheets.choices import ClaimKind, ClaimStatus
from ...sheets.extending.models import Extension
from ...sheets.models import Claim, Remark
from ...sheets.reopening.models import Reopening
from ..ranking_report import mean_up
from .care import numbers


@dataclass(frozen=True)
class Asked:
    """Requests of a cycle: extensions, sheets sent back, sealed sheets opened again."""

    sheets_returned: int = 0
    remarks: int = 0
    extensions_granted: int = 0
    extensions_refused: int = 0
    extensions_open: int = 0
    reopened: int = 0


@dataclass(frozen=True)
class Visits:
    """Visits of a cycle by state."""

    planned: int = 0
    in_progress: int = 0
    signed: int = 0
    postponed: int = 0
    cancelled: int = 0

    @property
    def number(self) -> int:
        return self.planned + self.in_progress + self.signed + self.postponed + self.cancelled


@dataclass(frozen=True)
class Polls:
    """Polls of a cycle (None: about the year). `ballots`, `roster`, `mean_up` over the shown ones alone."""

    cycle: Cycle | None
    running: int
    counted: int
    not_counted: int
    void: int
    hidden: int  # closed with fewer than five ballots
    shown: int
    ballots: int | None
    roster: int | None
    mean_up: int | None


@dataclass(frozen=True)
class Record:
    """An item of penalties or vetoes: on how many sheets it stands accepted, and how many times."""

    kind: str
    code: str
    text: str
    branches: int
    times: int


@dataclass(frozen=True)
class Events:
    """All of it."""

    asked: dict[int, Asked]
    visits: dict[int, Visits]
    polls: Sequence[Polls]
    consultations: Sequence[Consultation]  # with counts
    objections: dict[str, dict[str, int]] = field(default_factory=dict)  # by channel, by outcome
    corrected: int = 0  # objections that led to a sheet opened again
    records: Sequence[Record] = ()


def events_of(plan: YearPlan, cycles: Sequence[Cycle]) -> Events:
    """Read them for a whole plan; the caller has asked who may. Ten queries."""
    objections = Objection.objects.filter(notice__publication__tally__plan=plan).order_by()
    outcomes: dict[str, dict[str, int]] = {}
    corrected = 0
    for channel, status, number, reopened in objections.values_list("channel", "status").annotate(
        **numbers(Q(), Q(reopening__isnull=False))
    ):
        outcomes.setdefault(channel, {})[status] = number
        corrected += reopened
    return Events(
        asked=_asked(cycles),
        visits=_visits(cycles),
        polls=_polls(plan, cycles),
        consultations=list(
            Consultation.objects.filter(plan=plan)
            .with_counts()
            .annotate(clear_count=Count("replies", filter=Q(replies__opinion="clear")))
            .select_related("cycle")
            .order_by("sent_at", "pk")
        ),
        objections=outcomes,
        corrected=corrected,
        records=_records(plan),
    )


def _asked(cycles: Sequence[Cycle]) -> dict[int, Asked]:
    keys = [cycle.pk for cycle in cycles]
    remarks = Remark.objects.filter(sheet__cycle__in=keys).order_by().values_list("sheet__cycle_id")
    counted = remarks.annotate(sheets=Count("sheet", distinct=True), reasons=Count("pk"))
    returned = {cycle: (sheets, reasons) for cycle, sheets, reasons in counted}
    wanted = Extension.Status
    rows = Extension.objects.filter(cycle__in=keys).order_by().values_list("cycle_id")
    states = (wanted.GRANTED, wanted.REFUSED, wanted.ASKED)
    extended = {cycle: found for cycle, *found in rows.annotate(**numbers(*[Q(status=state) for state in states]))}
    granted = Reopening.objects.filter(sheet__cycle__in=keys, status=Reopening.Status.GRANTED).order_by()
    reopened = dict(granted.values_list("sheet__cycle_id").annotate(Count("pk")))
    found = {}
    for key in keys:
        sheets, reasons = returned.get(key, (0, 0))
        allowed, refused, waiting = extended.get(key, (0, 0, 0))
        found[key] = Asked(sheets, reasons, allowed, refused, waiting, reopened.get(key, 0))
    return found


def _visits(cycles: Sequence[Cycle]) -> dict[int, Visits]:
    rows = Visit.objects.filter(plan__cycle__in=cycles).order_by().values_list("plan__cycle_id")
    states = (
        VisitStatus.PLANNED,
        VisitStatus.IN_PROGRESS,
        VisitStatus.SIGNED,
        VisitStatus.POSTPONED,
        VisitStatus.CANCELLED,
    )
    counted = rows.annotate(**numbers(*[Q(status=state) for state in states]))
    return {cycle: Visits(*found) for cycle, *found in counted}


def _polls(plan: YearPlan, cycles: Sequence[Cycle]) -> list[Polls]:
    found: dict[int | None, list[tuple]] = {}
    columns = ("cycle_id", "status", "verdict", "ballots", "roster", "score_up")
    for cycle, *row in Poll.objects.filter(plan=plan).order_by().values_list(*columns):
        found.setdefault(cycle, []).append(tuple(row))
    wanted: list[Cycle | None] = [*cycles, None]
    return [poll_line(cycle, found[key]) for cycle in wanted if (key := cycle.pk if cycle else None) in found]


def poll_line(cycle: Cycle | None, rows: Sequence[tuple]) -> Polls:
    """Polls (status, verdict, ballots, roster, score) of a cycle as one line, without what small ones would tell."""
    closed = [row for row in rows if row[0] == PollStatus.CLOSED]
    shown = [row for row in closed if row[2] >= LEAST_SHOWN]
    counted = [row for row in closed if row[1] == Verdict.COUNTED]
    void = sum(row[0] == PollStatus.VOID for row in rows)
    return Polls(
        cycle=cycle,
        running=len(rows) - len(closed) - void,
        counted=len(counted),
        not_counted=len(closed) - len(counted),
        void=void,
        hidden=len(closed) - len(shown),
        shown=len(shown),
        ballots=sum(row[2] for row in shown) if shown else None,
        roster=sum(row[3] for row in shown) if shown else None,
        mean_up=mean_up([row[4] for row in shown if row[1] == Verdict.COUNTED and row[4] is not None]),
    )


def _records(plan: YearPlan) -> list[Record]:
    """Accepted penalties and vetoes of current sheets, and vetoes recorded for the year as a whole."""
    rows = Claim.objects.filter(sheet__cycle__plan=plan, status=ClaimStatus.ACCEPTED)
    rows = rows.filter(kind__in=(ClaimKind.PENALTY, ClaimKind.VETO)).exclude(sheet__status="superseded").order_by()
    columns = ("kind", "item_code", "sheet__scheme_version_id")
    found = [
        (*row, branches, times)
        for *row, branches, times in rows.values_list(*columns).annotate(
            branches=Count("sheet__branch", distinct=True), times=Sum("count")
        )
    ]
    facts = YearFact.objects.filter(plan=plan, kind=FactKind.VETO, status=FactStatus.ACCEPTED).order_by()
    found += [(ClaimKind.VETO, code, plan.scheme_version_id, number, number) for code, number in facts.values_list(
        "code").annotate(Count("pk"))]  # fmt: skip
    versions = SchemeVersion.objects.in_bulk({row[2] for row in found}) if found else {}
    lines: dict[tuple[str, str, str], list[int]] = {}
    for kind, code, version, branches, times in found:
        scheme = engine_scheme(versions[version])
        items = scheme.veto if kind == ClaimKind.VETO else scheme.penalty.items
        text = next((item.text for item in items if item.code == code), code)
        line = lines.setdefault((kind, code, text), [0, 0])
        line[0], line[1] = line[0] + branches, line[1] + times
    return [Record(*key, *numbers) for key, numbers in sorted(lines.items())]
