"""What happened beside the scores of a year: visits, polls, consultation, objections, records, extensions. Counts only.

Polls with fewer than five ballots count as polls and nowhere else: neither their ballots nor their score is part of any
sum that is shown (`polls/shown.py` hides them in the same way).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Q, Sum

from ...cycles.models import Cycle, YearPlan
from ...polls.choices import LEAST_SHOWN, Verdict
from ...polls.choices import Status as PollStatus
from ...polls.models import Poll
from ...results.notices.models import Consultation
from ...schemes.loading import scheme_and_layout
from ...sheets.choices import ClaimKind, ClaimStatus
from ...sheets.extending.models import Extension
from ...sheets.models import Claim
from ..ranking_report import mean_up
from .care import STATES, Care
from .year_counts import Line


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


def events_of(plan: YearPlan, cycles: Sequence[Cycle], lines: Sequence[Line]) -> Events:
    """Read them for a whole plan; the caller has asked who may. `lines`: of `year_counts`. Three queries."""
    objections = [line for line in lines if line.what == "objection"]
    outcomes: dict[str, dict[str, int]] = {}
    for line in objections:
        outcomes.setdefault(line.key, {})[line.more] = line.number
    return Events(
        asked=_asked(cycles, lines),
        visits=_visits(lines),
        polls=_polls(plan, cycles),
        consultations=list(
            Consultation.objects.filter(plan=plan)
            .with_counts()
            .annotate(clear_count=Count("replies", filter=Q(replies__opinion="clear")))
            .select_related("cycle")
            .order_by("sent_at", "pk")
        ),
        objections=outcomes,
        corrected=sum(line.further for line in objections),
        records=_records(plan, {line.key: line.number for line in lines if line.what == "veto"}),
    )


def care_of(lines: Sequence[Line]) -> dict[int, Care]:
    """Findings and rectifications of each cycle."""
    found: dict[int, dict[str, int]] = {}
    for line in lines:
        if line.what == "finding":
            sums = found.setdefault(line.cycle, {"findings": 0, "overdue": 0})
            sums["findings"], sums["overdue"] = sums["findings"] + line.number, sums["overdue"] + line.further
            if line.key in STATES:
                sums[line.key] = line.number
    return {cycle: Care(**sums) for cycle, sums in found.items()}


def _asked(cycles: Sequence[Cycle], lines: Sequence[Line]) -> dict[int, Asked]:
    found = {(line.what, line.cycle, line.key): (line.number, line.further) for line in lines}

    def read(what: str, cycle: Cycle, key: str = "") -> tuple[int, int]:
        return found.get((what, cycle.pk, key), (0, 0))

    wanted = Extension.Status
    asked = {}
    for cycle in cycles:
        reasons, sheets = read("remark", cycle)
        granted, refused, waiting = (
            read("extension", cycle, state)[0] for state in (wanted.GRANTED, wanted.REFUSED, wanted.ASKED)
        )
        asked[cycle.pk] = Asked(sheets, reasons, granted, refused, waiting, reopened=read("reopening", cycle)[0])
    return asked


def _visits(lines: Sequence[Line]) -> dict[int, Visits]:
    found: dict[int, dict[str, int]] = {}
    for line in lines:
        if line.what == "visit":
            found.setdefault(line.cycle, {})[line.key] = line.number
    return {cycle: Visits(**states) for cycle, states in found.items()}


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


def _records(plan: YearPlan, vetoes: Mapping[str, int]) -> list[Record]:
    """Accepted penalties and vetoes of current sheets, and the vetoes (by code) recorded for the year as a whole."""
    rows = Claim.objects.filter(sheet__cycle__plan=plan, status=ClaimStatus.ACCEPTED)
    rows = rows.filter(kind__in=(ClaimKind.PENALTY, ClaimKind.VETO)).exclude(sheet__status="superseded").order_by()
    columns = ("kind", "item_code", "sheet__scheme_version__digest", "sheet__scheme_version_id")
    counted = rows.values_list(*columns).annotate(branches=Count("sheet__branch", distinct=True), times=Sum("count"))
    own = plan.scheme_version
    found = [*counted, *((ClaimKind.VETO, code, own.digest, own.pk, *(2 * [n])) for code, n in vetoes.items())]
    lines: dict[tuple[str, str, str], list[int]] = {}
    for kind, code, digest, version, branches, times in found:
        scheme, _layout = scheme_and_layout(digest, version)
        items = scheme.veto if kind == ClaimKind.VETO else scheme.penalty.items
        text = next((item.text for item in items if item.code == code), code)
        line = lines.setdefault((kind, code, text), [0, 0])
        line[0], line[1] = line[0] + branches, line[1] + times
    return [Record(*key, *numbers) for key, numbers in sorted(lines.items())]
