"""Values of a scheme's plain data in words, for the comparison of versions. Nothing here fails on odd input."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ..scoring.scheme import PERIODS

LONGEST = 300
Names = Mapping[str, str]


def plain(value: Any, names: Names) -> str:
    """Anything as text: lists and groups too."""
    if value is None or value == "" or (isinstance(value, list | tuple | dict) and not value):
        return _("none")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        return _joined(f"{key}：{plain(each, names)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return _joined(plain(each, names) for each in value)
    text = _digits(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _joined(parts: Any) -> str:
    return pgettext("between the names of a list", ", ").join(parts)


def _digits(value: Any) -> str:
    """A number without idle zeros, anything else as it stands."""
    text = str(value).strip()
    if "." not in text:
        return text
    try:
        found = Decimal(text)
    except InvalidOperation:
        return text
    return f"{found.normalize():f}" if found.is_finite() and abs(found) < 10**9 else text


def _number(value: Any, names: Names) -> str:
    return plain(value, names)


def points(value: Any, names: Names) -> str:
    """“4 points”, or what was typed instead of a number."""
    text = plain(value, names)
    return _("%(points)s points") % {"points": text} if _decimal(value) is not None else text


def share(value: Any, names: Names) -> str:
    """Shares of one as per cent."""
    found = _decimal(value)
    if found is None or not 0 < found <= 1:
        return plain(value, names)
    return f"{(found * 100).normalize():f}%"


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < 10**9 else None


def rule(value: Any, names: Names) -> str:
    """The kind of a rule in the field's own words."""
    from .description import rule_name

    try:
        return rule_name(value)
    except (KeyError, TypeError):
        return plain(value, names)


def of_words(value: Any, names: Names) -> str:
    """Keywords of a scheme file."""
    known = {
        "total": _("total"),
        "graded": _("graded score"),
        "score": _("by score"),
        "thematic": _("each dimension a star"),
        "required": pgettext("evidence", "required"),
        "optional": pgettext("evidence", "optional"),
        "none": _("none"),
        "forbidden": _("applies to every branch"),
        "counts_full": _("counts in full"),
        "excluded": _("left out"),
        "has_committee": _("branches with a committee"),
        "has_groups": _("branches with party groups"),
        "highest": _("once, the largest"),
        "each": _("every time"),
        "in_quarters": _("inside the periods"),
        "summed": _("added up over the year"),
        **source_names(),
    }
    return known.get(value, plain(value, names)) if isinstance(value, str) else plain(value, names)


def source_names() -> dict[str, str]:
    """The components by source."""
    return {
        "self": _("self-assessment"),
        "preliminary": _("preliminary review"),
        "review": pgettext("component", "review"),
        "onsite": _("on-site visit"),
        "poll": _("poll"),
        "meeting": _("report meeting"),
        "peer": _("peer rating"),
        "external": _("imported figure"),
    }


def period_name(period: str) -> str:
    """What a period's code is called; what is no code stays as it is."""
    if period not in PERIODS:
        return period
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


def period_names(codes: Iterable[str]) -> str:
    """Periods in one line."""
    return _joined(period_name(code) for code in codes)


def periods(value: Any, names: Names) -> str:
    """Periods, dimension codes and the like; `every` and the other words of `due`."""
    known = {
        "every": _("every period"),
        "year_end": _("the year's end"),
        "on_event": _("only when it occurs"),
        "bonus": _("Bonus"),
        "poll": _("poll"),
    }
    if isinstance(value, str):
        return known.get(value, value) or _("none")
    if isinstance(value, list | tuple) and value:
        return _joined(known.get(str(each), names.get(str(each)) or period_name(str(each))) for each in value)
    return plain(value, names)


def sectors(value: Any, names: Names) -> str:
    """Sectors by name; none given means all."""
    if not value:
        return _("all sectors")
    if isinstance(value, list | tuple):
        return _joined(names.get(f"sector:{each}", str(each)) for each in value)
    return plain(value, names)


def method(value: Any, names: Names) -> str:
    """How the periods become the year."""
    known = {
        "none": _("there is no year total"),
        "sum": pgettext("year", "sum"),
        "mean": pgettext("year", "mean"),
        "weighted": pgettext("year", "weighted mean"),
        "last": pgettext("year", "the last one"),
        "best": pgettext("year", "the best one"),
    }
    return known.get(value, plain(value, names)) if isinstance(value, str) else plain(value, names)


def missing(value: Any, names: Names) -> str:
    """What a missing period does."""
    known = {
        "block": _("a missing period leaves no year total"),
        "skip": _("missing periods are left out"),
        "zero": _("missing periods count as 0"),
    }
    return known.get(value, plain(value, names)) if isinstance(value, str) else plain(value, names)


def _group(value: Any, names: Names, known: Mapping[str, Callable[[Any], str]]) -> str:
    """A group of keys, each said by its own sentence; unknown keys as they stand."""
    if not isinstance(value, Mapping) or not value:
        return plain(value, names)
    return _joined(known[key](each) if key in known else f"{key}：{plain(each, names)}" for key, each in value.items())


def effect(value: Any, names: Names) -> str:
    """What a veto does."""
    return _group(
        value,
        names,
        {
            "max_stars": lambda stars: _("at most %(stars)s stars") % {"stars": plain(stars, names)},
            "grade": lambda _value: _("the lowest grade"),
            "bar_honours": lambda _value: _("no honours this year"),
            "zero_total": lambda _value: _("the total becomes 0"),
        },
    )


def quota(value: Any, names: Names) -> str:
    """A band's quota."""
    within = {"all": _("of all branches"), "sector": _("within the sector"), "committee": _("within the committee")}
    return _group(
        value,
        names,
        {
            "max_share": lambda most: _("at most %(share)s") % {"share": share(most, names)},
            "max_number": lambda most: _("at most %(count)s branches") % {"count": plain(most, names)},
            "within": lambda where: within.get(str(where), str(where)),
            "min_share": lambda least: _("at least %(share)s") % {"share": share(least, names)},
            "about": lambda near: _("about %(share)s") % {"share": share(near, names)},
        },
    )


def conditions(value: Any, names: Names) -> str:
    """A band's conditions."""
    if not isinstance(value, list | tuple):
        return plain(value, names)
    return "；".join(_condition(each, names) for each in value) or _("none")


def _condition(value: Any, names: Names) -> str:
    def dimension(said: Any) -> str:
        code, least = (said.get("code"), said.get("min")) if isinstance(said, Mapping) else (said, None)
        return _("“%(name)s” at least %(share)s") % {"name": names.get(str(code), code), "share": share(least, names)}

    def good(said: Any) -> str:
        count, grade = (said.get("count"), said.get("grade")) if isinstance(said, Mapping) else (said, "")
        return _("at least %(limit)s periods in “%(grade)s”") % {"limit": count, "grade": grade}

    return _group(
        value,
        names,
        {
            "dimension_share": dimension,
            "good_periods": good,
            "no_zero_dimension": lambda _value: _("no first-level indicator at 0"),
            "poll_min": lambda least: _("poll score at least %(number)s") % {"number": plain(least, names)},
            "poll_top_share": lambda least: _("top votes at least %(share)s") % {"share": share(least, names)},
            "previous_stars_min": lambda stars: (
                _("at least %(limit)s stars the year before") % {"limit": plain(stars, names)}
            ),
            "flag": lambda code: _("confirmed: %(text)s") % {"text": plain(code, names)},
            "no_veto": lambda _value: _("no veto"),
        },
    )


def slope(value: Any, names: Names) -> str:
    """Target, shortfall and what it costs."""
    if not isinstance(value, Mapping):
        return plain(value, names)
    down = value.get("direction") == "down"
    said = (
        _("Target %(target)s; for every %(per)s above it %(points)s points are taken off, at most %(most)s.")
        if down
        else _("Target %(target)s; for every %(per)s below it %(points)s points are taken off, at most %(most)s.")
    )
    return said % {
        "target": share(value.get("target"), names),
        "per": share(value.get("per"), names),
        "points": plain(value.get("points"), names),
        "most": plain(value.get("max"), names),
    }


def steps(value: Any, names: Names) -> str:
    """Steps of a measure: what is reached from where on."""
    if not isinstance(value, list | tuple) or not all(isinstance(each, Mapping) for each in value):
        return plain(value, names)
    said = _("From %(share)s on: %(points)s points.")
    return "".join(
        said % {"share": share(each.get("from"), names), "points": plain(each.get("points"), names)} for each in value
    ) or _("none")


def weights(value: Any, names: Names) -> str:
    """Shares by period."""
    if not isinstance(value, Mapping) or not value:
        return plain(value, names)
    return _joined(f"{period_name(str(key))} {share(each, names)}" for key, each in value.items())


def levels(value: Any, names: Names) -> str:
    """Points by level."""
    if not isinstance(value, Mapping) or not value:
        return plain(value, names)
    return _joined(f"{key} {points(each, names)}" for key, each in value.items())


def span(value: Any, names: Names) -> str:
    """The ends of a discretion range."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        return plain(value, names)
    return _("%(low)s to %(high)s points") % {"low": plain(value[0], names), "high": plain(value[1], names)}


SHOWN: dict[str, Callable[[Any, Names], str]] = {
    "number": _number,
    "points": points,
    "share": share,
    "rule": rule,
    "words": of_words,
    "list": periods,
    "sectors": sectors,
    "method": method,
    "missing": missing,
    "effect": effect,
    "quota": quota,
    "conditions": conditions,
    "slope": slope,
    "steps": steps,
    "weights": weights,
    "levels": levels,
    "range": span,
}
