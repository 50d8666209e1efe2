"""Who may take which figures away on paper or as a file. What is in them is what `visible_to` shows."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from members.roles import Role

from ..results.models import Tally
from ..results.querysets import SEES_CANDIDATES, SHOWN

if TYPE_CHECKING:
    from branches.models import Branch
    from members.models import User

PUBLISHED_ONLY = (Role.SECRETARY, Role.DEPARTMENT, Role.INSPECTOR, Role.LEADER)
PRINTS_RESULTS = (*SEES_CANDIDATES, *PUBLISHED_ONLY, Role.DEPUTY)


def can_export_ranking(user: "User", tally: Tally) -> Access:
    """Candidates for office, deciding authority and auditor; published ones also for those who see branches of it."""
    if user.scope.has(*SEES_CANDIDATES):
        return YES
    if not user.scope.has(*PUBLISHED_ONLY):
        return no(_("Your offices do not include rankings."))
    return _if_official(tally)


def can_print_result(user: "User", tally: Tally) -> Access:
    """The paper of a branch that one sees: own, subtree, assigned, or all."""
    if user.scope.has(*SEES_CANDIDATES):
        return YES
    if not user.scope.has(*PRINTS_RESULTS):
        return no(_("Your offices do not include results of branches."))
    return _if_official(tally)


def can_print_all(user: "User", tally: Tally) -> Access:
    """All papers in one archive: the whole city, or the own subtree of a department."""
    if user.scope.has(*SEES_CANDIDATES):
        return YES
    if not user.scope.has(Role.DEPARTMENT):
        return no(_("Only the assessment office and departments take the reports of many branches in one archive."))
    return _if_official(tally)


def can_take_dossier(user: "User", branch: "Branch") -> Access:
    """Office and deciding authority for every branch, a department for its subtree, the secretary for the own one."""
    scope = user.scope
    inside = any(branch.organization.path.startswith(path) for path in scope.department_paths)
    if scope.has(Role.OFFICE, Role.AUTHORITY) or inside or branch.pk in scope.secretary_of:
        return YES
    return no(_("Its secretary, its department, the office and the deciding authority take the file of a branch."))


def can_print_blank_form(user: "User") -> Access:
    """The blank form is no secret; the system's administrators have no use for it."""
    if user.scope.has(*PRINTS_RESULTS):
        return YES
    return no(_("Your offices do not include score forms."))


def can_print_slips(user: "User") -> Access:
    """New initial passwords on slips to cut, for the accounts of a unit."""
    if user.scope.has(Role.OFFICE, Role.DEPARTMENT):
        return YES
    return no(_("Only the assessment office and departments print account slips."))


def _if_official(tally: Tally) -> Access:
    if tally.status in SHOWN:
        return YES
    return no(_("This result has not been published yet. It can be printed once it is."))
