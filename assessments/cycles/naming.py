"""Which day's names the pages and papers of a cycle or a year show.

A cycle that is over keeps the names of the day on which its list was prepared for publication, for these are what the
authority approved; one that was closed without publication keeps those of its last deadline. What is still going on,
and a notice that was withdrawn, has the names of now.
"""

from django.db.models import Expression, OuterRef, Subquery
from django.db.models.functions import Coalesce

from .models import Cycle, Step, YearPlan

SHOWN = ("notice", "published", "superseded")  # of a publication; its room lies to the right


def settled(*, cycle: str = "", plan: str = "") -> Expression:
    """The moment for `NamedQuerySet.named_as_of`: `cycle` and `plan` are the columns of the rows that hold their keys.

    With both, `plan` is asked where there is no cycle, or none that is over.
    """
    parts = []
    if cycle:
        ended = Step.objects.filter(cycle=OuterRef(OuterRef(cycle)), cycle__status=Cycle.Status.CLOSED)
        parts.append(_prepared(Cycle.objects.filter(pk=OuterRef(OuterRef(cycle)))))
        parts.append(Subquery(ended.order_by("-ends_at").values("ends_at")[:1]))
    if plan:
        parts.append(_prepared(YearPlan.objects.filter(pk=OuterRef(OuterRef(plan))), tallies__cycle=None))
    return Coalesce(*parts) if len(parts) > 1 else parts[0]


def settled_of(cycle: Cycle) -> Expression:
    """The same moment of one cycle, whatever the rows are (`former.called_then`, `former.own_name_at`)."""
    ended = Step.objects.filter(cycle=cycle.pk, cycle__status=Cycle.Status.CLOSED).order_by("-ends_at")
    return Coalesce(_prepared(Cycle.objects.filter(pk=cycle.pk)), Subquery(ended.values("ends_at")[:1]))


def _prepared(rows: object, **which: object) -> Subquery:
    """When the latest list shown of a cycle or a year was prepared."""
    shown = rows.filter(tallies__publications__status__in=SHOWN, **which).order_by("-tallies__publications__pk")
    return Subquery(shown.values("tallies__publications__prepared_at")[:1])
