"""What a person's offices let her do, kind by kind: the read model of the page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from members.models import Appointment, User
from members.roles import Role

from .asking import FAR, INSPECTORS, Asked, Place, holder
from .kinds import Act, Group, Kind, groups

NONE, OWN, BELOW, ASSIGNED, ALL, UNKNOWN = "none", "own", "below", "assigned", "all", "unknown"


@dataclass(frozen=True)
class Reach:
    """How far something goes, by which office; `words` name what is done, empty for seeing."""

    scope: str
    text: str
    office: Appointment
    words: str = ""


@dataclass(frozen=True)
class Row:
    """One kind: how far each office of the person lets her see, write and decide; empty where none does."""

    kind: Kind
    sees: list[Reach]
    writes: list[Reach]
    decides: list[Reach]
    is_unknown: bool = False  # no row of the kind exists yet, so the portal cannot be asked who sees it
    is_unassigned: bool = False  # nothing is assigned yet, so what inspectors do cannot be asked

    @property
    def is_none(self) -> bool:
        """Whether no office of the person reaches it at all."""
        return not (self.sees or self.writes or self.decides)


@dataclass(frozen=True)
class Part:
    """Rows under one heading."""

    group: Group
    rows: list[Row]


def scope_words(scope: str) -> str:
    """A scope as it is called on the page."""
    return {
        OWN: _("own branch"),
        BELOW: _("own department and below"),
        ASSIGNED: _("assigned branches"),
        ALL: _("all"),
    }.get(scope, "—")


def rights_matrix(offices: Iterable[Appointment], at: datetime) -> list[Part]:
    """All kinds against these offices, each with its organization read. Every row of equal offices is asked once.

    The number of queries depends on how many different offices there are, never on how much the portal holds.
    """
    asked, held = Asked(at), list(offices)
    return [Part(group, [_row(kind, held, asked) for kind in group.kinds]) for group in groups()]


def _row(kind: Kind, offices: list[Appointment], asked: Asked) -> Row:
    found = {office.pk: _see(kind, office, asked) for office in _different(offices)}
    sees = [_reach(found[_key(office, offices)], office) for office in offices]
    return Row(
        kind,
        [reach for reach in sees if reach.scope not in (NONE, UNKNOWN)],
        list(_acts(kind.writes, offices, asked)),
        list(_acts(kind.decides, offices, asked)),
        is_unknown=bool(found) and all(scope == UNKNOWN for scope in found.values()),
        is_unassigned=any(office.role in INSPECTORS for office in offices) and not asked.about(Role.INSPECTOR)[1].teams,
    )


def _acts(acts: Iterable[Act], offices: list[Appointment], asked: Asked) -> Iterable[Reach]:
    for act in acts:
        found = {office.pk: _may(act, office, asked) for office in _different(offices)}
        for office in offices:
            scope = found[_key(office, offices)]
            if scope not in (NONE, UNKNOWN):
                yield _reach(scope, office, str(act.words))


def _reach(scope: str, office: Appointment, words: str = "") -> Reach:
    return Reach(scope, scope_words(scope), office, words)


def _different(offices: Iterable[Appointment]) -> list[Appointment]:
    """One office of each sort: whoever is secretary of two branches has one sort of right."""
    return list({_sort(office): office for office in reversed(list(offices))}.values())


def _key(office: Appointment, offices: list[Appointment]) -> int:
    return next(one.pk for one in _different(offices) if _sort(one) == _sort(office))


def _sort(office: Appointment) -> tuple[str, bool]:
    return office.role, office.branch_id is not None


def _see(kind: Kind, office: Appointment, asked: Asked) -> str:
    if kind.sample is None or kind.visible is None:
        return _ruled(kind.see, office, asked)
    place = asked.place(kind.sample, office.role)
    if place is None:
        return UNKNOWN
    if kind.see is not None and not _allowed(kind.see, office, asked):
        return NONE
    if _sees(kind, holder(office, FAR), place):
        return ALL
    return _near(office) if _sees(kind, holder(office, place), place) else NONE


def _sees(kind: Kind, user: User, place: Place) -> bool:
    return kind.visible(user).filter(pk=place.row).exists()


def _may(act: Act, office: Appointment, asked: Asked) -> str:
    return _ruled(act.rule, office, asked)


def _ruled(rule: Any, office: Appointment, asked: Asked) -> str:
    """How far a rule lets the office go."""
    about, place = asked.about(office.role)
    if rule(holder(office, FAR), about):
        return ALL
    if office.role in INSPECTORS and not place.teams:
        return UNKNOWN  # nobody is assigned anything yet
    return _near(office) if rule(holder(office, place), about) else NONE


def _allowed(rule: Any, office: Appointment, asked: Asked) -> bool:
    return _ruled(rule, office, asked) not in (NONE, UNKNOWN)


def _near(office: Appointment) -> str:
    if office.role in INSPECTORS:
        return ASSIGNED
    return OWN if office.branch_id else BELOW
