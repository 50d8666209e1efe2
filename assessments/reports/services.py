"""Asking for papers and files: the rule, then a job row. Nothing is rendered in a request."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from branches.models import Branch, Sector, Unit
from branchportal import jobs
from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.models import Job

from ..cycles.models import Cycle, YearPlan
from ..results.models import Result, Tally
from ..sheets.models import Sheet
from . import rules
from .ranking_report import period_name

if TYPE_CHECKING:
    from members.models import User

BRANCH_PDF, ARCHIVE, DOSSIER = "reports.branch_pdf", "reports.zip", "reports.dossier"
SCORE_FORM, ACCOUNT_SLIPS = "reports.score_form", "reports.account_slips"
RANKING = {"pdf": "reports.ranking_pdf", "xlsx": "reports.ranking_xlsx", "csv": "reports.ranking_csv"}


@transaction.atomic
def request_branch_paper(*, actor: "User", result: Result, kind: str = "pdf") -> Job:
    """The result of one branch as `pdf` or `xlsx`. `result` comes from `visible_to(actor)`."""
    require(rules.can_print_result(actor, result.tally))
    if kind not in ("pdf", "xlsx"):
        raise PortalError(_("The report comes as PDF or XLSX; choose one of them."))
    title = _("Report of “%(branch)s”, %(period)s")
    words = {"branch": result.branch.name, "period": period_name(result.tally)}
    return jobs.request(BRANCH_PDF, title=title % words, owner=actor, result=result.pk, kind=kind)


@transaction.atomic
def request_ranking(*, actor: "User", tally: Tally, kind: str, unit: Unit | None = None) -> Job:
    """The ranking as `pdf`, `xlsx` or `csv`, of one unit or of all that the actor sees."""
    require(rules.can_export_ranking(actor, tally))
    if kind not in RANKING:
        raise PortalError(_("The ranking comes as PDF, XLSX or CSV; choose one of them."))
    title = _("Ranking %(period)s (%(unit)s), %(kind)s")
    words = {"period": period_name(tally), "unit": _unit_name(unit), "kind": kind.upper()}
    return jobs.request(RANKING[kind], title=title % words, owner=actor, tally=tally.pk, unit=_key(unit))


@transaction.atomic
def request_archive(*, actor: "User", tally: Tally, unit: Unit | None = None) -> Job:
    """All reports of a unit or of the city as one ZIP."""
    require(rules.can_print_all(actor, tally))
    if not Result.objects.visible_to(actor).filter(tally=tally, **({"unit": unit} if unit else {})).exists():
        raise PortalError(_("There is no result to print in this choice. Choose another unit or period."))
    title = _("All reports %(period)s (%(unit)s)") % {"period": period_name(tally), "unit": _unit_name(unit)}
    return jobs.request(ARCHIVE, title=title, owner=actor, tally=tally.pk, unit=_key(unit))


@transaction.atomic
def request_dossier(*, actor: "User", branch: Branch, plan: YearPlan) -> Job:
    """The file of a branch and a year as one ZIP. `branch` comes from `visible_to(actor)`."""
    require(rules.can_take_dossier(actor, branch))
    if not Sheet.objects.visible_to(actor).filter(branch=branch, cycle__plan=plan).exists():
        raise PortalError(_("There is nothing to file: the branch has no sheet of this year that you may see."))
    title = _("File of “%(branch)s”, %(year)s") % {"branch": branch.name, "year": plan.year}
    return jobs.request(DOSSIER, title=title, owner=actor, branch=branch.pk, plan=plan.pk)


@transaction.atomic
def request_blank_form(*, actor: "User", cycle: Cycle, sector: Sector | None = None) -> Job:
    """The score form of a cycle, to be filled in by hand."""
    require(rules.can_print_blank_form(actor))
    title = _("Blank score form %(cycle)s") % {"cycle": cycle.name}
    return jobs.request(SCORE_FORM, title=title, owner=actor, cycle=cycle.pk, sector=sector.code if sector else "")


@transaction.atomic
def request_filled_form(*, actor: "User", sheet: Sheet) -> Job:
    """The score form with what a sheet holds. `sheet` comes from `visible_to(actor)`."""
    title = _("Score form of “%(branch)s”, %(cycle)s") % {"branch": sheet.branch.name, "cycle": sheet.cycle.name}
    return jobs.request(SCORE_FORM, title=title, owner=actor, sheet=sheet.pk)


@transaction.atomic
def request_slips(*, actor: "User", unit: Unit, issue: bool, address: str = "") -> Job:
    """Account slips of a unit; with `issue`, every account gets a new initial password that is printed once."""
    require(rules.can_print_slips(actor))
    title = _("Account slips of %(unit)s") % {"unit": unit.name}
    return jobs.request(ACCOUNT_SLIPS, title=title, owner=actor, unit=unit.pk, issue=issue, address=address)


def _unit_name(unit: Unit | None) -> str:
    return unit.name if unit else _("all units")


def _key(unit: Unit | None) -> int | None:
    return unit.pk if unit else None
