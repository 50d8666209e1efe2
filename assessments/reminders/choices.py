"""The words of reminders and of the outbox. Imports nothing of ours."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy


class Matter(TextChoices):
    """Why somebody is told something."""

    DUE = "due", pgettext_lazy("reminder", "due soon")
    OVERDUE = "overdue", pgettext_lazy("reminder", "overdue")
    RETURNED = "returned", pgettext_lazy("reminder", "returned")
    NOTICE = "notice", pgettext_lazy("reminder", "notice opened")
    ANSWERED = "answered", pgettext_lazy("reminder", "objection answered")
    ASSIGNED = "assigned", pgettext_lazy("reminder", "assigned")


class Task(TextChoices):
    """What it is about; `Message.subject_id` is the key of that row."""

    SELF = "self", pgettext_lazy("reminder", "self-assessment")  # of a sheet
    CORRECT = "correct", pgettext_lazy("reminder", "correction of a returned sheet")  # of a sheet
    PRELIMINARY = "preliminary", pgettext_lazy("reminder", "preliminary review")  # of a cycle
    REVIEW = "review", pgettext_lazy("reminder", "review")  # of a cycle
    RECTIFY = "rectify", pgettext_lazy("reminder", "rectification")  # a rectification
    NOTICE = "notice", pgettext_lazy("reminder", "public notice")  # a notice
    OBJECTION = "objection", pgettext_lazy("reminder", "objection")  # an objection
    VISIT = "visit", pgettext_lazy("reminder", "on-site visits")  # of a plan of visits
    COUNT = "count", pgettext_lazy("reminder", "counting of paper ballots")  # of a year plan
    CONFIRM = "confirm", pgettext_lazy("reminder", "confirming counts of paper ballots")  # of a year plan


class Void(TextChoices):
    """Why a message holds no longer."""

    MOVED = "moved", pgettext_lazy("reminder", "the date was moved")
    SETTLED = "settled", pgettext_lazy("reminder", "settled meanwhile, or no longer yours")
    PASSED = "passed", pgettext_lazy("reminder", "the date has passed")


class MailStatus(TextChoices):
    """The life of a mail: `waiting → released → sending → sent`, and where it may end otherwise."""

    WAITING = "waiting", pgettext_lazy("mail", "waiting for release")
    RELEASED = "released", pgettext_lazy("mail", "released, to be sent")
    SENDING = "sending", pgettext_lazy("mail", "being sent")
    SENT = "sent", pgettext_lazy("mail", "sent")
    UNSURE = "unsure", pgettext_lazy("mail", "unsure whether it was sent")
    FAILED = "failed", pgettext_lazy("mail", "refused by the mail server")
    DROPPED = "dropped", pgettext_lazy("mail", "dropped")
    CANCELLED = "cancelled", pgettext_lazy("mail", "cancelled: nothing in it holds any longer")


DROPPABLE = (MailStatus.WAITING, MailStatus.RELEASED, MailStatus.UNSURE, MailStatus.FAILED)
RELEASABLE = (MailStatus.WAITING, MailStatus.UNSURE, MailStatus.FAILED)
OPEN = (MailStatus.WAITING, MailStatus.RELEASED)
EVENTS = (Matter.RETURNED, Matter.NOTICE, Matter.ANSWERED, Matter.ASSIGNED)
