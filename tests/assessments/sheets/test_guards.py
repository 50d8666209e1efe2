"""Ways to alter a sealed sheet, all refused by the database itself (T-I1), and the triggers after migrations (T-I2)."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from assessments.sheets.choices import Status
from assessments.sheets.models import Claim, Evidence, EvidenceLink, Mark, MarkCount, Sheet
from assessments.sheets.services import approving, review_marks
from branchportal import guards
from tests.factories.assessments import make_marks


@pytest.fixture
def sealed(city, secretary, reviewer, inspector, leader):
    """An approved sheet with marks, counts, an accepted claim and a file."""
    sheet = city.sheet
    make_marks(sheet, secretary)
    make_marks(sheet, reviewer, stage="poll", marks={"2.4": {"value": 90}})
    claim = Claim.objects.create(
        sheet=sheet, kind="bonus", item_code="B2", status="accepted", entered_by=secretary, entered_at=timezone.now()
    )
    file = Evidence.objects.create(
        branch=sheet.branch, name="文件.pdf", key="k", content_type="application/pdf", size=1, sha256="0" * 64,
        uploaded_by=secretary, uploaded_at=timezone.now(),
    )  # fmt: skip
    EvidenceLink.objects.create(sheet=sheet, evidence=file, claim=claim, linked_by=secretary, linked_at=timezone.now())
    Sheet.objects.filter(pk=sheet.pk).update(status=Status.REVIEW, submitted_by=secretary, submitted_at=timezone.now())
    sheet = Sheet.objects.for_filling().get(pk=sheet.pk)
    review_marks.accept_untouched(sheet=sheet, actor=inspector)
    return approving.approve_sheet(sheet=sheet, actor=leader, version=sheet.version)


def raw(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def save_changed_digest(sheet: Sheet) -> None:
    sheet.digest = "1" * 64
    sheet.save(update_fields=["digest"])


def bulk_update_total(sheet: Sheet) -> None:
    sheet.review_total_up = 100_000_000
    Sheet.objects.bulk_update([sheet], ["review_total_up"])


def add_mark(sheet: Sheet) -> None:
    old = Mark.objects.filter(sheet=sheet, stage="self").first()
    Mark.objects.bulk_create([Mark(sheet=sheet, indicator=old.indicator, stage="preliminary",
                                   entered_by=old.entered_by, entered_at=old.entered_at)])  # fmt: skip


WAYS = {
    "save": save_changed_digest,
    "bulk_update": bulk_update_total,
    "frozen marks": lambda sheet: Sheet.objects.filter(pk=sheet.pk).update(frozen=b"0"),
    "frozen claims": lambda sheet: Sheet.objects.filter(pk=sheet.pk).update(frozen_claims="{}"),
    "raw": lambda sheet: raw("UPDATE assessments_sheet SET digest = 'x' WHERE id = %s", sheet.pk),
    "back to review": lambda sheet: Sheet.objects.filter(pk=sheet.pk).update(status=Status.REVIEW),
    "exempt": lambda sheet: Sheet.objects.filter(pk=sheet.pk).update(status=Status.EXEMPT),
    "other scheme": lambda sheet: raw("UPDATE assessments_sheet SET scheme_version_id = 0 WHERE id = %s", sheet.pk),
    "raw delete": lambda sheet: raw("DELETE FROM assessments_sheet WHERE id = %s", sheet.pk),
    "mark": lambda sheet: Mark.objects.filter(sheet=sheet).update(points_up=0),
    "new mark": add_mark,
    "no marks": lambda sheet: Mark.objects.filter(sheet=sheet).delete(),
    "raw marks": lambda sheet: raw("DELETE FROM assessments_mark WHERE sheet_id = %s", sheet.pk),
    "count": lambda sheet: MarkCount.objects.filter(mark__sheet=sheet).update(value_up=0),
    "no counts": lambda sheet: MarkCount.objects.filter(mark__sheet=sheet).delete(),
    "claim": lambda sheet: Claim.objects.filter(sheet=sheet).update(count=9),
    "raw claims": lambda sheet: raw("DELETE FROM assessments_evidencelink WHERE sheet_id = %s", sheet.pk),
    "files": lambda sheet: EvidenceLink.objects.filter(sheet=sheet).delete(),
    "marks moved away": lambda sheet: raw(
        "UPDATE assessments_mark SET sheet_id = %s WHERE sheet_id = %s AND stage = 'self'", sheet.pk + 1, sheet.pk
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_sealed_sheet_is_not_altered(sealed, way):
    before = Sheet.objects.filter(pk=sealed.pk).values().get()
    marks = list(Mark.objects.filter(sheet=sealed).order_by("pk").values())
    with pytest.raises(DatabaseError), transaction.atomic():
        WAYS[way](sealed)
    assert Sheet.objects.filter(pk=sealed.pk).values().get() == before
    assert list(Mark.objects.filter(sheet=sealed).order_by("pk").values()) == marks


def test_sealing_and_superseding_stay_possible(sealed):
    assert Sheet.objects.filter(pk=sealed.pk).update(status=Status.SEALED) == 1
    assert Sheet.objects.filter(pk=sealed.pk).update(status=Status.SUPERSEDED) == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        Sheet.objects.filter(pk=sealed.pk).update(status=Status.SEALED)


def test_other_sheets_are_not_touched_by_the_guard(city, sealed, neighbour):
    make_marks(city.sibling_sheet, neighbour)
    assert Mark.objects.filter(sheet=city.sibling_sheet).delete()[0] > 0


def test_lifting_is_for_a_moment_only(sealed):
    with guards.lifted():
        assert Sheet.objects.filter(pk=sealed.pk).update(digest="2" * 64) == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        Sheet.objects.filter(pk=sealed.pk).update(digest="3" * 64)


def test_missing_triggers_are_named_by_the_check(city):
    assert guards.missing() == []
    raw("DROP TRIGGER assessments_mark_sealed_update" + (
        " ON assessments_mark" if connection.vendor == "postgresql" else ""
    ))  # fmt: skip
    with pytest.raises(SystemCheckError, match="assessments_mark_sealed_update"):
        call_command("check", databases=["default"], fail_level="WARNING")
    guards.create()
    assert guards.missing() == []
