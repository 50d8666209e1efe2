"""Ask for an extension; grant or refuse it. Granting moves the deadline in the same transaction."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ...cycles.dates import later_steps
from ...cycles.models import Cycle, Step
from ..choices import EDITABLE, Status
from ..models import Sheet
from ..services.approving import changed, written_reason
from . import rules
from .models import Extension

if TYPE_CHECKING:
    from members.models import User

LONGEST_DAYS = 60


@transaction.atomic
def ask_extension(
    *, sheet: Sheet, actor: "User", until: datetime, reason: str, at: datetime | None = None
) -> Extension:
    """More time for one branch's self-assessment (or its corrections). Raises: PermissionDenied; PortalError."""
    require(rules.can_ask(actor, sheet))
    return _ask(sheet.cycle, sheet, Step.Kind.SELF, actor, until, reason, at or timezone.now())


@transaction.atomic
def ask_for_all(
    *, cycle: Cycle, step: str, actor: "User", until: datetime, reason: str, at: datetime | None = None
) -> Extension:
    """A later end of one step for everybody. Raises: PermissionDenied; PortalError."""
    require(rules.can_ask_for_all(actor, cycle))
    return _ask(cycle, None, step, actor, until, reason, at or timezone.now())


def _ask(
    cycle: Cycle, sheet: Sheet | None, step: str, actor: "User", until: datetime, reason: str, at: datetime
) -> Extension:
    reason = written_reason(reason)
    was = deadline_of(cycle, sheet, step)
    if was is None:
        raise PortalError(_("This cycle has no such step."), field="step")
    _check_until(cycle, step, was, until, at, for_all=sheet is None)
    try:
        with transaction.atomic():
            extension = Extension.objects.create(
                cycle=cycle, sheet=sheet, step=step, was_until=was, until=until, reason=reason[:300], asked_by=actor,
                asked_at=at,
            )  # fmt: skip
    except IntegrityError as twice:
        words = _("An extension has been asked for already; the deciding authority has not answered.")
        raise PortalError(words) from twice
    after = {"until": until.isoformat(), "step": step}
    audit.record(actor, "extension.asked", sheet or cycle, after=after, note=reason)
    return extension


def deadline_of(cycle: Cycle, sheet: Sheet | None, step: str) -> datetime | None:
    """The deadline that stands: the sheet's own, else that of the cycle's step."""
    if sheet is not None and sheet.extended_until:
        return sheet.extended_until
    kind = Step.Kind.REVIEW if sheet is not None and sheet.status == Status.RETURNED else step
    return Step.objects.filter(cycle=cycle, kind=kind).values_list("ends_at", flat=True).first()


def _check_until(cycle: Cycle, step: str, was: datetime, until: datetime, at: datetime, *, for_all: bool) -> None:
    if until <= max(was, at):
        raise PortalError(_("The new deadline must lie after the old one and in the future."), field="until")
    if (until - was).days > LONGEST_DAYS:
        raise PortalError(
            _("An extension is at most %(days)d days. Check the date.") % {"days": LONGEST_DAYS}, field="until"
        )
    if not for_all:
        return
    for other in Step.objects.filter(cycle=cycle, kind__in=later_steps(step), ends_at__lt=until):
        raise PortalError(
            _("“%(step)s” ends earlier (%(end)s). Ask for its extension first.")
            % {"step": other.get_kind_display(), "end": timezone.localtime(other.ends_at).strftime("%Y-%m-%d %H:%M")},
            field="until",
        )


@transaction.atomic
def decide_extension(
    *,
    extension: Extension,
    actor: "User",
    grant: bool,
    reason: str = "",
    until: datetime | None = None,
    at: datetime | None = None,
) -> Extension:
    """Grant (the deadline moves) or refuse (with a reason).

    `until`: another day than was asked for, earlier or later, by the rules of asking and with a reason.
    Raises: PermissionDenied; PortalError; StaleState.
    """
    require(rules.can_decide(actor, extension))
    at, granted = at or timezone.now(), (until or extension.until) if grant else None
    is_other = granted not in (None, extension.until)
    reason = written_reason(reason) if is_other or not grant else reason.strip()
    if is_other:
        for_all = extension.sheet_id is None
        _check_until(extension.cycle, extension.step, extension.was_until, granted, at, for_all=for_all)
    elif granted is not None and granted <= at:
        raise PortalError(_("The day asked for has passed. Grant another day, or refuse this request."), field="until")
    status = Extension.Status.GRANTED if grant else Extension.Status.REFUSED
    rows = Extension.objects.filter(pk=extension.pk, status=Extension.Status.ASKED)
    said = {"decided_by": actor, "decided_at": at, "decision_reason": reason[:300], "granted_until": granted}
    if not rows.update(status=status, **said):
        raise StaleState(_("Somebody else has decided this meanwhile. Reload the page to see how."))
    if granted is not None:
        _move(extension, granted)
    before = {"until": extension.was_until.isoformat()}
    after = {"until": (granted or extension.until).isoformat(), "step": extension.step}
    after |= {"asked": extension.until.isoformat()} if is_other else {}
    action = "extension.granted" if grant else "extension.refused"
    audit.record(actor, action, extension.sheet or extension.cycle, before=before, after=after, note=reason)
    extension.refresh_from_db()
    return extension


def _move(extension: Extension, granted: datetime) -> None:
    """The deadline as granted; a sheet handed in meanwhile needs none, an end moved further meanwhile stays."""
    if extension.sheet_id:
        rows = Sheet.objects.filter(pk=extension.sheet_id, status__in=EDITABLE)
        if not rows.update(extended_until=granted):
            raise changed()
        return
    Step.objects.filter(cycle=extension.cycle_id, kind=extension.step, ends_at__lt=granted).update(ends_at=granted)
