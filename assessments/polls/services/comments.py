"""Comments of voters are read by a person of the department first; only what that person lets through is shown."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import transaction

from branchportal import audit
from branchportal.access import require

from .. import rules
from ..choices import Review
from ..models import Comment, Poll

if TYPE_CHECKING:
    from members.models import User


@transaction.atomic
def review_comments(*, actor: "User", poll: Poll, decisions: Mapping[str, str]) -> int:
    """Show or withhold comments, by their key. The audit row holds counts, no words. Returns how many were decided."""
    require(rules.can_review_comments(actor, poll))
    counts = {Review.SHOWN.value: 0, Review.WITHHELD.value: 0}
    for key, decision in decisions.items():
        if decision in counts:
            counts[decision] += Comment.objects.filter(poll=poll, pk=key).update(review=decision)
    audit.record(actor, "poll.comments_reviewed", poll, after=counts)
    return sum(counts.values())
