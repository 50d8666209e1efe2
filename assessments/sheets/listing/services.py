"""Approval by list: prepared by one person, approved by another in one step, sealed sheet by sheet by a job.

Each sheet is sealed in the one way there is (`services.approving.sealed_columns`), with an approval, a digest and an
audit row of its own; a sheet that cannot be is left as it was, with the reason on the list.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit, jobs
from branchportal.access import require
from branchportal.bulk import insert_rows
from branchportal.errors import PortalError, StaleState
from branchportal.models import Job

from ...cycles.models import Assignment, Cycle
from ...cycles.recusal import ties_of
from ..models import Sheet
from ..querysets import SheetQuerySet
from . import rules
from .models import ApprovalList, ListedSheet
from .sealing import seal_portion

if TYPE_CHECKING:
    from members.models import User

TASK = "sheets.approve_listed"
PORTION = 50  # sheets in one write transaction: SQLite has one writer, and others want to save meanwhile


def waiting_sheets(cycle: Cycle, actor: "User") -> SheetQuerySet:
    """Passed sheets outside the scope that stand on no list yet: all for the office, the team's for a leader."""
    rows = Sheet.objects.filter(cycle=cycle).standing().exclude(listings__status=ListedSheet.Status.WAITING)
    if actor.scope.is_office:
        return rows
    team = rules.led_team(actor, cycle)
    return rows.filter(branch__in=Assignment.objects.filter(cycle=cycle, team=team).values("branch"))


@transaction.atomic
def prepare_list(*, actor: "User", cycle: Cycle, at: datetime | None = None) -> ApprovalList:
    """Put all sheets that wait on a new list. Raises: PermissionDenied; PortalError when none waits; StaleState."""
    require(rules.can_prepare(actor, cycle))
    if text := rules.why_no_list(cycle):
        raise PortalError(text)
    sheets = list(waiting_sheets(cycle, actor).order_by("branch__code").values_list("pk", "version"))
    if not sheets:
        raise PortalError(
            _("No passed sheet outside the scope waits for a list. Sheets appear once their department passes them.")
        )
    team = None if actor.scope.is_office else rules.led_team(actor, cycle)
    last = ApprovalList.objects.filter(cycle=cycle).aggregate(last=Max("number"))["last"] or 0
    try:
        with transaction.atomic():
            listed = ApprovalList.objects.create(
                cycle=cycle, number=last + 1, team=team, prepared_by=actor, prepared_at=at or timezone.now()
            )
            rows = [(listed.pk, pk, version, ListedSheet.Status.WAITING.value, "") for pk, version in sheets]
            insert_rows(ListedSheet, ("approval_list", "sheet", "sheet_version", "status", "reason"), rows)
    except IntegrityError as twice:
        raise StaleState(_("Somebody else is preparing a list of these sheets. Reload the page.")) from twice
    audit.record(actor, "approval_list.prepared", listed, after={"number": listed.number, "sheets": len(sheets)})
    return listed


@transaction.atomic
def withdraw_list(*, actor: "User", listed: ApprovalList) -> ApprovalList:
    """Take back a list that nobody has approved; its sheets wait for another one. Raises: StaleState."""
    require(rules.can_withdraw(actor, listed))
    rows = ApprovalList.objects.filter(pk=listed.pk, status=ApprovalList.Status.PREPARED)
    if not rows.update(status=ApprovalList.Status.WITHDRAWN, decided_at=timezone.now()):
        raise StaleState(_("Somebody else has decided on this list meanwhile. Reload the page."))
    listed.rows.filter(status=ListedSheet.Status.WAITING).update(status=ListedSheet.Status.WITHDRAWN)
    audit.record(actor, "approval_list.withdrawn", listed)
    listed.refresh_from_db()
    return listed


def running_job(listed: ApprovalList) -> Job | None:
    """The job that seals the sheets of the list at the moment, if there is one."""
    open_jobs = Job.objects.filter(task=TASK, status__in=[Job.Status.QUEUED, Job.Status.RUNNING])
    return open_jobs.filter(params__list=listed.pk).first()


@transaction.atomic
def approve_list(*, actor: "User", listed: ApprovalList, at: datetime | None = None) -> Job:
    """Approve the list in one step; a job seals its sheets. Once more where that job was stopped: it goes on.

    Raises: PermissionDenied; PortalError when nothing waits any more; StaleState.
    """
    require(rules.can_approve(actor, listed))
    if listed.status == ApprovalList.Status.PREPARED:
        rows = ApprovalList.objects.filter(pk=listed.pk, status=ApprovalList.Status.PREPARED)
        decision = {"status": ApprovalList.Status.APPROVED, "decided_by": actor, "decided_at": at or timezone.now()}
        if not rows.update(**decision):
            raise StaleState(_("Somebody else has decided on this list meanwhile. Reload the page."))
        audit.record(actor, "approval_list.approved", listed, after={"sheets": listed.rows.count()})
    elif running_job(listed):
        raise StaleState(_("The sheets of this list are being approved already. You find the task under “Tasks”."))
    elif not listed.rows.filter(status=ListedSheet.Status.WAITING).exists():
        raise PortalError(_("Every sheet of this list has been dealt with. What was left goes on a new list."))
    listed.refresh_from_db()
    title = _("%(cycle)s: approve list no. %(number)d") % {"cycle": listed.cycle.name, "number": listed.number}
    return jobs.request(TASK, title=title, owner=actor, list=listed.pk)


def seal_listed(*, listed: ApprovalList, actor: "User", progress: jobs.Progress) -> None:
    """Approve the list's waiting sheets in portions; what stands against one is written beside it.

    A cancelled or broken run leaves whole portions behind; the next run goes on with what waits.
    """
    require(rules.can_approve(actor, listed))
    waiting = list(listed.rows.filter(status=ListedSheet.Status.WAITING).values_list("pk", flat=True))
    progress.start(len(waiting), _("Approving the sheets"))
    ties = ties_of([actor])[actor.pk]
    for start in range(0, len(waiting), PORTION):
        seal_portion(listed, waiting[start : start + PORTION], actor, ties)
        progress.step(min(start + PORTION, len(waiting)))
        progress.heed()
    counts = {status: listed.rows.filter(status=status).count() for status in ("approved", "refused")}
    audit.record(actor, "approval_list.finished", listed, after=counts)
    message = _("%(approved)d sheets were approved, %(refused)d were not; the list says why.")
    progress.finish(message=message % counts, url=reverse("sheets:approval_list", args=[listed.pk]))
