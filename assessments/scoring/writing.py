"""A Scheme back to plain data: canonical, loss-free, without keys that hold their default."""

from collections.abc import Callable
from typing import Any

from .numbers import SCALE, plain
from .scheme import Adjustment, Band, Condition, Criterion, Indicator, Item, Scheme, Veto, YearRule

Number = Callable[[int], Any]
Data = dict[str, Any]


def json_number(value_up: int) -> int | str:
    """Whole numbers as int, others as decimal text."""
    return value_up // SCALE if value_up % SCALE == 0 else plain(value_up)


def scheme_data(scheme: Scheme, number: Number | None = None) -> Data:
    """What `Scheme.from_data` reads back to an equal scheme. `number` makes a number of micro-points."""
    n = number or json_number
    rounding = scheme.round_before_banding
    data: Data = {"code": scheme.code, "version": scheme.version, "name": scheme.name}
    if scheme.notes:
        data["notes"] = scheme.notes
    _put(data, "sectors", list(scheme.sectors), [])
    data["full_marks"] = n(scheme.full_marks_up)
    _put(data, "places", scheme.places, 2)
    data["round_before_banding"] = "none" if rounding is None else rounding
    _put(data, "rescale", scheme.rescale, False)
    _put(data, "rescale_due", scheme.rescale_due, False)
    _put_number(data, "max_total", scheme.max_total_up, None, n)
    _put(data, "rank_on", scheme.rank_on, "total")
    _put(data, "tie_break", list(scheme.tie_break), [])
    _put(data, "star_mode", scheme.star_mode, "score")
    data["indicators"] = [_indicator(indicator, n) for indicator in scheme.indicators]
    data["components"] = [{"source": each.source, "weight": n(each.weight_up)} for each in scheme.components]
    _put(data, "bonus", _adjustment(scheme.bonus, n), {})
    _put(data, "penalty", _adjustment(scheme.penalty, n), {})
    _put(data, "veto", [_veto(veto) for veto in scheme.veto], [])
    _put(data, "flags", [{"code": flag.code, "text": flag.text} for flag in scheme.flags], [])
    data["bands"] = [_band(band, n) for band in scheme.bands]
    data["year"] = _year(scheme.year, n)
    return data


def _put(data: Data, key: str, value: Any, default: Any) -> None:
    if value != default:
        data[key] = value


def _put_number(data: Data, key: str, value_up: int | None, default_up: int | None, n: Number) -> None:
    if value_up is not None and value_up != default_up:
        data[key] = n(value_up)


def _indicator(indicator: Indicator, n: Number) -> Data:
    data: Data = {"code": indicator.code, "name": indicator.name, "points": n(indicator.points_up)}
    _put(data, "standard", indicator.standard, "")
    _put(data, "sectors", list(indicator.sectors), [])
    _put(data, "scaled", indicator.scaled, False)
    _put_number(data, "pass", indicator.pass_up, None, n)
    if indicator.children:
        data["children"] = [_indicator(child, n) for child in indicator.children]
        return data
    data["rule"] = indicator.rule
    _put(data, "evidence", indicator.evidence, "optional")
    _put(data, "not_applicable", indicator.not_applicable, "forbidden")
    _put(data, "due", indicator.due if isinstance(indicator.due, str) else list(indicator.due), "every")
    _put(data, "reviewer_unit", indicator.reviewer_unit, "")
    _put_number(data, "floor", indicator.floor_up, 0, n)
    if indicator.ceiling_up is None:
        data["ceiling"] = "none"
    else:
        _put_number(data, "ceiling", indicator.ceiling_up, indicator.points_up, n)
    _put_number(data, "step", indicator.step_up, SCALE // 2, n)
    _put_number(data, "start", indicator.start_up, 0, n)
    _put(data, "highest_only", indicator.highest_only, False)
    _put_number(data, "factor", indicator.factor_up, SCALE, n)
    _put(data, "source", indicator.source, "")
    _put(data, "criteria", [_criterion(criterion, n) for criterion in indicator.criteria], [])
    _put(data, "bands", [{"from": n(band.from_up), "points": n(band.points_up)} for band in indicator.bands], [])
    if indicator.slope:
        slope = indicator.slope
        data["slope"] = {"target": n(slope.target_up), "per": n(slope.per_up), "points": n(slope.points_up)}
        _put_number(data["slope"], "max", slope.max_up, None, n)
        _put(data["slope"], "direction", slope.direction, "up")
    return data


def _criterion(criterion: Criterion, n: Number) -> Data:
    data: Data = {"code": criterion.code, "text": criterion.text}
    if criterion.range_up:
        data["range"] = [n(end) for end in criterion.range_up]
    else:
        data["points"] = n(criterion.points_up)
    _put(data, "unit", criterion.unit, "次")
    _put_number(data, "max", criterion.max_up, None, n)
    _put(data, "applies_if", criterion.applies_if, None)
    return data


def _adjustment(part: Adjustment, n: Number) -> Data:
    data: Data = {}
    _put(data, "counts", part.counts, True)
    _put(data, "from", part.source, "total")
    _put_number(data, "cap", part.cap_up, None, n)
    groups = []
    for group in part.groups:
        entry: Data = {"code": group.code}
        _put_number(entry, "cap", group.cap_up, None, n)
        groups.append(entry)
    _put(data, "groups", groups, [])
    _put(data, "items", [_item(item, n) for item in part.items], [])
    return data


def _item(item: Item, n: Number) -> Data:
    data: Data = {"code": item.code, "text": item.text}
    if item.levels_up:
        data["levels"] = {name: n(points) for name, points in item.levels_up.items()}
    else:
        data["points"] = n(item.points_up)
    _put(data, "group", item.group, None)
    _put(data, "unit", item.unit, "次")
    _put_number(data, "max", item.max_up, None, n)
    _put(data, "per_matter", item.per_matter, "highest")
    return data


def _veto(veto: Veto) -> Data:
    content: Any = {"max_stars": veto.stars, "grade": "lowest"}.get(veto.effect, True)
    return {"code": veto.code, "text": veto.text, "effect": {veto.effect: content}}


def _band(band: Band, n: Number) -> Data:
    data: Data = {"stars": band.stars, "grade": band.grade, "from": n(band.from_up)}
    if band.quota:
        quota: Data = {}
        _put_number(quota, "max_share", band.quota.max_share_up, None, n)
        _put(quota, "max_number", band.quota.max_number, None)
        _put(quota, "within", band.quota.within, "all")
        _put_number(quota, "min_share", band.quota.min_share_up, None, n)
        _put_number(quota, "about", band.quota.about_up, None, n)
        data["quota"] = quota
    _put(data, "requires", [_condition(condition, n) for condition in band.requires], [])
    return data


def _condition(condition: Condition, n: Number) -> Data:
    kind, code, limit = condition.kind, condition.code, condition.limit
    content: Any = True
    if kind == "dimension_share":
        content = {"code": code, "min": n(limit)}
    elif kind == "good_periods":
        content = {"grade": code, "count": limit}
    elif kind == "flag":
        content = code
    elif kind == "previous_stars_min":
        content = limit
    elif kind in ("poll_min", "poll_top_share"):
        content = n(limit)
    return {kind: content}


def _year(rule: YearRule, n: Number) -> Data:
    data: Data = {"periods": list(rule.periods), "method": rule.method, "missing": rule.missing}
    _put(data, "weights", {period: n(weight) for period, weight in rule.weights_up.items()}, {})
    _put(data, "adjustments", rule.adjustments, "in_quarters")
    _put_number(data, "bonus_cap", rule.bonus_cap_up, None, n)
    _put(data, "bands", [_band(band, n) for band in rule.bands], [])
    return data
