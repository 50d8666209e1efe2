"""Who reads the statistics. What is in them is narrowed down by the read models (`periods`, `indicators.readable`)."""

from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from branches.models import Organization
from branchportal.access import YES, Access, no
from members.roles import Role

from ...results.querysets import SEES_CANDIDATES

if TYPE_CHECKING:
    from members.models import User


def readable_reports(user: "User") -> dict[str, Access]:
    """Which of the three somebody may open, for tabs and links."""
    return {
        "department": can_see_departments(user),
        "year": can_see_year(user),
        "indicators": can_see_indicators(user),
    }


def can_see_departments(user: "User") -> Access:
    """Office, deciding authority and auditor for every organization; a department for its own subtree."""
    if user.scope.has(*SEES_CANDIDATES, Role.DEPARTMENT):
        return YES
    return no(_("Summaries are shown to the assessment office, the deciding authority, the auditor and departments."))


def organizations_of(user: "User") -> QuerySet[Organization]:
    """The organizations whose summary somebody may read: all, or those of the own subtree."""
    if user.scope.has(*SEES_CANDIDATES):
        return Organization.objects.all()
    below = Q(pk__in=[])
    for path in user.scope.department_paths:
        below |= Q(path__startswith=path)
    return Organization.objects.filter(below)


def can_see_year(user: "User") -> Access:
    """Year statistics are of the whole city, unpublished results included: those who read candidates."""
    if user.scope.has(*SEES_CANDIDATES):
        return YES
    return no(
        _("Statistics of the whole city are shown to the assessment office, the deciding authority and the auditor.")
    )


def can_see_indicators(user: "User") -> Access:
    """Also departments (their subtree, once shown) and leaders (the branches assigned to their team)."""
    if user.scope.has(*SEES_CANDIDATES, Role.DEPARTMENT, Role.LEADER):
        return YES
    return no(
        _("The analysis of indicators is for the assessment office, the deciding authority, departments and leaders.")
    )
