"""A cycle whose scope can still be chosen, one whose list has been made, and lists to be approved."""

from datetime import timedelta

from django.utils import timezone

from assessments.cycles.models import Cycle, Step, Team
from assessments.sheets.listing.models import ApprovalList
from branches.models import Branch
from members.models import User
from tests.factories.assessments import make_cycle
from tests.factories.scopes import review_only


def shared(scheme: object, branch: Branch, office: User) -> dict[str, int]:
    """Cycles by name."""
    chosen = make_cycle(scheme, year=2028, period="Q1", review_scope="sample", sample_percent=20)
    later = timezone.now() + timedelta(days=1)
    Step.objects.filter(cycle=chosen, kind="review").update(starts_at=later)
    made = make_cycle(scheme, year=2028, period="Q2")
    review_only(made, branch, by=office)
    return {"scope open": chosen.pk, "scope made": made.pk}


def of_people(cycle: Cycle, team: Team | None, number: int, who: User) -> dict[str, int]:
    """A list of a team, or of all branches; prepared by somebody outside the cast."""
    listed = ApprovalList.objects.create(
        cycle=cycle, number=number, team=team, prepared_by=who, prepared_at=timezone.now()
    )
    return {"approval list": listed.pk}
