"""Rows that belong to a certain office (评分部门): who of the team enters them. One sheet, split by unit."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no

from ...cycles.models import TeamMembership
from ...scoring.scheme import Indicator
from ..models import Sheet

if TYPE_CHECKING:
    from members.models import User


@dataclass(frozen=True)
class Offices:
    """For which offices somebody of the team speaks, and for which the user does."""

    spoken: frozenset[str] = field(default_factory=frozenset)
    own: frozenset[str] = field(default_factory=frozenset)

    def can_mark_row(self, leaf: Indicator) -> Access:
        """A row of an office that a colleague speaks for is theirs; where nobody does, it is everybody's."""
        office = leaf.reviewer_unit
        if office and office in self.spoken and office not in self.own:
            return no(_("“%(name)s” is scored by %(office)s.") % {"name": leaf.name, "office": office})
        return YES


def offices(user: "User", sheet: Sheet) -> Offices:
    """Offices of the team that reviews the sheet, in one query."""
    rows = TeamMembership.objects.filter(
        team__assignments__cycle=sheet.cycle_id, team__assignments__branch=sheet.branch_id
    ).exclude(office="")
    found = list(rows.values_list("user_id", "office"))
    spoken = frozenset(office for _user, office in found)
    return Offices(spoken, frozenset(office for pk, office in found if pk == user.pk))
