"""The dates of a cycle: which order its steps must keep, and what is suggested for a period."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from .models import Step

STEP_ORDER = tuple(Step.Kind.values)
REQUIRED = (Step.Kind.SELF, Step.Kind.PRELIMINARY, Step.Kind.REVIEW)
DAYS = {"self": 10, "preliminary": 7, "review": 14, "ratification": 7, "notice": 5}
END_OF_DAY = time(18, 0)


@dataclass(frozen=True)
class Span:
    """A step's dates, half open: the deadline itself is too late."""

    starts_at: datetime
    ends_at: datetime


def problems(spans: dict[str, Span], starts_on: date) -> dict[str, str]:
    """A sentence for every step whose dates do not fit; empty when all is well.

    Steps may overlap (a department passes sheets while others still fill in), but each begins and ends no earlier
    than the one before it.
    """
    found = {kind: _("Give the dates of this step; no cycle works without it.") for kind in REQUIRED}
    found = {kind: text for kind, text in found.items() if kind not in spans}
    before: tuple[str, Span] | None = None
    for kind in STEP_ORDER:
        span = spans.get(kind)
        if span is None:
            continue
        if text := _problem(span, before, starts_on):
            found[kind] = text
        before = (kind, span)
    return found


def _problem(span: Span, before: tuple[str, Span] | None, starts_on: date) -> str:
    if span.ends_at <= span.starts_at:
        return _("The deadline must come after the beginning.")
    if before is None:
        if timezone.localdate(span.starts_at) < starts_on:
            return _("The step begins before the period that it assesses.")
        return ""
    label = Step.Kind(before[0]).label
    if span.starts_at < before[1].starts_at:
        return _("The step begins before “%(step)s” has begun.") % {"step": label}
    if span.ends_at < before[1].ends_at:
        return _("The step ends before “%(step)s” is over.") % {"step": label}
    return ""


def period_days(year: int, period: str) -> tuple[date, date]:
    """The first and last day of a period's code (Q1..Q4, H1, H2, M01..M12, year_end)."""
    first, last = 1, 12
    if period.startswith("Q"):
        first, last = int(period[1]) * 3 - 2, int(period[1]) * 3
    elif period.startswith("H"):
        first, last = int(period[1]) * 6 - 5, int(period[1]) * 6
    elif period.startswith("M"):
        first = last = int(period[1:])
    return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])


def suggested_spans(ends_on: date) -> dict[str, Span]:
    """A usual timetable: self-assessment in the last days of the period, the other steps one after another."""
    spans, day = {}, ends_on - timedelta(days=DAYS["self"] - 1)
    for kind in STEP_ORDER:
        last = day + timedelta(days=DAYS[kind] - 1)
        spans[kind] = Span(_moment(day, time(9, 0)), _moment(last, END_OF_DAY))
        day = last + timedelta(days=1)
    return spans


def _moment(day: date, hour: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour))


def period_label(period: str) -> str:
    """What a period's code is called."""
    if period.startswith("M"):
        return _("month %(number)s") % {"number": int(period[1:])}
    return {
        "Q1": _("first quarter"),
        "Q2": _("second quarter"),
        "Q3": _("third quarter"),
        "Q4": _("fourth quarter"),
        "H1": _("first half-year"),
        "H2": _("second half-year"),
    }.get(period, _("year end"))
