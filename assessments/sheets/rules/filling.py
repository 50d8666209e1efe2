"""Who may fill in, submit or withdraw a self-assessment, until when, and why not.

The sheet comes from `Sheet.objects.for_filling()`; `at` is the request's receipt time.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from members.models import Appointment
from members.roles import Role

from ...cycles.models import Cycle
from ..choices import EDITABLE, Action, Status
from ..models import Remark, Sheet, WorkbookUpload
from ..preliminary import is_begun
from ..workflow import next_status

if TYPE_CHECKING:
    from members.models import User


def deadline(sheet: Sheet) -> datetime | None:
    """Until when (not included) the branch may save and submit; None when the cycle has no such step.

    A sheet sent back has a deadline of its own: the one set for it, else the end of the review.
    """
    if sheet.extended_until:
        return sheet.extended_until
    return sheet.review_ends_at if sheet.status == Status.RETURNED else sheet.self_ends_at


def belongs(user: "User", sheet: Sheet) -> bool:
    """Whether the user fills in for this branch: secretary, deputy, or clerk of an organization above it."""
    scope = user.scope
    clerk = any(sheet.organization.path.startswith(path) for path in scope.clerk_paths)
    return sheet.branch_id in scope.branch_ids or clerk


def can_open_form(user: "User", sheet: Sheet) -> Access:
    """Whether the pages to fill in are the user's at all, now or read-only: they quote the branch's earlier claims
    and points, which others who see this sheet need not see."""
    return YES if belongs(user, sheet) else no(_("Only the branch itself fills in its sheet."))


def can_fill(user: "User", sheet: Sheet, at: datetime) -> Access:
    """Whether the sheet is open for input now; single indicators are asked of `can_change`."""
    if not (access := can_open_form(user, sheet)):
        return access
    if sheet.status not in EDITABLE:
        return no(_("This sheet is no longer being filled in: %(status)s.") % {"status": sheet.get_status_display()})
    return _is_in_time(sheet, at)


def _is_in_time(sheet: Sheet, at: datetime) -> Access:
    if sheet.cycle.status != Cycle.Status.OPEN:
        return no(_("“%(cycle)s” is not open.") % {"cycle": sheet.cycle})
    until = deadline(sheet)
    if until is None:
        return no(_("No dates are set for the self-assessment of “%(cycle)s”.") % {"cycle": sheet.cycle})
    if sheet.self_starts_at and at < sheet.self_starts_at:
        start = timezone.localtime(sheet.self_starts_at).strftime("%Y-%m-%d %H:%M")
        return no(_("The self-assessment begins at %(start)s (Beijing time).") % {"start": start})
    if at >= until:
        texts = {
            "until": timezone.localtime(until).strftime("%Y-%m-%d %H:%M:%S"),
            "at": timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S"),
        }
        text = _(
            "The deadline was %(until)s; this arrived at %(at)s (Beijing time). "
            "Ask the assessment office for an extension."
        )
        return no(text % texts)
    return YES


def can_change(sheet: Sheet, code: str, open_codes: frozenset[str]) -> Access:
    """Whether this row is open: all rows of a draft, the returned ones of a returned sheet."""
    if sheet.status != Status.RETURNED or code in open_codes:
        return YES
    return no(_("This row was not returned and stays as it was submitted."))


def can_change_claims(user: "User", sheet: Sheet, at: datetime, is_open: bool) -> Access:
    """Bonus claims are changed in a draft; in a returned sheet only when a remark on the whole sheet is open."""
    access = can_fill(user, sheet, at)
    if access and sheet.status == Status.RETURNED and not is_open:
        return no(_("Bonus claims were not returned and stay as they were submitted."))
    return access


def open_rows(sheet: Sheet) -> tuple[frozenset[int], bool]:
    """Indicator ids with an open remark, and whether a remark on the whole sheet is open; one query."""
    if sheet.status != Status.RETURNED:
        return frozenset(), True
    ids = set(Remark.objects.filter(sheet=sheet, is_open=True).values_list("indicator_id", flat=True))
    return frozenset(ids - {None}), None in ids


def can_submit(user: "User", sheet: Sheet, at: datetime) -> Access:
    """The secretary alone submits, in time."""
    if sheet.branch_id not in user.scope.secretary_of:
        if belongs(user, sheet):
            return no(_("Only the branch secretary submits: %(names)s.") % {"names": who_submits(sheet)})
        return no(_("Only the branch secretary submits the sheet."))
    if next_status(sheet.status, Action.SUBMIT) is None:
        return no(_("This sheet cannot be submitted now: %(status)s.") % {"status": sheet.get_status_display()})
    return _is_in_time(sheet, at)


def can_withdraw(user: "User", sheet: Sheet, at: datetime, was_returned: bool) -> Access:
    """The secretary takes a first submission back before the deadline, as long as nobody has begun."""
    if sheet.branch_id not in user.scope.secretary_of:
        return no(_("Only the branch secretary withdraws the sheet."))
    if next_status(sheet.status, Action.WITHDRAW) is None:
        return no(_("This sheet cannot be withdrawn any more: %(status)s.") % {"status": sheet.get_status_display()})
    if was_returned:
        return no(_("A corrected sheet is not withdrawn. Ask the department reviewer to return it once more."))
    if is_begun(sheet):
        return no(_("The department has begun its review. Ask the department reviewer to return the sheet."))
    return _is_in_time(sheet, at)


def who_submits(sheet: Sheet) -> str:
    """Names of the branch's secretaries of today."""
    offices = Appointment.objects.in_force().filter(role=Role.SECRETARY, branch_id=sheet.branch_id)
    names = list(offices.filter(user__is_active=True).values_list("user__name", flat=True))
    return "、".join(names) or _("no secretary is appointed; ask the assessment office")


def can_use_workbooks(user: "User") -> Access:
    """Entry workbooks are for those who fill in: secretaries, deputies, clerks of an organization."""
    if user.scope.branch_ids or user.scope.clerk_paths:
        return YES
    return no(_("Entry workbooks are for those who fill in for a branch."))


def can_decide(user: "User", upload: WorkbookUpload) -> Access:
    """Over an uploaded workbook decides whoever uploaded it."""
    if upload.owner_id == user.pk:
        return YES
    return no(_("Only the person who uploaded a workbook decides what is taken over."))
