"""Who may record, decide, answer or take back penalties, vetoes and confirmed facts, and decide bonus claims."""

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from members.models import User
from members.roles import Role

from ..choices import EDITABLE, FROZEN, ClaimKind, ClaimStatus, Status
from ..models import Claim, Sheet
from ..reopening.parts import parts_of
from .reviewing import Footing, can_mark

OPEN = (ClaimStatus.CLAIMED, ClaimStatus.RECORDED)
CLOSED = (*FROZEN, Status.EXEMPT)


def can_see_records(user: User) -> Access:
    """The register of penalties and vetoes: office, authority, auditor."""
    if user.scope.has(Role.OFFICE, Role.AUTHORITY, Role.AUDITOR):
        return YES
    return no(_("The register of penalties is kept by the assessment office."))


def can_record_somewhere(user: User) -> Access:
    """Whether the page to record on is open at all: office, authority, inspectors. The auditor reads the register."""
    if user.scope.has(Role.OFFICE, Role.AUTHORITY) or user.scope.is_inspector:
        return YES
    return no(_("Only the assessment office or an inspector records penalties, vetoes and facts."))


def can_record(user: User, sheet: Sheet, at: Footing | None = None) -> Access:
    """Office and authority until the sheet is approved; an inspector of the assigned team during the review."""
    if sheet.status in CLOSED:
        return no(_("This sheet is closed; nothing can be recorded on it any more."))
    if not (access := parts_of(sheet).can_change_claims()):
        return access
    if user.scope.has(Role.OFFICE, Role.AUTHORITY):
        return YES
    if user.scope.is_inspector:
        return can_mark(user, sheet, at)
    return no(_("Only the assessment office or an inspector records penalties, vetoes and facts."))


def can_decide(user: User, claim: Claim, at: Footing | None = None) -> Access:
    """An inspector of the team during the review, or the authority; never the person who entered the claim."""
    sheet = claim.sheet
    if claim.status not in OPEN:
        return no(_("This has been decided already: %(status)s.") % {"status": claim.get_status_display()})
    if user.is_same_person(claim.entered_by):
        return no(_("You entered this yourself. Somebody else must decide it."))
    if sheet.status in CLOSED:
        return no(_("This sheet is closed; nothing can be decided on it any more."))
    if user.scope.has(Role.AUTHORITY):
        if claim.kind == ClaimKind.BONUS and sheet.status in EDITABLE:
            return no(_("The branch is still filling in its sheet. Decide the claim once it is submitted."))
        return YES
    return can_mark(user, sheet, at)


def can_answer(user: User, claim: Claim) -> Access:
    """Secretary or deputy of the branch, on what others recorded, until the sheet is closed."""
    if claim.kind == ClaimKind.BONUS:
        return no(_("A bonus claim is the branch's own; only what others recorded is answered."))
    sheet, scope = claim.sheet, user.scope
    clerk = any(sheet.organization.path.startswith(path) for path in scope.clerk_paths)
    if sheet.branch_id not in scope.branch_ids and not clerk:
        return no(_("Only the branch itself answers what was recorded about it."))
    if sheet.status in CLOSED or claim.status == ClaimStatus.WITHDRAWN:
        return no(_("This is closed and can no longer be answered."))
    return parts_of(sheet).can_change_claims()


def can_take_back(user: User, claim: Claim) -> Access:
    """Who recorded it (or the office's colleagues), as long as nobody has decided."""
    if claim.kind == ClaimKind.BONUS:
        return no(_("The branch withdraws its own claim on its sheet."))
    if claim.status != ClaimStatus.RECORDED or claim.sheet.status in CLOSED:
        return no(_("This has been decided already: %(status)s.") % {"status": claim.get_status_display()})
    if user.is_same_person(claim.entered_by) or user.scope.has(Role.OFFICE):
        return YES
    return no(_("Only the person who recorded it or the assessment office takes it back."))
