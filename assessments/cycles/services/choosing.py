"""The scope of a cycle's review as it is chosen: every branch, a sample, or candidates."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.changing import stale
from branchportal.errors import PortalError
from members.models import User

from ...schemes.loading import engine_scheme
from .. import rules
from ..models import Cycle, YearPlan

Scope = Cycle.Scope


@dataclass(frozen=True)
class Chosen:
    """What is reviewed; `percent` belongs to a sample, `stars` to candidates."""

    kind: str = Scope.ALL
    percent: int | None = None
    stars: int | None = None

    @staticmethod
    def of(cycle: Cycle) -> "Chosen":
        """As it stands at the cycle."""
        return Chosen(cycle.review_scope, cycle.sample_percent, cycle.candidate_stars)

    @property
    def columns(self) -> dict[str, object]:
        """The cycle's columns; what does not belong to the kind is dropped."""
        return {
            "review_scope": self.kind,
            "sample_percent": self.percent if self.kind == Scope.SAMPLE else None,
            "candidate_stars": self.stars if self.kind == Scope.CANDIDATES else None,
        }

    @property
    def said(self) -> str:
        """For the audit trail."""
        return {Scope.SAMPLE: f"sample {self.percent}%", Scope.CANDIDATES: f"candidates {self.stars}+"}.get(
            Scope(self.kind), "all"
        )


EVERYBODY = Chosen()


def star_levels(plan: YearPlan, period: str) -> list[int]:
    """The stars that the year's schemes open in a period, lowest first."""
    found = {band.stars for version in plan.versions for band in engine_scheme(version).bands_for(period)}
    return sorted(stars for stars in found if stars)


def scope_problem(plan: YearPlan, period: str, chosen: Chosen) -> tuple[str, str]:
    """The field and the sentence of what does not fit; two empty texts when all is well."""
    if chosen.kind == Scope.SAMPLE and not 1 <= (chosen.percent or 0) <= 99:
        return "sample_percent", _("Say how many per cent of the branches are drawn: 1 to 99.")
    if chosen.kind == Scope.CANDIDATES:
        levels = star_levels(plan, period)
        if not levels:
            return "review_scope", _("The scheme opens no stars in this period. Choose a sample or every branch.")
        if chosen.stars not in levels:
            words = _("Say from which stars on a branch is a candidate: %(least)d to %(most)d.")
            return "candidate_stars", words % {"least": levels[0], "most": levels[-1]}
    return "", ""


def require_scope(plan: YearPlan, period: str, chosen: Chosen) -> None:
    """Raises: PortalError naming the field."""
    field, text = scope_problem(plan, period, chosen)
    if text:
        raise PortalError(text, field=field)


@transaction.atomic
def change_scope(*, actor: User, cycle: Cycle, version: int, scope: Chosen, at: datetime | None = None) -> Cycle:
    """Choose another scope, until the review begins or the list has been made.

    Raises: PermissionDenied; PortalError; StaleState.
    """
    require(rules.can_change_scope(actor, cycle, at or timezone.now()))
    require_scope(cycle.plan, cycle.period, scope)
    before = Chosen.of(cycle).said
    rows = Cycle.objects.filter(pk=cycle.pk, version=version, scope=None).exclude(status=Cycle.Status.CLOSED)
    if not Cycle.objects.filter(pk__in=rows.values("pk"), version=version).update(**scope.columns, version=version + 1):
        raise stale()
    cycle.refresh_from_db()
    audit.record(actor, "cycle.scope_changed", cycle, before={"scope": before}, after={"scope": scope.said})
    return cycle
