"""Opening a cycle: one job that gives every active branch its sheet, in portions, repeatable without doubles.

Sheets lie to the right of cycles in the chain of rooms, so their model is asked for by name.
"""

from django.apps import apps
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.models import Branch
from branches.querysets import BranchQuerySet
from branchportal import audit, jobs
from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.models import Job
from members.models import User

from ...schemes.loading import engine_scheme
from ...scoring import Scheme
from .. import rules
from ..covering import covered
from ..models import Cycle

TASK = "cycles.open_cycle"
PORTION = 200  # one write transaction: SQLite has one writer, and others want to save meanwhile


@transaction.atomic
def request_opening(*, actor: User, cycle: Cycle) -> Job:
    """Queue the opening (or, of an open cycle, the sheets of branches added since). One at a time per cycle."""
    require(rules.can_open_cycle(actor, cycle))
    if not cycle.steps.exists():
        raise PortalError(_("The cycle has no dates yet. Give the dates of its steps first."))
    Cycle.objects.select_for_update().get(pk=cycle.pk)  # two at one moment take turns
    waiting = Job.objects.filter(task=TASK, status__in=[Job.Status.QUEUED, Job.Status.RUNNING])
    if any(job.params.get("cycle_id") == cycle.pk for job in waiting):
        raise PortalError(_("This cycle is being opened already. You find the task under “Tasks”."))
    title = _("Open “%(cycle)s”: sheets for all branches") % {"cycle": cycle.name}
    return jobs.request(TASK, title=title, owner=actor, cycle_id=cycle.pk)


def open_cycle(*, cycle: Cycle, actor: User, progress: jobs.Progress) -> int:
    """Create the missing sheets in portions, then declare the cycle open; returns how many were new.

    A cancelled or broken run leaves whole portions behind; the next run adds what is missing.
    """
    require(rules.can_open_cycle(actor, cycle))
    missing = list(branches_without_sheet(cycle).values_list("pk", flat=True))
    progress.start(len(missing), _("Creating the sheets"))
    created = 0
    for start in range(0, len(missing), PORTION):
        created += _create_sheets(cycle, missing[start : start + PORTION], actor)
        progress.step(min(start + PORTION, len(missing)))
    _declare_open(cycle, actor, created)
    message = _("%(count)d sheets were created. The branches can fill in as soon as the step begins.")
    if not created:
        message = _("Every branch had its sheet already. Nothing was added, and nothing filled in has changed.")
    progress.finish(message=message % {"count": created}, url=reverse("cycles:cycle", args=[cycle.pk]))
    return created


def branches_without_sheet(cycle: Cycle) -> BranchQuerySet:
    """Active branches of the sectors that the year's schemes are meant for, without a sheet in the cycle."""
    sheet = apps.get_model("assessments", "Sheet")
    theirs = sheet.objects.filter(cycle=cycle, branch=OuterRef("pk"))
    branches = Branch.objects.filter(~Exists(theirs), is_active=True, organization__is_active=True)
    return branches.filter(covered(cycle.plan)).order_by("pk")


@transaction.atomic
def _create_sheets(cycle: Cycle, branch_ids: list[int], actor: User) -> int:
    """One portion: sheets under their sectors' schemes and their audit rows together. Branches that got a sheet
    meanwhile are left out; two runs at once take turns, portion by portion.
    """
    sheet = apps.get_model("assessments", "Sheet")
    Cycle.objects.select_for_update().get(pk=cycle.pk)
    branches = branches_without_sheet(cycle).filter(pk__in=branch_ids).select_related("sector")
    sheets = [
        sheet(
            cycle=cycle,
            branch=branch,
            scheme_version=cycle.version_for(branch.sector_id),
            organization_id=branch.organization_id,
            sector_id=branch.sector_id,
            unit_id=branch.unit_id,
            due_count=_due(cycle, branch),
        )
        for branch in branches
    ]
    sheet.objects.bulk_create(sheets)
    audit.record_many(
        audit.entry(actor, "sheet.created", row, after={"cycle": cycle.name, "due": row.due_count}) for row in sheets
    )
    return len(sheets)


def _due(cycle: Cycle, branch: Branch) -> int:
    return due_count(engine_scheme(cycle.version_for(branch.sector_id)), branch.sector.code, cycle.period)


def due_count(scheme: Scheme, sector: str, period: str) -> int:
    """How many indicators the branch itself fills in: due in the period, and not given from outside."""
    return sum(
        1
        for leaf in scheme.sheet_leaves(sector)
        if leaf.rule not in ("poll", "external") and leaf.due != "on_event" and scheme.is_due(leaf, period)
    )


@transaction.atomic
def _declare_open(cycle: Cycle, actor: User, created: int) -> None:
    moved = Cycle.objects.filter(pk=cycle.pk, status=Cycle.Status.PLANNED).update(status=Cycle.Status.OPEN)
    if moved:
        audit.record(
            actor, "cycle.opened", cycle, before={"status": "planned"}, after={"status": "open", "sheets": created}
        )
    elif created:
        audit.record(actor, "cycle.completed", cycle, after={"sheets": created})
    cycle.refresh_from_db()
