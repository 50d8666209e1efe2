"""Sheets of a cycle in which not everybody is reviewed: the list of branches under review, and approval by list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from branches.models import Branch
from branchportal.bulk import insert_rows
from branchportal.models import AuditEntry
from members.models import User

from ..cycles.models import Cycle, Team
from ..sheets.choices import Status
from ..sheets.listing.models import ApprovalList, ListedSheet
from ..sheets.models import Sheet
from . import traces
from .calendar import Quarter
from .city import City, team_of
from .quarters import SheetWriter

COLUMNS = ("approval_list", "sheet", "sheet_version", "status", "reason")
CHANGED = "名单准备后评分表有改动，请列入新的名单。"


APPROVED_AFTER = timedelta(hours=3)
TEAM = 1  # the second team's leader prepares a list of the team's branches


def listed_at(quarter: Quarter) -> datetime:
    """When the lists of a cycle were prepared: the last preliminary reviews are over."""
    return quarter.step("preliminary")[1] + timedelta(days=2)


@dataclass(frozen=True)
class Listing:
    """Who puts a branch's sheet on a list, and who approves it."""

    number: int
    prepared_by: User
    decided_by: User
    team: Team | None = None


class ScopedWriter(SheetWriter):
    """Writes sheets as `SheetWriter` does; those of `listed` (by branch id) went from the department to a list."""

    listed: dict[int, Listing]

    def people(self, branch: Branch) -> tuple[User, User | None, User, User]:
        """As everywhere; for a listed sheet the one who prepared the list and the one who approved it."""
        secretary, department, inspector, leader = super().people(branch)
        listing = self.listed.get(branch.pk)
        if listing is None:
            return secretary, department, inspector, leader
        return secretary, department, listing.prepared_by, listing.decided_by

    def _moves(self, at: int, branch: Branch) -> list[tuple[str, User | None, datetime]]:
        """A listed sheet was never under review; it was approved with its list, after the preliminary review."""
        moves = super()._moves(at, branch)
        if branch.pk not in self.listed:
            return moves
        approved = listed_at(self.quarter) + APPROVED_AFTER
        return [*moves[:2], ("", None, moves[2][2]), ("sheet.approved", self.listed[branch.pk].decided_by, approved)]


def plan_lists(city: City, outside: Sequence[Branch], teams: Sequence[Team]) -> dict[int, Listing]:
    """Who lists and approves which branch, by branch id: one team's leader those of the team, the office all others."""
    people, leader = city.people, city.teams[TEAM][0]
    own = Listing(2, leader, people["authority1"], teams[TEAM])
    other = Listing(3, people["office1"], people["office2"])
    return {branch.pk: own if team_of(branch) == TEAM else other for branch in outside}


def write_lists(cycle: Cycle, listed: Mapping[int, Listing], at: datetime) -> None:
    """The lists as they ended: a first one taken back, those that approved the sheets, a last one for what was left.

    The last sheet of the office's list was changed after it was prepared, so it went on the next list. `at`: when the
    lists were prepared.
    """
    sheets = Sheet.objects.filter(cycle=cycle, branch__in=listed, status__in=(Status.APPROVED, Status.SEALED))
    rows = list(sheets.order_by("branch__code").values_list("pk", "branch"))
    of: dict[Listing, list[int]] = {}
    for sheet, branch in rows:
        of.setdefault(listed[branch], []).append(sheet)
    ordered = sorted(of, key=lambda listing: listing.number)
    _write(cycle, 1, ordered[-1], [sheet for sheet, _branch in rows], at - timedelta(days=2), taken_back=True)
    for listing in ordered:
        refused = of[listing][-1:] if listing is ordered[-1] else []
        _write(cycle, listing.number, listing, of[listing], at, refused=refused)
        if refused:
            _write(cycle, listing.number + 1, listing, refused, at + APPROVED_AFTER + timedelta(hours=1))


def _write(
    cycle: Cycle,
    number: int,
    listing: Listing,
    sheets: Sequence[int],
    at: datetime,
    *,
    taken_back: bool = False,
    refused: Sequence[int] = (),
) -> None:
    decided = at + APPROVED_AFTER
    made = ApprovalList.objects.create(
        cycle=cycle, number=number, team=listing.team, prepared_by=listing.prepared_by, prepared_at=at,
        status=ApprovalList.Status.WITHDRAWN if taken_back else ApprovalList.Status.APPROVED,
        decided_by=None if taken_back else listing.decided_by, decided_at=decided,
    )  # fmt: skip
    end = ListedSheet.Status.WITHDRAWN if taken_back else ListedSheet.Status.APPROVED
    states = [(pk, ListedSheet.Status.REFUSED if pk in refused else end) for pk in sheets]
    insert_rows(ListedSheet, COLUMNS, [(made.pk, pk, 3, s.value, CHANGED if pk in refused else "") for pk, s in states])
    actions = [("prepared", listing.prepared_by, at)]
    if taken_back:
        actions.append(("withdrawn", listing.prepared_by, decided))
    else:
        actions += [("approved", listing.decided_by, decided), ("finished", listing.decided_by, decided)]
    rows = [
        (when, who.pk, "", f"approval_list.{what}", made._meta.label_lower, made.pk, str(made), None, None, "", "")
        for what, who, when in actions
    ]
    insert_rows(AuditEntry, traces.COLUMNS, rows)
