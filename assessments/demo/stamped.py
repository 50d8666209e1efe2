"""Stamped scans beside approved sheets of the demonstration: attached by branches, one withdrawn."""

from datetime import datetime

from django.core.files.uploadedfile import SimpleUploadedFile

from ..sheets.choices import FROZEN
from ..sheets.models import Sheet
from ..sheets.stamping.models import StampedForm
from ..sheets.stamping.services import attach_stamped, withdraw_stamped
from .evidence import small_jpeg, small_pdf
from .visits import SHOWN

FIRST = 9000  # numbers of the papers shown, apart from those of evidence


def add_scans(at: datetime) -> int:
    """A scan beside the latest approved sheet of the branches shown, and one that was withdrawn; how many branches."""
    rows = Sheet.objects.current().filter(branch__code__in=SHOWN, status__in=FROZEN, submitted_by__isnull=False)
    rows = rows.select_related("organization", "submitted_by").order_by("branch__code", "-cycle__ends_on")
    latest: dict[int, Sheet] = {}
    for sheet in rows.defer("frozen", "frozen_claims"):
        latest.setdefault(sheet.branch_id, sheet)
    for number, sheet in enumerate(latest.values(), FIRST):
        _attach(sheet, "评分表（盖章扫描件）.pdf", small_pdf(number), at)
    if latest:
        wrong = _attach(next(iter(latest.values())), "评分表第2页（缺章）.jpg", small_jpeg(FIRST), at)
        withdraw_stamped(file=wrong, actor=wrong.uploaded_by, at=at, reason="第2页缺章，已重新扫描")
    return len(latest)


def _attach(sheet: Sheet, name: str, content: bytes, at: datetime) -> StampedForm:
    upload = SimpleUploadedFile(name, content)
    return attach_stamped(sheet=sheet, upload=upload, actor=sheet.submitted_by, at=at, is_declared=True)
