"""What is counted beside the scores of a year, in one query: a union of small groups, one line each.

Seven statements of one group each would cost the page seven ways to the database and say the same.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db.models import CharField, Count, Expression, F, IntegerField, Q, QuerySet, Value

from ...cycles.models import Cycle, YearPlan
from ...inspections.choices import WITH_BRANCH
from ...inspections.models import Finding, Visit
from ...polls.choices import FactKind, FactStatus
from ...polls.models import YearFact
from ...results.notices.models import Objection
from ...sheets.extending.models import Extension
from ...sheets.models import Remark
from ...sheets.reopening.models import Reopening

COLUMNS = ("what", "of_cycle", "key", "more", "number", "further")


class Line(NamedTuple):
    """How many of something: `key` and `more` say which (a status, a channel), `further` is told at `year_counts`."""

    what: str
    cycle: int  # 0: the year as a whole
    key: str
    more: str
    number: int
    further: int


def year_counts(plan: YearPlan, cycles: Sequence[Cycle], today: date) -> list[Line]:
    """All lines, in no order.

    remark: reasons, further the sheets; extension and visit: by status; reopening: granted ones; finding: by the
    status of its rectification, further the overdue ones; objection: by channel and outcome, further those that led
    to a sheet opened again; veto: accepted for the year, by code.
    """
    keys = [cycle.pk for cycle in cycles]
    overdue = Q(rectification__status__in=WITH_BRANCH, rectification__due_on__lt=today)
    vetoes = YearFact.objects.filter(plan=plan, kind=FactKind.VETO, status=FactStatus.ACCEPTED)
    granted = Reopening.objects.filter(sheet__cycle__in=keys, status=Reopening.Status.GRANTED)
    parts = [
        _part("remark", Remark.objects.filter(sheet__cycle__in=keys), F("sheet__cycle_id"),
              further=Count("sheet", distinct=True)),
        _part("extension", Extension.objects.filter(cycle__in=keys), F("cycle_id"), F("status")),
        _part("reopening", granted, F("sheet__cycle_id")),
        _part("visit", Visit.objects.filter(plan__cycle__in=keys), F("plan__cycle_id"), F("status")),
        _part("finding", Finding.objects.filter(cycle__in=keys), F("cycle_id"), F("rectification__status"),
              further=Count("pk", filter=overdue)),
        _part("objection", Objection.objects.filter(notice__publication__tally__plan=plan), Value(0), F("channel"),
              F("status"), further=Count("reopening")),
        _part("veto", vetoes, Value(0), F("code")),
    ]  # fmt: skip
    return [Line(*row) for row in parts[0].union(*parts[1:], all=True)]


def _part(
    what: str, rows: QuerySet, cycle: Expression | F, key: Expression | F | None = None,
    more: Expression | F | None = None, further: Count | None = None,
) -> QuerySet:  # fmt: skip
    """One of the union; its columns come in one order, because all of them are annotations."""
    blank = Value("", output_field=CharField())
    said = rows.order_by().annotate(
        what=Value(what, output_field=CharField()), of_cycle=cycle, key=key or blank, more=more or blank
    )
    counted = said.values_list(*COLUMNS[:4]).annotate(
        number=Count("pk"), further=further or Value(0, output_field=IntegerField())
    )
    return counted.values_list(*COLUMNS)
