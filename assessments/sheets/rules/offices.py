"""Whose row it is: some belong to a certain office (评分部门) of the team; some stay sealed in a reopened sheet."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no

from ...cycles.models import TeamMembership
from ...scoring.scheme import Indicator
from ..models import Sheet
from ..reopening.parts import WHOLE, Parts, parts_of

if TYPE_CHECKING:
    from members.models import User


@dataclass(frozen=True)
class Offices:
    """For which offices somebody of the team speaks, and for which the user does; which rows are open at all."""

    spoken: frozenset[str] = field(default_factory=frozenset)
    own: frozenset[str] = field(default_factory=frozenset)
    parts: Parts = WHOLE

    def can_mark_row(self, leaf: Indicator) -> Access:
        """A row of an office that a colleague speaks for is theirs; where nobody does, it is everybody's. None that
        a reopening in part left sealed."""
        if not (access := self.parts.can_change_row(leaf)):
            return access
        office = leaf.reviewer_unit
        if office and office in self.spoken and office not in self.own:
            return no(_("“%(name)s” is scored by %(office)s.") % {"name": leaf.name, "office": office})
        return YES


def offices(user: "User", sheet: Sheet) -> Offices:
    """Offices of the team that reviews the sheet, in one query; a later revision takes one more."""
    rows = TeamMembership.objects.filter(
        team__assignments__cycle=sheet.cycle_id, team__assignments__branch=sheet.branch_id
    ).exclude(office="")
    found = list(rows.values_list("user_id", "office"))
    spoken = frozenset(office for _user, office in found)
    own = frozenset(office for pk, office in found if pk == user.pk)
    return Offices(spoken, own, parts_of(sheet))
