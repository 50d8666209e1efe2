"""What the page of reports and files offers: periods, units, own branches' papers, latest files."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from branches.models import Branch, Sector, Unit
from branchportal.access import Access
from branchportal.models import Job

from ..cycles.models import Cycle
from ..results.models import Result, Tally
from ..results.ranking import tally_choices
from ..sheets.models import Sheet
from . import rules
from .ranking_report import period_name

if TYPE_CHECKING:
    from members.models import User

LATEST = 8
PAPERS = 12


@dataclass(frozen=True)
class Choice:
    """A tally with its name for the list."""

    pk: int
    name: str
    tally: Tally


@dataclass(frozen=True)
class FilesPage:
    """All that the page shows; `tally` is None where nothing was tallied (or published) yet."""

    choices: Sequence[Choice]
    tally: Tally | None
    period: str
    unit: Unit | None
    units: Sequence[Unit]
    ranking: Access | None
    archive: Access | None
    results: Sequence[Result]
    result_count: int
    blank: Access
    cycles: Sequence[Cycle]
    sectors: Sequence[Sector]
    sheets: Sequence[Sheet]
    slips: Access
    jobs: Sequence[Job]

    @property
    def has_many_branches(self) -> bool:
        """Whether the forms must name their branch."""
        return len({sheet.branch_id for sheet in self.sheets}) > 1


def files_page(user: "User", tally_key: str = "", unit_key: str = "") -> FilesPage:
    """Read the page for a user; unknown keys fall back to the newest period and to all units. 12 queries at most."""
    choices = [Choice(tally.pk, period_name(tally), tally) for tally in tally_choices(user)]
    tally = next((one.tally for one in choices if str(one.pk) == tally_key), choices[0].tally if choices else None)
    units = _units(user)
    unit = next((one for one in units if str(one.pk) == unit_key), None)
    results, count = _results(user, tally, unit)
    blank = rules.can_print_blank_form(user)
    return FilesPage(
        choices=choices,
        tally=tally,
        period=period_name(tally) if tally else "",
        unit=unit,
        units=units,
        ranking=rules.can_export_ranking(user, tally) if tally else None,
        archive=rules.can_print_all(user, tally) if tally else None,
        results=results,
        result_count=count,
        blank=blank,
        cycles=list(Cycle.objects.exclude(status=Cycle.Status.PLANNED).order_by("-starts_on")[:8]) if blank else [],
        sectors=list(Sector.objects.all()) if blank else [],
        sheets=_own_sheets(user),
        slips=rules.can_print_slips(user),
        jobs=list(Job.objects.filter(owner=user, task__startswith="reports.")[:LATEST]),
    )


def _units(user: "User") -> list[Unit]:
    """Units with a branch that the user sees."""
    branches = Branch.objects.visible_to(user)
    return list(Unit.objects.filter(pk__in=branches.values("unit")).order_by("code"))


def _results(user: "User", tally: Tally | None, unit: Unit | None) -> tuple[list[Result], int]:
    """The first papers of the choice, and how many there are."""
    if tally is None or not rules.can_print_result(user, tally):
        return [], 0
    rows = Result.objects.visible_to(user).filter(tally=tally)
    if unit is not None:
        rows = rows.filter(unit=unit)
    return list(rows.for_table().order_by("position")[:PAPERS]), rows.count()


def _own_sheets(user: "User") -> list[Sheet]:
    """The sheets of the branches the user fills in for, newest first: their forms can be printed."""
    mine = Q(branch_id__in=user.scope.branch_ids)
    if not user.scope.branch_ids:
        return []
    return list(Sheet.objects.visible_to(user).current().filter(mine).for_table().order_by("-cycle__starts_on")[:5])
