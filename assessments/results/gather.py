"""What a tally reads: the sealed sheets of a cycle, and why a branch has none. No object per sheet is made."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from django.db.models import Min, Q

from branches.models import Branch

from ..cycles.models import Cycle, Step, YearPlan
from ..schemes.loading import engine_scheme
from ..schemes.models import SchemeVersion
from ..scoring import Batch, BranchFacts, Figures, Scheme
from ..sheets.choices import Status
from ..sheets.freezing import thaw
from ..sheets.models import Sheet
from .models import Result, Tally

SEALED = (Status.APPROVED, Status.SEALED)
NO_SHEET = "no_sheet"


class Entry(NamedTuple):
    """One branch of a tally: who it is, what was sealed, or why nothing was."""

    code: str
    branch_id: int
    sheet_id: int | None
    organization_id: int
    organization: str
    sector_id: int
    sector: str
    unit_id: int
    digest: str  # of the sealed sheet; empty: there is none
    status: str  # of the sheet, or NO_SHEET
    is_late: bool
    previous_stars: int | None
    exempt_reason: str
    frozen: bytes | None
    frozen_claims: str

    @property
    def is_sealed(self) -> bool:
        return self.frozen is not None

    @property
    def is_exempt(self) -> bool:
        return self.status == Status.EXEMPT


@dataclass(frozen=True)
class Inputs:
    """The entries of a period in the order of branch codes, and what the engine makes its arrays of."""

    plan: YearPlan
    cycle: Cycle | None
    version: SchemeVersion
    scheme: Scheme
    entries: Sequence[Entry]
    batch: Batch
    quarters: Mapping[str, Tally] = field(default_factory=dict)  # of a year, by period
    figures: Mapping[str, Figures] = field(default_factory=dict)  # of a year, by period, in the order of the entries

    @property
    def period(self) -> str:
        """As files write it: "2026Q3", or "2026" for the year."""
        return f"{self.plan.year}{self.cycle.period if self.cycle else ''}"


def cycle_inputs(cycle: Cycle) -> Inputs:
    """The sheets of a cycle as they stand, and the branches that have none."""
    stars = previous_stars(cycle.plan)
    entries = [*_sheet_entries(cycle), *_branches_without_sheet(cycle)]
    return inputs_of(cycle, [entry._replace(previous_stars=stars.get(entry.branch_id)) for entry in entries])


def stored_inputs(tally: Tally) -> Inputs:
    """What a cycle's tally read at its time: from its results and their sheets, which never change."""
    rows = Result.objects.filter(tally=tally).values_list(
        "branch__code", "branch_id", "sheet_id", "organization_id", "organization__code", "sector_id", "sector__code",
        "unit_id", "sheet__digest", "status", "is_late", "previous_stars", "sheet__exempt_reason", "sheet__frozen",
        "sheet__frozen_claims", "reasons",
    )  # fmt: skip
    return inputs_of(tally.cycle, [_stored_entry(row) for row in rows])


def _stored_entry(row: Sequence) -> Entry:
    *columns, reasons = row
    entry = Entry(*columns)
    first = reasons[0] if reasons else {}
    if entry.status == Result.Status.EXEMPT:
        return _unsealed(entry, Status.EXEMPT)._replace(exempt_reason=first["text"])
    if first.get("code") == "not_approved":
        return _unsealed(entry, first["status"])
    if first.get("code") == NO_SHEET:
        return _unsealed(entry, NO_SHEET)
    return entry._replace(status=Status.APPROVED, exempt_reason="")


def _unsealed(entry: Entry, status: str) -> Entry:
    return entry._replace(digest="", status=status, exempt_reason="", frozen=None, frozen_claims="")


def inputs_of(cycle: Cycle, entries: Iterable[Entry]) -> Inputs:
    """Entries as one batch: sealed columns become arrays by one `np.frombuffer`, the others stay without marks."""
    version = cycle.scheme_version
    scheme = engine_scheme(version)
    if cycle.purpose == Cycle.Purpose.PROGRESS:
        scheme = without_quotas(scheme)
    ordered = sorted(entries)
    sealed = [at for at, entry in enumerate(ordered) if entry.is_sealed]
    thawed = thaw(version, [ordered[at].frozen for at in sealed], [ordered[at].frozen_claims for at in sealed])
    facts = [_facts(entry) for entry in ordered]
    for at, seen in zip(sealed, thawed.facts, strict=True):
        facts[at] = replace(seen, code=ordered[at].code, previous_stars=ordered[at].previous_stars)
    batch = Batch.of(
        scheme,
        cycle.period,
        facts,
        claims=[replace(claim, branch=sealed[claim.branch]) for claim in thawed.claims],
        vetoes=[(sealed[at], code) for at, code in thawed.vetoes],
    )
    batch.marks[sealed], batch.given[sealed] = thawed.marks, thawed.given
    return Inputs(cycle.plan, cycle, version, scheme, ordered, batch)


def without_quotas(scheme: Scheme) -> Scheme:
    """For a cycle that gives feedback only: scores and the stars they would open, no places to fill, no ties."""
    return replace(scheme, bands=tuple(replace(band, quota=None) for band in scheme.bands))


def previous_stars(plan: YearPlan) -> dict[int, int]:
    """Stars by branch in the last published year before this one."""
    published = Tally.objects.filter(cycle=None, status=Tally.Status.PUBLISHED, plan__year__lt=plan.year)
    last = published.order_by("-plan__year", "-number").values_list("pk", flat=True).first()
    if last is None:
        return {}
    rows = Result.objects.filter(tally=last, status=Result.Status.RATED)
    return dict(rows.values_list("branch_id", "stars"))


def _facts(entry: Entry) -> BranchFacts:
    return BranchFacts(entry.code, entry.sector, entry.organization, entry.is_exempt, entry.previous_stars)


def _sheet_entries(cycle: Cycle) -> Iterable[Entry]:
    deadline = Step.objects.filter(cycle=cycle, kind=Step.Kind.SELF).aggregate(at=Min("ends_at"))["at"]
    rows = Sheet.objects.filter(cycle=cycle).current().values_list(
        "branch__code", "branch_id", "pk", "organization_id", "organization__code", "sector_id", "sector__code",
        "unit_id", "digest", "status", "submitted_at", "exempt_reason", "frozen", "frozen_claims",
    )  # fmt: skip
    for *columns, status, submitted_at, exempt_reason, frozen, claims in rows.iterator(chunk_size=2000):
        is_late = bool(deadline and submitted_at and submitted_at >= deadline)
        entry = Entry._make((*columns, status, is_late, None, "", frozen, claims))
        if status in SEALED:
            yield entry._replace(status=Status.APPROVED)
        else:
            yield _unsealed(entry, status)._replace(exempt_reason=exempt_reason)


def _branches_without_sheet(cycle: Cycle) -> Iterable[Entry]:
    """Active branches of the scheme's sectors that existed in the period."""
    existed = Q(founded_on=None) | Q(founded_on__lte=cycle.ends_on)
    existed &= Q(dissolved_on=None) | Q(dissolved_on__gte=cycle.starts_on)
    asked = Sheet.objects.filter(cycle=cycle).current().values("branch")
    rows = Branch.objects.filter(existed, is_active=True).exclude(pk__in=asked)
    if sectors := engine_scheme(cycle.scheme_version).sectors:
        rows = rows.filter(sector__code__in=sectors)
    columns_of = ("code", "pk", "organization_id", "organization__code", "sector_id", "sector__code", "unit_id")
    for columns in rows.values_list(*columns_of):
        yield Entry._make((*columns[:2], None, *columns[2:], "", NO_SHEET, False, None, "", None, ""))
