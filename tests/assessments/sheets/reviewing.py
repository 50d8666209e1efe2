"""What the tests of reviewing and approving share."""

from django.utils import timezone

from assessments.sheets.choices import Status
from assessments.sheets.models import Sheet
from assessments.sheets.services import review_marks
from tests.factories.assessments import make_marks


def read(sheet: Sheet) -> Sheet:
    return Sheet.objects.for_filling().get(pk=sheet.pk)


def handed_in(sheet: Sheet, user: object, status: str = Status.SUBMITTED) -> Sheet:
    """A complete sheet as it stands after submitting."""
    make_marks(sheet, user)
    Sheet.objects.filter(pk=sheet.pk).update(status=status, submitted_by=user, submitted_at=timezone.now())
    return read(sheet)


def add_poll(sheet: Sheet, user: object) -> None:
    make_marks(sheet, user, stage="poll", marks={"2.4": {"value": 90}})


def accept_all(sheet: Sheet, inspector: object) -> Sheet:
    review_marks.accept_untouched(sheet=sheet, actor=inspector)
    return read(sheet)
