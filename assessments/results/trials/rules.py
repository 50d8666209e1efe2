"""Who may do what with a trial. Each answer is yes, or no with the sentence that names the cure."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from branchportal.access import YES, Access, no
from members.roles import Role

from ...schemes.rules import can_edit
from ..querysets import SEES_CANDIDATES
from .models import TrialRun

if TYPE_CHECKING:
    from members.models import User


def can_see(user: "User") -> Access:
    """Office, deciding authority and auditor."""
    if user.scope.has(*SEES_CANDIDATES):
        return YES
    return no(_("Trials are shown to the assessment office, the deciding authority and the auditor only."))


def can_run(user: "User") -> Access:
    """Office and deciding authority; the auditor reads only."""
    if user.scope.has(Role.OFFICE, Role.AUTHORITY):
        return YES
    return no(_("Only the assessment office and the deciding authority run trials."))


def can_delete(user: "User", trial: TrialRun) -> Access:
    """Whoever started it, and the assessment office."""
    if not (allowed := can_run(user)):
        return allowed
    if trial.started_by_id == user.pk or user.scope.has(Role.OFFICE):
        return YES
    return no(_("Only the person who started a trial and the assessment office delete it."))


def can_adopt(user: "User", trial: TrialRun) -> Access:
    """The assessment office, while the version tried is still a draft and the trial holds adjustments."""
    if not (allowed := can_edit(user)):
        return allowed
    if not trial.adjustments:
        return no(_("This trial holds no adjustments; it tried the version as it stood."))
    if trial.version is None or not trial.version.is_draft:
        return no(_("Only a draft takes adjustments over. Start a new version from this one, then try them there."))
    if not trial.is_finished:
        return no(_("The trial has not been finished yet."))
    return YES
