"""The words that the life of a sheet is told in. Imports nothing of ours."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Status(TextChoices):
    DRAFT = "draft", pgettext_lazy("sheet", "being filled in")
    SUBMITTED = "submitted", pgettext_lazy("sheet", "submitted")
    PASSED = "passed", pgettext_lazy("sheet", "passed by the department")
    REVIEW = "review", pgettext_lazy("sheet", "under review")
    APPROVED = "approved", pgettext_lazy("sheet", "approved")
    SEALED = "sealed", pgettext_lazy("sheet", "sealed")
    RETURNED = "returned", pgettext_lazy("sheet", "returned")
    EXEMPT = "exempt", pgettext_lazy("sheet", "exempt")
    SUPERSEDED = "superseded", pgettext_lazy("sheet", "superseded")


class Action(TextChoices):
    SAVE = "save", _("save")
    SUBMIT = "submit", _("submit")
    WITHDRAW = "withdraw", _("withdraw")
    MARK_PRELIMINARY = "mark_preliminary", _("enter preliminary points")
    PASS = "pass", _("pass")
    RETURN_PRELIMINARY = "return_preliminary", _("return to the branch (department)")
    BEGIN = "begin", _("begin the review")
    MARK = "mark", _("enter review points")
    RETURN_REVIEW = "return_review", _("return to the branch (review)")
    APPROVE = "approve", _("approve")
    APPROVE_LISTED = "approve_listed", _("approve by list")
    SEAL = "seal", _("seal")
    EXEMPT = "exempt", _("exempt")
    REOPEN = "reopen", _("reopen")


class Stage(TextChoices):
    SELF = "self", _("self-assessment")
    PRELIMINARY = "preliminary", _("preliminary review")
    REVIEW = "review", pgettext_lazy("stage", "review")
    POLL = "poll", _("poll")
    EXTERNAL = "external", _("external score")


class MarkState(TextChoices):
    MARKED = "marked", _("marked")
    NOT_APPLICABLE = "na", _("not applicable")


class ClaimKind(TextChoices):
    BONUS = "bonus", _("bonus")
    PENALTY = "penalty", _("penalty")
    VETO = "veto", _("veto")
    FLAG = "flag", _("confirmed fact")


class ClaimStatus(TextChoices):
    CLAIMED = "claimed", _("claimed")
    RECORDED = "recorded", _("recorded")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


COMPONENTS = {  # parts of a total given as a whole
    "onsite": _("On-site visit"),
    "poll": _("Poll"),
    "meeting": _("Reporting meeting"),
    "peer": _("Mutual assessment"),
    "external": _("External score"),
}


def component_label(source: str) -> str:
    """A component in words."""
    return COMPONENTS.get(source, source)


EDITABLE = (Status.DRAFT, Status.RETURNED)
WITH_DEPARTMENT = (Status.SUBMITTED,)
WITH_INSPECTORS = (Status.PASSED, Status.REVIEW)
FROZEN = (Status.APPROVED, Status.SEALED, Status.SUPERSEDED)


class ScanState(TextChoices):
    """Whether a stored file was checked for malware; only `services.evidence_care` and the upload change it."""

    NONE = "", _("not checked")
    WAITING = "waiting", _("waiting for the malware check")
    PASSED = "passed", pgettext_lazy("malware", "checked")
    QUARANTINED = "quarantined", _("quarantined")
