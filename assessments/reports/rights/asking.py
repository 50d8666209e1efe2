"""Trying an office: somebody who holds it alone, here and elsewhere, asks the portal's querysets and rules.

Nothing here says who may do what. An office is put to a row of the portal as if it were held just there (the branch
itself, the organization above it, a team that reviews it), and once more as if it were held where nothing lies; what
only the first may is limited to its place, what the second may too reaches everywhere. Rules about a state are asked
of a copy of the row in the state that favours them. Nothing is written.
"""

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet

from branches.models import Branch, Organization
from members.models import Appointment, User
from members.roles import Role, scope_of

from ...cycles.models import Assignment, Cycle, TeamMembership
from ...sheets.models import Sheet

NOBODY = -1  # key of no account, branch or organization
NOWHERE = "/-/"  # path of no organization
INSPECTORS = (Role.INSPECTOR, Role.LEADER)


@dataclass(frozen=True)
class Sample:
    """Where rows of a kind lie: the rows, and the lookups of their branch, cycle and organization's path."""

    rows: Callable[[], QuerySet]
    branch: str = ""
    cycle: str = ""
    path: str = ""


@dataclass(frozen=True)
class Place:
    """Where an office is put: around one row. `teams` review its branch; empty values where nothing lies."""

    row: int = NOBODY
    branch: int = NOBODY
    path: str = NOWHERE
    teams: tuple[int, ...] = ()


@dataclass(frozen=True)
class About:
    """What a rule is asked about: a sheet, its branch and a team of its reviewers, and the moment."""

    sheet: Sheet
    team: int | None
    at: datetime


Rule = Callable[[User, About], Any]  # an Access
FAR = Place()
IMAGINED = Place(NOBODY - 2, NOBODY - 2, "/+/")  # where an office is put while there is no sheet


@dataclass
class Asked:
    """Places and sheet that a page's questions share, each read once."""

    at: datetime
    samples: dict = field(default_factory=dict)

    def place(self, sample: Sample, role: str) -> Place | None:
        """A row of the sample, for inspectors one whose branch is assigned where there is such; None: no rows."""
        key = (id(sample), role in INSPECTORS)
        if key not in self.samples:
            self.samples[key] = _place(sample, prefers_assigned=role in INSPECTORS)
        return self.samples[key]

    def about(self, role: str) -> tuple[About, Place]:
        """The latest sheet to ask rules about; one that is nowhere stored before the first cycle is opened."""
        place = self.place(SHEETS, role)
        if place is None:
            return About(_imagined(), None, self.at), IMAGINED
        key = ("about", place.row)
        if key not in self.samples:
            rows = Sheet.objects.select_related("branch__organization", "organization", "cycle", "scheme_version")
            self.samples[key] = rows.defer("frozen", "frozen_claims").get(pk=place.row)
        return About(self.samples[key], place.teams[0] if place.teams else None, self.at), place


def _imagined() -> Sheet:
    """A sheet of no branch, never saved."""
    above = Organization(pk=IMAGINED.row, path=IMAGINED.path)
    branch = Branch(pk=IMAGINED.branch, organization=above)
    return Sheet(pk=IMAGINED.row, branch=branch, organization=above, cycle=Cycle(pk=IMAGINED.row))


def _place(sample: Sample, *, prefers_assigned: bool) -> Place | None:
    rows = sample.rows().order_by("-pk")
    named = {"place_branch": sample.branch, "place_path": sample.path, "place_cycle": sample.cycle}
    rows = rows.annotate(**{name: F(lookup) for name, lookup in named.items() if lookup})
    found = None
    if prefers_assigned and sample.branch:
        assigned = Assignment.objects.filter(branch=OuterRef("place_branch"))
        assigned = assigned.filter(cycle=OuterRef("place_cycle")) if sample.cycle else assigned
        found = rows.filter(Exists(assigned)).values("pk", *_given(named)).first()
    found = found or rows.values("pk", *_given(named)).first()
    return None if found is None else _read(found)


def _given(named: Mapping[str, str]) -> list[str]:
    return [name for name, lookup in named.items() if lookup]


def _read(found: Mapping[str, Any]) -> Place:
    branch, cycle = found.get("place_branch"), found.get("place_cycle")
    if branch is None:
        return Place(row=found["pk"])
    teams = Assignment.objects.filter(branch=branch)
    teams = teams.filter(cycle=cycle) if cycle else teams
    listed = tuple(teams.order_by("-cycle_id").values_list("team_id", flat=True)[:3])
    return Place(found["pk"], branch, found.get("place_path") or NOWHERE, listed)


def holder(office: Appointment, place: Place) -> User:
    """Somebody who holds this office alone, as if it were held at that place."""
    user = _inspector(office.role, place) if office.role in INSPECTORS else User(pk=NOBODY, username="-")
    return with_offices(user, [_moved(office, place)])


def with_offices(user: User, offices: Iterable[Appointment]) -> User:
    """A copy of the user with the rights of these offices and no others."""
    alone = copy.copy(user)
    alone.__dict__["scope"] = scope_of(alone, offices)
    return alone


def _moved(office: Appointment, place: Place) -> Appointment:
    moved = Appointment(role=office.role)
    if office.branch_id:
        moved.branch_id = place.branch
    elif office.organization_id:
        moved.organization = type(office.organization)(pk=NOBODY, path=place.path)
    return moved


def _inspector(role: str, place: Place) -> User:
    """A member of the teams there, a leader where leaders are asked about; nobody where there is none."""
    rows = TeamMembership.objects.filter(team__in=place.teams).select_related("user").order_by("team_id", "pk")
    members = list(rows) if place.teams else []
    wanted = [one for one in members if one.is_leader == (role == Role.LEADER)] or members
    return wanted[0].user if wanted else User(pk=NOBODY, username="-")


def like(row: Any, **changes: object) -> Any:
    """A copy of a row in another state; never saved."""
    other = copy.copy(row)
    for name, value in changes.items():
        setattr(other, name, value)
    return other


def _sheets() -> QuerySet:
    return Sheet.objects.current().exclude(submitted_at=None)


SHEETS = Sample(_sheets, "branch_id", "cycle_id", "organization__path")
