"""The dates of a cycle: which order its steps must keep, and what is suggested for a period."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from ..schemes.loading import engine_scheme
from .models import Cycle, Step, YearPlan

Kind = Step.Kind
STEP_ORDER = tuple(Kind.values)  # the rows of the form; what must follow what is said by `chain`
REQUIRED = (Kind.SELF, Kind.PRELIMINARY, Kind.REVIEW)
DAYS = {"self": 10, "poll": 10, "preliminary": 7, "review": 14, "ratification": 7, "notice": 5}
END_OF_DAY = time(18, 0)


@dataclass(frozen=True)
class Span:
    """A step's dates, half open: the deadline itself is too late."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Settings:
    """What the year and the scheme say about the order of steps.

    `notice_days`: working days of the notice, None where nothing is asked (a cycle for feedback has no notice).
    `polls_into_sheet`: the scheme has rows that a poll fills, so the department waits for it.
    """

    meeting_after_notice: bool = False
    notice_days: int | None = None
    has_poll: bool = False
    polls_into_sheet: bool = False


def settings_of(plan: YearPlan, period: str, purpose: str) -> Settings:
    """The settings of a period: from the year's plan and its schemes."""
    schemes = [engine_scheme(version) for version in plan.versions]
    rows = any(leaf.rule == "poll" and scheme.is_due(leaf, period) for scheme in schemes for leaf in scheme.leaves)
    whole = any(part.source == "poll" for scheme in schemes for part in scheme.components)
    notice_days = plan.notice_days if purpose == Cycle.Purpose.RATING else None
    return Settings(plan.meeting_after_notice, notice_days, rows or whole, rows)


def chain(settings: Settings) -> tuple[str, ...]:
    """The steps of which none begins or ends before the one before it. A poll stands beside them."""
    last = (Kind.NOTICE, Kind.RATIFICATION) if settings.meeting_after_notice else (Kind.RATIFICATION, Kind.NOTICE)
    return (*REQUIRED, *last)


def later_steps(kind: str) -> tuple[str, ...]:
    """The steps that must not end before this one does."""
    order = chain(Settings())
    return order[order.index(kind) + 1 :] if kind in order else ()


def problems(spans: dict[str, Span], starts_on: date, settings: Settings | None = None) -> dict[str, str]:
    """A sentence with the cure for every step whose dates do not fit; empty when all is well.

    Steps may overlap (a department passes sheets while others still fill in), but each begins and ends no earlier
    than the one before it. The committee chooses when polls are held, and whether it decides before the notice.
    """
    settings = settings or Settings()
    found = {kind: _("Give the dates of this step; no cycle works without it.") for kind in REQUIRED}
    found = {kind: text for kind, text in found.items() if kind not in spans}
    before: tuple[str, Span] | None = None
    for kind in chain(settings):
        span = spans.get(kind)
        if span is None:
            continue
        if text := _problem(span, before, starts_on) or _wrong_notice(kind, span, settings):
            found[kind] = _with_setting(kind, before, text, settings)
        before = (kind, span)
    if Kind.POLL in spans and (text := _poll_problem(spans, starts_on, settings)):
        found[Kind.POLL] = text
    return found


def _problem(span: Span, before: tuple[str, Span] | None, starts_on: date) -> str:
    if span.ends_at <= span.starts_at:
        return _("The deadline must come after the beginning.")
    if before is None:
        if timezone.localdate(span.starts_at) < starts_on:
            return _("The step begins before the period that it assesses.")
        return ""
    label = Kind(before[0]).label
    if span.starts_at < before[1].starts_at:
        return _("The step begins before “%(step)s” has begun.") % {"step": label}
    if span.ends_at < before[1].ends_at:
        return _("The step ends before “%(step)s” is over.") % {"step": label}
    return ""


def _with_setting(kind: str, before: tuple[str, Span] | None, text: str, settings: Settings) -> str:
    """Where notice and decision stand the wrong way round, the cure lies in the dates or in the year's plan."""
    if before is None or {kind, before[0]} != {Kind.NOTICE, Kind.RATIFICATION}:
        return text
    if settings.meeting_after_notice:
        cure = _("In this year the committee decides after the notice; move the ratification, or change the year plan.")
    else:
        cure = _("In this year the committee decides before the notice; move the notice, or change the year plan.")
    return f"{text} {cure}"


def _wrong_notice(kind: str, span: Span, settings: Settings) -> str:
    if kind != Kind.NOTICE or settings.notice_days is None:
        return ""
    if settings.notice_days == 0:
        return _("This year has no notice (0 working days). Leave these dates empty, or change the year plan.")
    days = (timezone.localdate(span.ends_at) - timezone.localdate(span.starts_at)).days + 1
    if days < settings.notice_days:
        words = _("The notice runs for %(days)d working days in this year; let it end later, or change the year plan.")
        return words % {"days": settings.notice_days}
    return ""


def _poll_problem(spans: dict[str, Span], starts_on: date, settings: Settings) -> str:
    """A poll may come before, beside or after the self-assessment, but its result must arrive in time."""
    span = spans[Kind.POLL]
    if text := _problem(span, None, starts_on):
        return text
    until = Kind.PRELIMINARY if settings.polls_into_sheet else Kind.REVIEW
    if until not in spans or span.ends_at <= spans[until].ends_at:
        return ""
    if settings.polls_into_sheet:
        return _(
            "The scheme enters the poll's result into the sheet before the department passes it. Let the poll end "
            "with the preliminary review at the latest, or let that one end later."
        )
    return _(
        "A sheet is approved with the poll's result in it. Let the poll end with the review at the latest, or let that "
        "one end later."
    )


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


def suggested_spans(ends_on: date, settings: Settings | None = None) -> dict[str, Span]:
    """A usual timetable: self-assessment in the last days of the period, the other steps one after another.

    A poll, where the scheme has one, is held beside the self-assessment; a notice has room for its working days.
    """
    settings = settings or Settings()
    spans, day = {}, ends_on - timedelta(days=DAYS["self"] - 1)
    for kind in chain(settings):
        last = day + timedelta(days=_days_of(kind, settings) - 1)
        if kind == Kind.NOTICE and settings.notice_days == 0:
            continue
        spans[kind] = Span(_moment(day, time(9, 0)), _moment(last, END_OF_DAY))
        day = last + timedelta(days=1)
    if settings.has_poll:
        spans[Kind.POLL] = spans[Kind.SELF]
    return spans


def _days_of(kind: str, settings: Settings) -> int:
    if kind != Kind.NOTICE or not settings.notice_days:
        return DAYS[kind]
    return settings.notice_days + 2 * ((settings.notice_days + 4) // 5)  # so many working days and their week-ends


def _moment(day: date, hour: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour))
