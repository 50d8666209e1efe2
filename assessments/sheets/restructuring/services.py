"""Put a change forward; confirm it. Confirming closes the branch, ends its offices and takes its open sheets out.

Results and sheets of the past keep the branch, its organization, sector and unit of their own day.
"""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import Branch
from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState
from members.models import Appointment
from members.services.appointments import described

from ..choices import Action, Status
from ..models import Sheet
from ..services.approving import written_reason
from ..workflow import next_status
from . import rules
from .models import BranchChange

if TYPE_CHECKING:
    from members.models import User


@transaction.atomic
def put_forward(
    *,
    kind: str,
    branch: Branch,
    actor: "User",
    happens_on: date,
    document: str,
    other: Branch | None = None,
    at: datetime | None = None,
) -> BranchChange:
    """Put a merger, a split or an end before the deciding authority. Raises: PermissionDenied; PortalError."""
    require(rules.can_put_forward(actor))
    at = at or timezone.now()
    _check(kind, branch, other, happens_on, document, at)
    try:
        with transaction.atomic():
            change = BranchChange.objects.create(
                kind=kind, branch=branch, other=other, happens_on=happens_on, document=document.strip()[:200],
                asked_by=actor, asked_at=at,
            )  # fmt: skip
    except IntegrityError as twice:
        raise PortalError(_("A change of this branch waits for its decision already.")) from twice
    after = {"kind": kind, "other": other.code if other else None, "on": happens_on.isoformat()}
    audit.record(actor, "branch.change_put_forward", branch, after=after, note=document)
    return change


def _check(kind: str, branch: Branch, other: Branch | None, day: date, document: str, at: datetime) -> None:
    if kind not in BranchChange.Kind.values:
        raise PortalError(_("Choose what happens to the branch."), field="kind")
    if not branch.is_active:
        raise PortalError(_("“%(name)s” is closed already.") % {"name": branch.name}, field="branch")
    if kind == BranchChange.Kind.DISSOLVED:
        if other is not None:
            raise PortalError(_("A branch that is dissolved goes into no other. Leave it empty."), field="other")
    elif other is None or other.pk == branch.pk or not other.is_active:
        raise PortalError(_("Name the other branch; it must be active and another one."), field="other")
    if day > timezone.localdate(at):
        raise PortalError(_("The date cannot lie in the future."), field="happens_on")
    if branch.founded_on and day < branch.founded_on:
        raise PortalError(_("The date lies before the branch was founded."), field="happens_on")
    if len(document.strip()) < 5:
        raise PortalError(_("Give the number of the document that this rests on."), field="document")


@transaction.atomic
def decide(
    *, change: BranchChange, actor: "User", grant: bool, reason: str = "", at: datetime | None = None
) -> BranchChange:
    """Confirm it, or refuse it with a reason. Raises: PermissionDenied; PortalError; StaleState."""
    require(rules.can_decide(actor, change))
    at, reason = at or timezone.now(), reason.strip() if grant else written_reason(reason)
    status = BranchChange.Status.GRANTED if grant else BranchChange.Status.REFUSED
    rows = BranchChange.objects.filter(pk=change.pk, status=BranchChange.Status.ASKED)
    if not rows.update(status=status, decided_by=actor, decided_at=at, decision_reason=reason[:300]):
        raise StaleState(_("Somebody else has decided this meanwhile. Reload the page to see how."))
    ends = grant and change.kind != BranchChange.Kind.SPLIT
    taken_out = _end(change, actor) if ends else 0
    action = "branch.change_confirmed" if grant else "branch.change_refused"
    audit.record(actor, action, change.branch, after={"kind": change.kind, "sheets_taken_out": taken_out}, note=reason)
    change.refresh_from_db()
    return change


def _end(change: BranchChange, actor: "User") -> int:
    """Close the branch; returns how many of its open sheets were taken out."""
    branch = change.branch
    moved = Branch.objects.filter(pk=branch.pk, is_active=True).update(
        is_active=False, dissolved_on=change.happens_on, version=F("version") + 1
    )
    if not moved:
        raise StaleState(_("The branch was closed meanwhile. Reload the page."))
    _end_offices(branch, actor)
    words = (
        _("Merged into %(name)s on %(day)s") % {"name": change.other.name, "day": change.happens_on}
        if change.other
        else _("Dissolved on %(day)s") % {"day": change.happens_on}
    )
    taken = 0
    for sheet in Sheet.objects.filter(branch=branch, cycle__status="open").select_related("branch", "cycle"):
        if (target := next_status(sheet.status, Action.EXEMPT)) is None:
            continue  # approved ones stay: what was assessed was assessed
        rows = Sheet.objects.filter(pk=sheet.pk, status=sheet.status, version=sheet.version)
        if not rows.update(status=target, exempt_reason=words[:200], version=sheet.version + 1):
            raise StaleState(_("The sheet was changed meanwhile. Reload the page and try again."))
        before, after = {"status": sheet.status}, {"status": Status.EXEMPT}
        audit.record(actor, "sheet.exempted", sheet, before=before, after=after, note=words)
        taken += 1
    return taken


def _end_offices(branch: Branch, actor: "User") -> None:
    """No office in the branch gives a right from now on, whether it has an end already or begins only today."""
    yesterday = timezone.localdate() - timedelta(days=1)
    for office in Appointment.objects.filter(branch=branch).exclude(ends_on__lte=yesterday).select_related("user"):
        before = described(office)
        if office.starts_on > yesterday:  # no day left to keep: the audit row keeps what it was
            audit.record(actor, "appointment.withdrawn", office, before=before)
            office.delete()
            continue
        Appointment.objects.filter(pk=office.pk).update(ends_on=yesterday)
        audit.record(actor, "appointment.ended", office, before=before, after={"ends_on": yesterday.isoformat()})


def history_of(branch: Branch) -> list[BranchChange]:
    """Confirmed changes that a branch took part in, oldest first."""
    rows = BranchChange.objects.filter(status=BranchChange.Status.GRANTED).for_table()
    return list((rows.filter(branch=branch) | rows.filter(other=branch)).order_by("happens_on", "pk"))
