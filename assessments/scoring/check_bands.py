"""Problems of bands, conditions, stars and the year; `check.py` holds the rest."""

from collections.abc import Iterator

from .numbers import SCALE, plain
from .problems import WARNING, Problem
from .scheme import PERIODS, Adjustment, Band, Condition, Scheme


def bands(scheme: Scheme) -> Iterator[Problem]:
    yield from _ladder(scheme, scheme.bands, "bands", _highest(scheme))
    yield from _ladder(scheme, scheme.year.bands, "year.bands", _highest_of_year(scheme))
    codes = scheme.dimension_codes
    for at, code in enumerate(scheme.tie_break):
        if code not in (*codes, "bonus", "poll"):
            yield Problem(f"tie_break[{at}]", "unknown_dimension", code, {"allowed": (*codes, "bonus", "poll")})
    passes = [dimension.pass_up for dimension in scheme.indicators]
    if scheme.star_mode == "thematic" and all(share is None for share in passes):
        yield Problem("indicators", "thematic_without_pass")
    elif scheme.star_mode == "thematic":
        yield from _thematic(scheme, len(passes) - passes.count(None))
    else:
        for at, share in enumerate(passes):
            if share is not None:
                params = {"rule": "star_mode: score", "rules": ("star_mode: thematic",)}
                yield Problem(f"indicators[{at}].pass", "no_effect", plain(share), params, WARNING)


def _thematic(scheme: Scheme, most: int) -> Iterator[Problem]:
    """Bands of more stars than first-level indicators have a pass mark."""
    for path, ladder in (("bands", scheme.bands), ("year.bands", scheme.year.bands)):
        for at, band in enumerate(ladder):
            if band.stars > most:
                yield Problem(f"{path}[{at}].stars", "too_many_stars", band.stars, {"most": most}, WARNING)


def _ladder(scheme: Scheme, ladder: tuple[Band, ...], path: str, highest_up: int | None) -> Iterator[Problem]:
    thematic = scheme.star_mode == "thematic"
    for at, band in enumerate(ladder):
        above = ladder[at - 1] if at else None
        if above and not thematic and band.from_up >= above.from_up:
            params = {"above": plain(above.from_up)}
            if band.from_up > above.from_up:
                yield Problem(f"{path}[{at}].from", "bands_order", plain(band.from_up), params)
            elif not above.requires and not (above.quota and above.quota.limits):
                yield Problem(f"{path}[{at}].from", "band_unreachable", plain(band.from_up), params)
        if above and band.stars > above.stars:
            yield Problem(f"{path}[{at}].stars", "stars_order", band.stars, {"above": above.stars})
        if highest_up is not None and band.from_up > highest_up and not thematic:
            yield Problem(f"{path}[{at}].from", "band_too_high", plain(band.from_up), {"highest": plain(highest_up)})
        first = next(index for index, each in enumerate(ladder) if each.grade == band.grade)
        if ladder[first].stars != band.stars and band.grade:
            yield Problem(f"{path}[{at}].grade", "duplicate_code", band.grade, {"first": f"{path}[{first}].grade"})
        for number, condition in enumerate(band.requires):
            yield from _condition(scheme, condition, f"{path}[{at}].requires[{number}]", path == "bands")


def _condition(scheme: Scheme, condition: Condition, path: str, is_period: bool) -> Iterator[Problem]:
    kind, code = condition.kind, condition.code
    flags = tuple(flag.code for flag in scheme.flags)
    grades = tuple(band.grade for band in scheme.bands)
    if kind == "dimension_share" and code not in scheme.dimension_codes:
        yield Problem(f"{path}.dimension_share.code", "unknown_dimension", code, {"allowed": scheme.dimension_codes})
    elif kind == "flag" and code not in flags:
        yield Problem(f"{path}.flag", "unknown_flag", code, {"allowed": flags})
    elif kind == "good_periods" and code not in grades:
        yield Problem(f"{path}.good_periods.grade", "unknown_grade", code, {"allowed": grades})
    elif kind == "good_periods" and condition.limit > len(scheme.year.periods):
        params = {"low": 1, "high": len(scheme.year.periods)}
        yield Problem(f"{path}.good_periods.count", "outside", condition.limit, params)
    elif kind == "good_periods" and is_period:
        yield Problem(path, "year_only", None, {}, WARNING)


def _highest(scheme: Scheme) -> int | None:
    """The highest graded score of a period; None: no bound."""
    if any(leaf.ceiling_up is None or leaf.ceiling_up > leaf.points_up for leaf in scheme.leaves):
        highest = None
    else:
        bonus = _most(scheme.bonus) if scheme.bonus.counts else 0
        highest = None if bonus is None else scheme.full_marks_up + bonus
    limits = [limit for limit in (highest, scheme.max_total_up) if limit is not None]
    return min(limits, default=None)


def _highest_of_year(scheme: Scheme) -> int | None:
    highest = _highest(scheme)
    if highest is None or scheme.year.adjustments == "summed":
        return scheme.max_total_up if scheme.year.adjustments == "summed" else None
    return highest * len(scheme.year.periods) if scheme.year.method == "sum" else highest


def _most(part: Adjustment) -> int | None:
    """The most that a bonus can reach; None: no ceiling."""
    if part.cap_up is not None or not part.items:
        return part.cap_up or 0
    caps = {group.code: group.cap_up for group in part.groups}
    groups = {caps.get(item.group) if item.group else None for item in part.items}
    if None in groups:
        return None
    return sum(cap for cap in caps.values() if cap is not None)


def year(scheme: Scheme) -> Iterator[Problem]:
    rule = scheme.year
    for at, period in enumerate(rule.periods):
        if period not in PERIODS:
            yield Problem(f"year.periods[{at}]", "unknown_period", period, {"allowed": PERIODS})
    if rule.method == "sum" and not rule.bands:
        yield Problem("year.bands", "year_bands_missing")
    if rule.method == "none" and rule.bands:
        yield Problem("year.bands", "no_effect", len(rule.bands), {"rule": "none", "rules": ()}, WARNING)
    if rule.bonus_cap_up is not None and rule.adjustments != "summed":
        params = {"rule": f"adjustments: {rule.adjustments}", "rules": ("summed",)}
        yield Problem("year.bonus_cap", "no_effect", plain(rule.bonus_cap_up), params, WARNING)
    if rule.method != "weighted":
        if rule.weights_up:
            params = {"rule": rule.method, "rules": ("weighted",)}
            yield Problem("year.weights", "no_effect", None, params, WARNING)
        return
    for name in rule.weights_up:
        if name not in rule.periods:
            yield Problem(
                f"year.weights.{name}", "unknown_period", name, {"allowed": tuple(dict.fromkeys(rule.periods))}
            )
    for period in dict.fromkeys(rule.periods):
        if period in PERIODS and period not in rule.weights_up:
            yield Problem(f"year.weights.{period}", "required")
    total = sum(rule.weights_up.values())
    if rule.weights_up and total != SCALE:
        yield Problem("year.weights", "weights_sum", plain(total), {"expected": "1"})
