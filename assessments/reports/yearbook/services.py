"""Asking for a statistical report as a file: the rule, then a job row."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from branches.models import Organization, Sector
from branchportal import jobs
from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.models import Job

from ...cycles.models import YearPlan
from . import rules
from .periods import Period

if TYPE_CHECKING:
    from members.models import User

DEPARTMENT, YEAR, INDICATORS = "reports.department_summary", "reports.year_statistics", "reports.indicators"
KINDS = ("pdf", "xlsx")


@transaction.atomic
def request_department(*, actor: "User", organization: Organization, period: Period, kind: str) -> Job:
    """The summary of an organization. `organization` comes from `rules.organizations_of(actor)`."""
    require(rules.can_see_departments(actor))
    title = _("Department summary of %(name)s, %(period)s") % {"name": organization.name, "period": period.name}
    return _request(DEPARTMENT, title, actor, kind, organization=organization.pk, period=period.key)


@transaction.atomic
def request_year(*, actor: "User", plan: YearPlan, kind: str) -> Job:
    """The statistics of a year."""
    require(rules.can_see_year(actor))
    return _request(YEAR, _("Year statistics %(year)s") % {"year": plan.year}, actor, kind, plan=plan.pk)


@transaction.atomic
def request_indicators(
    *, actor: "User", period: Period, organization: Organization | None, sector: Sector | None, kind: str
) -> Job:
    """The analysis of indicators, of all that the actor sees or of one organization and sector."""
    require(rules.can_see_indicators(actor))
    title = _("Indicators with almost full marks, %(period)s") % {"period": period.name}
    chosen = {"organization": organization.pk if organization else None, "sector": sector.pk if sector else None}
    return _request(INDICATORS, title, actor, kind, period=period.key, **chosen)


def _request(task: str, title: str, actor: "User", kind: str, **params: object) -> Job:
    if kind not in KINDS:
        raise PortalError(_("The report comes as PDF or XLSX; choose one of them."))
    return jobs.request(task, title=f"{title}, {kind.upper()}", owner=actor, kind=kind, **params)
