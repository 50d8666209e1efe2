"""Approved sheets and their tally."""

from django.utils import timezone

from assessments.cycles.models import Cycle
from assessments.results.models import Tally
from assessments.results.services.tally import run_tally
from assessments.sheets.freezing import freeze
from assessments.sheets.models import Claim, Sheet

from .assessments import FULL_MARKS, make_marks

# Reviewed marks of the small scheme: 19 + 15 + 18 + 8 + points of 2.2 + 10 + the poll
BEST = FULL_MARKS | {"1.1": {"counts": {}}, "1.2": {"counts": {"good": 1}}, "1.3": {"value": 1}}


def make_approved(sheet: Sheet, user: object, *, points: object = "9.5", poll: object = 90, marks: dict | None = None,
                  claims: tuple[dict, ...] = ()) -> Sheet:  # fmt: skip
    """A sheet reviewed and sealed. With `marks` left out: 79.5 without the poll's ninth part (88.5 with 9 and 9.5)."""
    reviewed = {**(marks or FULL_MARKS), "2.2": {"value": points}}
    make_marks(sheet, user, stage="review", marks=reviewed)
    make_marks(sheet, user, stage="poll", marks={"2.4": {"value": poll}})
    for claim in claims:
        Claim.objects.create(sheet=sheet, entered_by=user, entered_at=timezone.now(), **{"status": "accepted", **claim})
    fresh = Sheet.objects.select_related("branch", "organization", "sector", "unit", "cycle__plan", "scheme_version")
    sealed = freeze(fresh.get(pk=sheet.pk))
    Sheet.objects.filter(pk=sheet.pk).update(
        status="approved", approved_by=user, approved_at=timezone.now(), **sealed.columns
    )
    sheet.refresh_from_db()
    return sheet


def make_tally(cycle: Cycle, actor: object = None) -> Tally:
    """What the office's tally stores."""
    return run_tally(actor=actor, cycle=Cycle.objects.select_related("plan__scheme_version__scheme").get(pk=cycle.pk))
