"""What a tally reads: the sealed sheets of a cycle as arrays, and why a branch has none."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from django.db import connection
from django.db.models import Case, Exists, Min, OuterRef, Q, TextField, Value, When

from branches.models import Branch

from ..cycles.covering import covered
from ..cycles.models import Cycle, Step, YearPlan
from ..schemes.loading import engine_scheme, layout_of
from ..schemes.models import SchemeVersion
from ..scoring import UNKNOWN_STARS, Batch, Branches, BranchFacts, Figures, Scheme
from ..scoring.numbers import IntArray
from ..sheets.choices import Status
from ..sheets.freezing import read_claims_of
from ..sheets.models import Sheet
from .earlier.history import previous_stars
from .frozen import FEW, frozen_rows
from .models import Result, Tally

SEALED = (Status.APPROVED, Status.SEALED)
NO_SHEET = "no_sheet"
T = TypeVar("T")


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
    frozen_claims: str

    @property
    def is_sealed(self) -> bool:
        return bool(self.digest)

    @property
    def is_exempt(self) -> bool:
        return self.status == Status.EXEMPT


@dataclass(frozen=True)
class Group:
    """The branches scored under one scheme version, in the order of their codes, and what the engine makes its arrays
    of. A year under one scheme is one group.
    """

    cycle: Cycle | None
    version: SchemeVersion
    scheme: Scheme
    entries: Sequence[Entry]
    batch: Batch
    figures: Mapping[str, Figures] = field(default_factory=dict)  # of a year, by period, in the order of the entries


@dataclass(frozen=True)
class Inputs:
    """What a tally of a period or a year is made of: groups in the order of their schemes' codes and versions."""

    plan: YearPlan
    cycle: Cycle | None
    groups: Sequence[Group]
    quarters: Mapping[str, Tally] = field(default_factory=dict)  # of a year, by period
    facts: Mapping[int, Sequence[tuple]] = field(default_factory=dict)  # of a year, by branch id (`year_facts`)

    @cached_property
    def entries(self) -> Sequence[Entry]:
        """Of all groups, in the order of branch codes."""
        return in_order(self.groups, [group.entries for group in self.groups])

    @property
    def period(self) -> str:
        """As files write it: "2026Q3", or "2026" for the year."""
        return f"{self.plan.year}{self.cycle.period if self.cycle else ''}"


def in_order(groups: Sequence[Group], values: Sequence[Sequence[Any]]) -> Sequence[Any]:
    """A value for each branch of each group, in the order of branch codes over all groups."""
    if len(groups) == 1:
        return values[0]
    codes = [entry.code for group in groups for entry in group.entries]
    every = list(chain.from_iterable(values))
    return [every[at] for at in sorted(range(len(codes)), key=codes.__getitem__)]


def grouped(plan: YearPlan, entries: Iterable[Entry]) -> list[tuple[SchemeVersion, list[Entry]]]:
    """Entries by the scheme version of their sector, both in order; one group, which may be empty, at least."""
    ordered = sorted(entries, key=itemgetter(0))
    own = plan.sector_versions
    if not own:
        return [(plan.scheme_version, ordered)]
    found: dict[SchemeVersion, list[Entry]] = {}
    for entry in ordered:
        found.setdefault(own.get(entry.sector_id) or plan.scheme_version, []).append(entry)
    return sorted(found.items(), key=_by_code) or [(plan.scheme_version, [])]


def _by_code(item: tuple[SchemeVersion, object]) -> tuple[str, str]:
    return item[0].scheme.code, item[0].version


def cycle_inputs(cycle: Cycle, *, lean: bool = False, after_portion: Callable[[int], object] = bool) -> Inputs:
    """The sheets of a cycle as they stand, and the branches that have none. `lean`: see `inputs_of`.

    `after_portion` hears how many sheets have been read, and may raise to stop.
    """
    return inputs_of(cycle, cycle_entries(cycle), lean=lean, after_portion=after_portion)


def cycle_entries(cycle: Cycle) -> list[Entry]:
    """Who is tallied and on what, in the order of branch codes."""
    stars = previous_stars(cycle.plan)
    return sorted([*_sheet_entries(cycle, stars), *_branches_without_sheet(cycle, stars)], key=itemgetter(0))


# Names by subqueries: with four joins more the database plans longer than it reads.
ONE_BRANCH = """
SELECT result.id, result.sector_id, result.position, result.sort_up, result.previous_stars,
  (SELECT code FROM branches_branch WHERE id = sheet.branch_id), sheet.branch_id, sheet.id, sheet.organization_id,
  (SELECT code FROM branches_organization WHERE id = sheet.organization_id), sheet.sector_id,
  (SELECT code FROM branches_sector WHERE id = sheet.sector_id), sheet.unit_id, sheet.digest, sheet.status,
  sheet.submitted_at >= (SELECT MIN(ends_at) FROM assessments_step WHERE cycle_id = sheet.cycle_id AND kind = 'self'),
  sheet.exempt_reason, sheet.frozen_claims, sheet.frozen
FROM assessments_result result
JOIN assessments_sheet sheet
  ON sheet.cycle_id = %s AND sheet.branch_id = result.branch_id AND sheet.status <> 'superseded'
WHERE result.tally_id = %s AND result.branch_id = %s
"""
KNOWN = ("id", "sector_id", "position", "sort_up", "previous_stars")


def stored_and_now(tally: Tally, branch_id: int) -> tuple[Result, Group] | None:
    """A branch's result in a cycle's tally (its columns KNOWN), and its sheet as `cycle_inputs` would have it now.

    By one plain statement; None where either is missing.
    """
    with connection.cursor() as cursor:
        cursor.execute(ONE_BRANCH, [tally.cycle_id, tally.pk, branch_id])
        row = cursor.fetchone()
    if row is None:
        return None
    stored = Result(**dict(zip(KNOWN, row, strict=False)), tally=tally)
    *who, digest, status, is_late, exempt_reason, claims, frozen = row[len(KNOWN) :]
    stars = stored.previous_stars
    if status in SEALED:
        entry = Entry._make((*who, digest, Status.APPROVED.value, bool(is_late), stars, "", claims))
    else:
        entry = Entry._make((*who, "", status, bool(is_late), stars, exempt_reason, ""))
    cycle = cast(Cycle, tally.cycle)
    ((version, entries),) = grouped(cycle.plan, [entry])
    return stored, group_of(cycle, version, entries, known={entry.sheet_id or 0: frozen})


def described_inputs(cycle: Cycle) -> Inputs:
    """The same without the sealed marks: enough for the digest of the inputs."""
    groups = []
    for version, entries in grouped(cycle.plan, cycle_entries(cycle)):
        scheme = engine_scheme(version)
        groups.append(Group(cycle, version, scheme, entries, Batch.of(scheme, cycle.period, [])))
    return Inputs(cycle.plan, cycle, groups)


def stored_inputs(tally: Tally) -> Inputs:
    """What a cycle's tally read at its time: from its results and their sheets, which never change."""
    rows = Result.objects.filter(tally=tally).values_list(
        "branch__code", "branch_id", "sheet_id", "organization_id", "organization__code", "sector_id", "sector__code",
        "unit_id", "sheet__digest", "status", "is_late", "previous_stars", "sheet__exempt_reason",
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
    return entry._replace(digest="", status=status, exempt_reason="", frozen_claims="")


def inputs_of(
    cycle: Cycle, entries: Iterable[Entry], *, lean: bool = False, after_portion: Callable[[int], object] = bool
) -> Inputs:
    """Entries as one batch for each scheme: sealed columns become arrays, the others stay rows without marks.

    `lean` leaves out what comes before the first stage that the scheme scores.
    """
    groups: list[Group] = []
    for version, some in grouped(cycle.plan, entries):
        read = sum(len(group.entries) for group in groups)
        heed = (lambda done, read=read: after_portion(read + done)) if read else after_portion
        groups.append(group_of(cycle, version, some, lean=lean, after_portion=heed))
    return Inputs(cycle.plan, cycle, groups)


def group_of(
    cycle: Cycle,
    version: SchemeVersion,
    ordered: Sequence[Entry],
    *,
    lean: bool = False,
    after_portion: Callable[[int], object] = bool,
    known: Mapping[int, bytes | memoryview] | None = None,
) -> Group:
    """Entries (in the order of their codes) of sectors that are scored under `version`, as one batch.

    `known`: sealed columns by sheet id, where they were read already.
    """
    scheme = engine_scheme(version)
    if cycle.purpose == Cycle.Purpose.PROGRESS:
        scheme = without_quotas(scheme)
    sealed = [at for at, entry in enumerate(ordered) if entry.digest]
    ids = [entry.sheet_id if entry.digest else 0 for entry in ordered]
    stages = scored_stages(scheme) if lean else None
    with _beside(len(sealed) > FEW, read_claims_of, [ordered[at].frozen_claims for at in sealed]) as claims_read:
        marks, given = frozen_rows(
            layout_of(version), cycle.pk, ids, version=version.pk, stages=stages, after_portion=after_portion,
            known=known,
        )  # fmt: skip
        thawed = claims_read()
    facts = thawed.facts
    if len(sealed) < len(ordered):
        facts = [BranchFacts("", entry.sector, entry.organization) for entry in ordered]
        for at, seen in zip(sealed, thawed.facts, strict=True):
            facts[at] = seen
    batch = Batch.of(
        scheme,
        cycle.period,
        branches_of(ordered, facts),
        marks=marks,
        given=given,
        claims=[replace(claim, branch=sealed[claim.branch]) for claim in thawed.claims]
        if len(sealed) < len(ordered)
        else thawed.claims,
        vetoes=[(sealed[at], code) for at, code in thawed.vetoes],
    )
    return Group(cycle, version, scheme, ordered, batch)


@contextmanager
def _beside(is_long: bool, work: Callable[[list[str]], T], texts: list[str]) -> Iterator[Callable[[], T]]:
    """`work(texts)`: in a thread of its own, while the database sends other columns, where that is worth one."""
    if not is_long:
        yield lambda: work(texts)
        return
    with ThreadPoolExecutor(1) as helper:
        yield helper.submit(work, texts).result


def scored_stages(scheme: Scheme) -> set[str]:
    """The stages whose marks a tally reads."""
    return {component.source for component in scheme.components}


def branches_of(entries: Sequence[Entry], facts: Sequence[BranchFacts]) -> Branches:
    """Branches as the engine's columns; `facts` (in the order of the entries) may be few objects, many times each."""
    sector, sector_names = _numbered([fact.sector for fact in facts])
    committee, committee_names = _numbered([fact.committee for fact in facts])
    stars = [UNKNOWN_STARS if entry.previous_stars is None else entry.previous_stars for entry in entries]
    exempt = Status.EXEMPT.value
    return Branches(
        codes=tuple([entry.code for entry in entries]),
        sector=sector,
        sector_names=sector_names,
        committee=committee,
        committee_names=committee_names,
        exempt=np.array([entry.status == exempt for entry in entries], dtype=np.bool_),
        previous_stars=np.array(stars, dtype=np.int64),
        has_committee=np.array([fact.has_committee for fact in facts], dtype=np.bool_),
        has_groups=np.array([fact.has_groups for fact in facts], dtype=np.bool_),
    )


def _numbered(names: Sequence[str]) -> tuple[IntArray, tuple[str, ...]]:
    """Names as numbers into their sorted set."""
    kinds = tuple(sorted(set(names)))
    places = {name: at for at, name in enumerate(kinds)}
    return np.array([places[name] for name in names], dtype=np.int64), kinds


def without_quotas(scheme: Scheme) -> Scheme:
    """For a cycle that gives feedback only: scores and the stars they would open, no places to fill, no ties.

    Made once per scheme object, as its layout is.
    """
    found = scheme.__dict__.get("_without_quotas")
    if found is None:
        found = replace(scheme, bands=tuple(replace(band, quota=None) for band in scheme.bands))
        scheme.__dict__["_without_quotas"] = found
    return found


def _sheet_entries(cycle: Cycle, stars: Mapping[int, int]) -> Iterable[Entry]:
    """Rows come as entries from the database: at a hundred thousand, each step in Python would count."""
    deadline = Step.objects.filter(cycle=cycle, kind=Step.Kind.SELF).aggregate(at=Min("ends_at"))["at"]
    sheets = Sheet.objects.filter(cycle=cycle).current().order_by()
    sealed = Q(status__in=SEALED)
    rows = sheets.values_list(
        "branch__code", "branch_id", "pk", "organization_id", "organization__code", "sector_id", "sector__code",
        "unit_id",
        Case(When(sealed, then="digest"), default=Value("")),
        Case(When(sealed, then=Value(Status.APPROVED.value)), default="status"),
        Case(When(submitted_at__gte=deadline, then=True), default=False) if deadline else Value(False),
        Value(None, output_field=TextField()),
        Case(When(sealed, then=Value("")), default="exempt_reason"),
        Case(When(sealed, then="frozen_claims"), default=Value(""), output_field=TextField()),
    )  # fmt: skip
    found = map(Entry._make, rows)  # a server-side cursor would lay all rows aside first
    return found if not stars else (one._replace(previous_stars=stars.get(one.branch_id)) for one in found)


def _branches_without_sheet(cycle: Cycle, stars: Mapping[int, int]) -> Iterable[Entry]:
    """Active branches of the sectors that the year's schemes are meant for, which existed in the period."""
    existed = Q(founded_on=None) | Q(founded_on__lte=cycle.ends_on)
    existed &= Q(dissolved_on=None) | Q(dissolved_on__gte=cycle.starts_on)
    # Not “in a list”: beyond its working memory PostgreSQL would read a list of a million once for each branch.
    asked = Exists(Sheet.objects.filter(cycle=cycle, branch=OuterRef("pk")).current())
    rows = Branch.objects.filter(existed, covered(cycle.plan), ~asked, is_active=True)
    columns_of = ("code", "pk", "organization_id", "organization__code", "sector_id", "sector__code", "unit_id")
    for code, pk, *columns in rows.values_list(*columns_of):
        yield Entry._make((code, pk, None, *columns, "", NO_SHEET, False, stars.get(pk), "", ""))
