"""What the tests of filling in and submitting share."""

from django.utils import timezone

from assessments.sheets.models import Sheet
from assessments.sheets.services import submitting

FIELDS = {
    "1.1": {"c-a": "0", "c-b": "2"},
    "1.2": {"choice": "fair"},
    "1.3": {"value": "98", "denominator": "100"},
    "2.1": {"c-a": "4"},
    "2.2": {"value": "9.5"},
    "2.3": {"na": "1"},
}


def load(sheet) -> Sheet:
    return Sheet.objects.for_filling().get(pk=sheet.pk)


def submit(sheet, actor, *, at=None, version=None, **changes):
    at = at or timezone.now()
    sheet = load(sheet)
    said = {"meeting_on": timezone.localdate(at), "meeting_present": 12, "is_truthful": True} | changes
    version = sheet.version if version is None else version
    return submitting.submit_sheet(sheet=sheet, actor=actor, version=version, at=at, **said)
