"""The words of visits and rectifications, and which step may follow which. Imports nothing of ours."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy


class Method(TextChoices):
    HAND = "hand", pgettext_lazy("sampling", "chosen by hand")
    ALL = "all", pgettext_lazy("sampling", "all branches")
    RANDOM = "random", pgettext_lazy("sampling", "drawn at random")
    STRATIFIED = "stratified", pgettext_lazy("sampling", "drawn at random by sector and last result")


class VisitStatus(TextChoices):
    PLANNED = "planned", pgettext_lazy("visit", "planned")
    IN_PROGRESS = "in_progress", pgettext_lazy("visit", "in progress")
    SIGNED = "signed", pgettext_lazy("visit", "signed")
    POSTPONED = "postponed", pgettext_lazy("visit", "postponed")
    CANCELLED = "cancelled", pgettext_lazy("visit", "cancelled")


class Verdict(TextChoices):
    GOOD = "good", pgettext_lazy("verdict", "in order")
    PROBLEM = "problem", pgettext_lazy("verdict", "problem")
    SKIPPED = "skipped", pgettext_lazy("verdict", "not looked at")


class Source(TextChoices):
    VISIT = "visit", pgettext_lazy("finding", "on-site visit")
    REVIEW = "review", pgettext_lazy("finding", "review")
    POLL = "poll", pgettext_lazy("finding", "poll")
    OTHER = "other", pgettext_lazy("finding", "other")


class RectificationStatus(TextChoices):
    OPEN = "open", pgettext_lazy("rectification", "to be put right")
    ANSWERED = "answered", pgettext_lazy("rectification", "waits to be checked")
    RETURNED = "returned", pgettext_lazy("rectification", "sent back")
    CLOSED = "closed", pgettext_lazy("rectification", "struck off")


VISIT_MOVES = {  # action: from which states, to which
    "schedule": ((VisitStatus.PLANNED, VisitStatus.POSTPONED), VisitStatus.PLANNED),
    "begin": ((VisitStatus.PLANNED,), VisitStatus.IN_PROGRESS),
    "sign": ((VisitStatus.IN_PROGRESS,), VisitStatus.SIGNED),
    "postpone": ((VisitStatus.PLANNED, VisitStatus.IN_PROGRESS), VisitStatus.POSTPONED),
    "cancel": ((VisitStatus.PLANNED, VisitStatus.POSTPONED), VisitStatus.CANCELLED),
}
OPEN_VISITS = (VisitStatus.PLANNED, VisitStatus.IN_PROGRESS, VisitStatus.POSTPONED)  # begun ones are not over
WITH_BRANCH = (RectificationStatus.OPEN, RectificationStatus.RETURNED)
UNDONE = (*WITH_BRANCH, RectificationStatus.ANSWERED)
