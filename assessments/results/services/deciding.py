"""The deciding authority settles a tie across a quota (待定（并列）), with a reason."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ...scoring import DecisionError
from .. import rules
from ..computing import Computed, Decision, compute
from ..models import QuotaDecision, Result, Tally
from ..ties import Tie, ties_of
from ..yearly import decisions_of, inputs_again
from .tally import counts_of, store_quota_lines

if TYPE_CHECKING:
    from members.models import User

SHORTEST_REASON = 5
SETTLED_FIELDS = ("status", "stars", "grade", "reasons")  # all that a decision may change


def decide_tie(
    *,
    tally: Tally,
    actor: "User",
    digest: str,
    key: str,
    granted: Collection[int],
    reason: str,
    at: datetime | None = None,
) -> Tally:
    """Give the places left in one tie to the branches `granted` (ids); the others fall to the next band.

    The tally is settled anew with all decisions so far, lower bands included; its digest covers the decision.
    `digest` is the one that the person saw: a tally decided on meanwhile is refused.
    Raises: PermissionDenied; PortalError for a missing reason or too many branches; StaleState.
    """
    require(rules.can_decide(actor, tally))
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise PortalError(_("Give a reason of at least %(count)d characters.") % {"count": SHORTEST_REASON})
    tie = next((tie for tie in ties_of(tally) if tie.key == key), None)
    if tally.digest != digest or tie is None:
        raise _changed()
    chosen = _chosen(tie, set(granted), reason)
    decisions = decisions_of(tally) | chosen
    computed = _settled(tally, decisions)
    return _store(tally, digest, computed, chosen, actor, at or timezone.now())


def _chosen(tie: Tie, granted: set[int], reason: str) -> dict[int, Decision]:
    """One decision per branch admitted; with places left empty, also one per branch that is not."""
    members = {result.branch_id for result in tie.members}
    if not granted <= members:
        raise _changed()
    if len(granted) > tie.line.left:
        message = ngettext(
            "Only %(left)d place is left, but %(count)d branches were chosen.",
            "Only %(left)d places are left, but %(count)d branches were chosen.",
            tie.line.left,
        )
        raise PortalError(message % {"left": tie.line.left, "count": len(granted)})
    chosen = {branch: Decision(tie.line.stars, reason) for branch in granted}
    if len(granted) < tie.line.left:
        chosen |= {branch: Decision(tie.line.stars - 1, reason) for branch in members - granted}
    return chosen


def _settled(tally: Tally, decisions: dict[int, Decision]) -> Computed:
    try:
        return compute(inputs_again(tally), decisions, engine=tally.engine_version)
    except DecisionError as error:
        raise PortalError(
            _("These decisions together give away more places than there are. Choose fewer branches.")
        ) from error


@transaction.atomic
def _store(
    tally: Tally, digest: str, computed: Computed, chosen: dict[int, Decision], actor: "User", at: datetime
) -> Tally:
    moved = Tally.objects.filter(pk=tally.pk, status=Tally.Status.CANDIDATE, digest=digest).update(
        digest=computed.digest, **counts_of(computed)
    )
    if not moved:
        raise _changed()
    for branch, decision in chosen.items():
        QuotaDecision.objects.update_or_create(
            tally=tally,
            branch_id=branch,
            defaults={"stars": decision.stars, "reason": decision.reason[:300], "decided_by": actor, "decided_at": at},
        )
    _update_results(tally, computed)
    store_quota_lines(tally, computed)
    codes = {entry.branch_id: entry.code for entry in computed.inputs.entries}
    after = {"digest": computed.digest, "stars": {codes[branch]: said.stars for branch, said in chosen.items()}}
    reason = next(iter(chosen.values())).reason
    audit.record(actor, "tally.tie_decided", tally, before={"digest": digest}, after=after, note=reason)
    tally.refresh_from_db()
    return tally


def _update_results(tally: Tally, computed: Computed) -> None:
    """Write what the decision changed, and nothing else."""
    settled = zip(*(computed.columns[name] for name in SETTLED_FIELDS), strict=True)
    now = dict(zip(computed.columns["branch"], settled, strict=True))
    changed = []
    for result in Result.objects.filter(tally=tally).only("branch_id", *SETTLED_FIELDS):
        values = now[result.branch_id]
        if values != tuple(getattr(result, name) for name in SETTLED_FIELDS):
            for name, value in zip(SETTLED_FIELDS, values, strict=True):
                setattr(result, name, value)
            changed.append(result)
    Result.objects.bulk_update(changed, SETTLED_FIELDS, batch_size=200)


def _changed() -> StaleState:
    return StaleState(_("Somebody settled or replaced this tally meanwhile. Reload the page and look again."))
