"""Sheets passed by their department, and the list of branches under review."""

from collections.abc import Iterable

from django.utils import timezone

from assessments.cycles.models import Cycle
from assessments.cycles.scoping import ReviewScope, ScopeBranch
from assessments.sheets.models import Sheet
from members.models import User

from .assessments import make_marks


def pass_on(sheets: Iterable[Sheet], *, submitted_by: User, passed_by: User, total_up: int = 88_500_000) -> None:
    """Complete sheets as they stand once the department has passed them (88.5 points)."""
    for sheet in sheets:
        make_marks(sheet, submitted_by)
        make_marks(sheet, passed_by, stage="poll", marks={"2.4": {"value": 90}})
        Sheet.objects.filter(pk=sheet.pk).update(
            status="passed", submitted_by=submitted_by, submitted_at=timezone.now(), passed_by=passed_by,
            passed_at=timezone.now(), self_total_up=total_up,
        )  # fmt: skip


def review_only(cycle: Cycle, *branches: object, by: User) -> None:
    """A cycle that reviews a sample of these branches."""
    Cycle.objects.filter(pk=cycle.pk).update(review_scope="sample", sample_percent=25)
    cycle.refresh_from_db()
    now = timezone.now()
    ReviewScope.objects.create(
        cycle=cycle, kind="sample", seed="1", wanted=len(branches), basis="[]", digest="0" * 64, settled_by=by,
        settled_at=now,
    )  # fmt: skip
    ScopeBranch.objects.bulk_create(
        ScopeBranch(cycle=cycle, branch=branch, origin="drawn", place=1, added_by=by, added_at=now)
        for branch in branches
    )
