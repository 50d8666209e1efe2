"""The scan of a stamped score form beside an approved sheet."""

from django.utils import timezone

from assessments.sheets.models import Sheet
from assessments.sheets.stamping.models import StampedForm
from assessments.sheets.storing import stored_path
from members.models import User


def of_sheet(sheet: Sheet, secretary: User) -> dict[str, int]:
    """Keys by name: a scan that the branch attached."""
    file = StampedForm.objects.create(
        sheet=sheet, name="盖章.pdf", key=f"stamped/{sheet.pk}", content_type="application/pdf", size=8,
        sha256="0" * 64, uploaded_by=secretary, uploaded_at=timezone.now(),
    )  # fmt: skip
    path = stored_path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"%PDF-1.4")
    return {"stamped form": file.pk}
