"""What the select boxes of the designer offer, in the field's own words; and what the scheme itself offers to them."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ...scoring.scheme import PERIODS
from ..comparison_words import period_name
from ..description import rule_name
from .fields import Choices, shown, texts
from .places import Content, at, listed


def rules() -> Choices:
    names = ("deduct", "add", "mixed", "choice", "measure", "entry", "poll", "external")
    return [("", _("choose …")), *((name, rule_name(name)) for name in names)]


def evidence() -> Choices:
    return [("optional", _("optional")), ("required", _("required")), ("none", pgettext("evidence", "none"))]


def not_applicable() -> Choices:
    return [
        ("forbidden", _("applies to every branch")),
        ("counts_full", _("where it does not apply: full points")),
        ("excluded", _("where it does not apply: left out")),
    ]


def due() -> Choices:
    return [
        ("every", _("in every period")),
        ("periods", _("only in the periods ticked below")),
        ("year_end", _("only in the last period of the year")),
        ("on_event", _("only where something happened")),
    ]


def applies_if() -> Choices:
    return [
        ("", _("every branch")),
        ("has_committee", _("branches with a committee")),
        ("has_groups", _("branches with party groups")),
    ]


def direction() -> Choices:
    return [("up", _("higher is better")), ("down", _("lower is better"))]


def rounding() -> Choices:
    return [
        ("", _("choose …")),
        ("none", _("not rounded")),
        ("0", _("rounded to whole points")),
        ("1", _("rounded to 1 decimal")),
        ("2", _("rounded to 2 decimals")),
    ]


def rank_on() -> Choices:
    return [("total", _("total, bonus included")), ("graded", _("the score that is graded"))]


def star_mode() -> Choices:
    return [("score", _("by the score")), ("thematic", _("one star for each first-level indicator passed"))]


def sources() -> Choices:
    return [
        ("self", _("Self-assessment")),
        ("preliminary", _("Preliminary review")),
        ("review", _("Review")),
        ("onsite", _("On-site visit")),
        ("poll", _("Poll")),
        ("meeting", _("Reporting meeting")),
        ("peer", _("Mutual assessment")),
        ("external", _("External score")),
    ]


def penalty_from(around: "Around") -> Choices:
    named = dict(sources())
    return [("total", _("the total")), *((source, named.get(source, source)) for source in around.sources)]


def per_matter() -> Choices:
    return [("highest", _("the highest one of a matter")), ("each", _("each one of a matter"))]


def effects() -> Choices:
    return [
        ("", _("choose …")),
        ("max_stars", _("limits the stars")),
        ("grade", _("the lowest grade")),
        ("bar_honours", _("no honours this year")),
        ("zero_total", _("the total becomes 0")),
    ]


def within() -> Choices:
    return [("all", _("of all branches")), ("sector", _("within the sector")), ("committee", _("within the committee"))]


def conditions() -> Choices:
    return [
        ("dimension_share", _("share of a first-level indicator")),
        ("no_zero_dimension", _("no first-level indicator at 0")),
        ("poll_min", _("poll score at least")),
        ("poll_top_share", _("share of top votes at least")),
        ("previous_stars_min", _("stars of the year before at least")),
        ("good_periods", _("periods in a grade (year only)")),
        ("flag", _("a confirmed fact")),
        ("no_veto", _("no veto")),
    ]


def methods() -> Choices:
    return [
        ("", _("choose …")),
        ("mean", _("mean of the periods")),
        ("sum", _("sum of the periods")),
        ("weighted", _("weighted sum of the periods")),
        ("last", _("the last period")),
        ("best", _("the best period")),
        ("none", _("there is no year total")),
    ]


def missing() -> Choices:
    return [
        ("", _("choose …")),
        ("block", _("a missing period leaves no year total")),
        ("skip", _("missing periods are left out")),
        ("zero", _("missing periods count as 0")),
    ]


def adjustments() -> Choices:
    return [
        ("in_quarters", _("inside the totals of the periods")),
        ("summed", _("added up over the year")),
    ]


def periods() -> Choices:
    return [(code, period_name(code)) for code in PERIODS]


@dataclass(frozen=True)
class Around:
    """What the rest of a scheme offers to one of its forms."""

    all_sectors: Choices  # of the portal
    sectors: Choices  # of the scheme; those of the portal where it names none
    dimensions: Choices
    flags: Choices
    grades: Choices
    periods: tuple[str, ...]
    sources: tuple[str, ...]
    groups: Choices

    @staticmethod
    def of(content: Content, portal_sectors: Choices, tab: str = "") -> "Around":
        """`portal_sectors` are (code, name); `tab` says whose groups are meant (bonus or penalty)."""
        named = dict(portal_sectors)
        own = texts(content.get("sectors"))
        return Around(
            all_sectors=portal_sectors,
            sectors=[(code, named.get(code, code)) for code in own] or portal_sectors,
            dimensions=_coded(listed(content, "indicators"), "name"),
            flags=_coded(listed(content, "flags"), "text"),
            grades=[
                (grade, grade)
                for grade in dict.fromkeys(shown(at(band, "grade")) for band in listed(content, "bands"))
                if isinstance(grade, str) and grade
            ],
            periods=tuple(texts(at(content, "year.periods"))),
            sources=tuple(
                source
                for entry in listed(content, "components")
                if isinstance(source := at(entry, "source"), str) and source
            )
            or ("review",),
            groups=_coded(listed(content.get(tab), "groups"), "code") if tab in ("bonus", "penalty") else [],
        )


def _coded(entries: list[Any], name: str) -> Choices:
    """Code and what stands beside it."""
    found = []
    for entry in entries:
        code = at(entry, "code")
        if isinstance(code, str) and code:
            text = at(entry, name)
            label = f"{code} {text}" if isinstance(text, str) and text and text != code else code
            found.append((code, label))
    return found
