"""A message of the branch's secretary, and a mail that waits in the outbox of the office."""

from django.utils import timezone

from assessments.reminders.models import Mail, Message
from assessments.sheets.models import Sheet
from members.models import User

Keys = dict[str, int]


def shared(secretary: User) -> Keys:
    """A mail; the whole outbox is the office's."""
    return {"mail": Mail.objects.create(user=secretary, day=timezone.localdate(), created_at=timezone.now()).pk}


def of_person(user: User, sheet: Sheet) -> Keys:
    """What this person was told of the sheet."""
    told = {"matter": "due", "task": "self", "on": timezone.localdate(), "days": 1, "label": "自评"}
    return {"message": Message.objects.create(user=user, subject_id=sheet.pk, created_at=timezone.now(), **told).pk}
