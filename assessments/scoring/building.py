"""Builds the parts of a Scheme with `Reader`s; what several parts must agree on is left to `check.py`."""

from collections.abc import Mapping
from typing import Any

from .numbers import SCALE, plain
from .problems import Problem
from .reading import KEYS, LEAF_KEYS, REQUIRED, Reader
from .scheme import (
    PERIODS,
    RULES,
    SOURCES,
    Adjustment,
    Band,
    Component,
    Condition,
    Criterion,
    Flag,
    Group,
    Indicator,
    Item,
    MeasureBand,
    Quota,
    Scheme,
    Slope,
    Veto,
    YearRule,
)

METHODS = ("none", "sum", "mean", "weighted", "last", "best")
EFFECTS, CONDITIONS = KEYS["effect"], KEYS["condition"]
DUE = ("every", "year_end", "on_event")
MOST_STARS = 99
DEEPEST = 3


def scheme(data: object, problems: list[Problem]) -> Scheme:
    """The scheme as far as it can be read; trust it only when `problems` holds no error."""
    r = Reader(data, "", "scheme", problems)
    return Scheme(
        code=r.code(),
        version=r.code("version"),
        name=r.text("name"),
        sectors=r.texts("sectors"),
        full_marks_up=r.number("full_marks", above=0),
        places=r.whole("places", 2, most=6),
        round_before_banding=_rounding(r),
        rescale=r.flag("rescale"),
        rescale_due=r.flag("rescale_due"),
        max_total_up=r.optional_number("max_total", above=0),
        rank_on=r.choice("rank_on", ("total", "graded"), "total"),
        tie_break=r.texts("tie_break"),
        star_mode=r.choice("star_mode", ("score", "thematic"), "score"),
        indicators=tuple(indicator(child, 1) for child in r.subs("indicators", "indicator", required=True)),
        components=_components(r),
        bonus=adjustment(r.sub("bonus", "bonus")),
        penalty=adjustment(r.sub("penalty", "penalty")),
        veto=tuple(_veto(entry) for entry in r.subs("veto", "veto")),
        flags=tuple(Flag(entry.code(), entry.text("text")) for entry in r.subs("flags", "flag")),
        bands=tuple(band(entry) for entry in r.subs("bands", "band", required=True)),
        year=_year(r),
        notes=r.text("notes", ""),
    )


def _components(r: Reader) -> tuple[Component, ...]:
    if not r.has("components"):
        return (Component("review", SCALE),)
    return tuple(Component(c.choice("source", SOURCES), c.share("weight")) for c in r.subs("components", "component"))


def _rounding(r: Reader) -> int | None:
    value = r.raw("round_before_banding", REQUIRED)
    if value is None or value == "none":
        return None
    if isinstance(value, bool) or str(value) not in ("0", "1", "2"):
        r.problem("round_before_banding", "not_one_of", value, allowed=("none", "0", "1", "2"))
        return None
    return int(value)


def indicator(r: Reader, depth: int) -> Indicator:
    common: dict[str, Any] = {
        "code": r.code(),
        "name": r.text("name"),
        "points_up": r.number("points", least=0),
        "standard": r.text("standard", ""),
        "sectors": r.texts("sectors"),
        "scaled": r.flag("scaled"),
        "pass_up": r.optional_share("pass"),
    }
    if common["pass_up"] is not None and depth > 1:
        r.problem("pass", "first_level_only", r.data["pass"])
    children = r.subs("children", "indicator")
    if children:
        for key in LEAF_KEYS:
            if r.has(key):
                r.problem(key, "not_with_children", r.data[key])
        if depth == DEEPEST:
            r.problem("children", "too_deep", len(children))
        return Indicator(**common, children=tuple(indicator(child, depth + 1) for child in children))
    if common["scaled"]:
        r.problem("scaled", "only_with_children", True)
    return _leaf(r, common)


def _leaf(r: Reader, common: dict[str, Any]) -> Indicator:
    rule = r.choice("rule", RULES)
    return Indicator(
        **common,
        rule=rule,
        criteria=tuple(criterion(entry, rule) for entry in r.subs("criteria", "criterion")),
        evidence=r.choice("evidence", ("required", "optional", "none"), "optional"),
        not_applicable=r.choice("not_applicable", ("forbidden", "counts_full", "excluded"), "forbidden"),
        due=_due(r),
        reviewer_unit=r.text("reviewer_unit", ""),
        floor_up=r.number("floor", 0),
        ceiling_up=None if r.data.get("ceiling") == "none" else r.number("ceiling", common["points_up"]),
        step_up=r.number("step", SCALE // 2, above=0),
        start_up=r.number("start", 0),
        highest_only=r.flag("highest_only"),
        bands=tuple(MeasureBand(b.number("from"), b.number("points")) for b in r.subs("bands", "measure_band")),
        slope=_slope(r.sub("slope", "slope")),
        factor_up=r.number("factor", SCALE),
        source=r.text("source", ""),
    )


def _due(r: Reader) -> str | tuple[str, ...]:
    value = r.data.get("due")
    if isinstance(value, list | tuple):
        return r.texts("due", required=True)
    if value is not None and value not in DUE:
        r.problem("due", "not_one_of", value, allowed=(*DUE, "[Q2, Q4]"))
    return value if isinstance(value, str) and value in DUE else "every"


def _slope(r: Reader | None) -> Slope | None:
    if r is None:
        return None
    return Slope(
        target_up=r.number("target"),
        per_up=r.number("per", above=0),
        points_up=r.number("points", least=0),
        max_up=r.optional_number("max", least=0),
        direction=r.choice("direction", ("up", "down"), "up"),
    )


def criterion(r: Reader, rule: str) -> Criterion:
    least = 0 if rule in ("deduct", "add") else None
    range_up: tuple[int, int] | None = None
    if r.has("range"):
        ends = [r.as_number(f"range[{at}]", value, least=least) for at, (_, value) in enumerate(r.items("range"))]
        if len(ends) != 2 or ends[0] > ends[1]:
            r.problem("range", "range_order", r.data["range"])
        elif ends == [0, 0]:
            r.problem("range", "range_zero", r.data["range"])
        else:
            range_up = (ends[0], ends[1])
        if r.has("points"):
            r.problem("range", "only_one_of", r.data["range"], keys=("points", "range"))
    return Criterion(
        code=r.code(),
        text=r.text("text"),
        points_up=0 if r.has("range") else r.number("points", least=least),
        range_up=range_up,
        unit=r.text("unit", "次"),
        max_up=r.optional_number("max", least=0),
        applies_if=r.choice("applies_if", ("has_committee", "has_groups"), None) or None,
    )


def adjustment(r: Reader | None) -> Adjustment:
    if r is None:
        return Adjustment()
    groups = tuple(Group(g.code(), g.optional_number("cap", least=0)) for g in r.subs("groups", "group"))
    return Adjustment(
        items=tuple(_item(entry) for entry in r.subs("items", "item")),
        groups=groups,
        cap_up=r.optional_number("cap", least=0),
        counts=r.flag("counts", True),
        source=r.choice("from", ("total", *SOURCES), "total"),
    )


def _item(r: Reader) -> Item:
    if r.has("points") == r.has("levels"):
        r.problem("", "only_one_of" if r.has("points") else "one_of", keys=("points", "levels"))
    if r.has("levels") and not r.data["levels"]:
        r.problem("levels", "empty", r.data["levels"])
    return Item(
        code=r.code(),
        text=r.text("text"),
        points_up=r.number("points", 0, least=0),
        levels_up=dict(sorted(r.numbers("levels").items(), key=lambda level: (-level[1], level[0]))),
        group=r.text("group", "") or None,
        unit=r.text("unit", "次"),
        max_up=r.optional_number("max", least=0),
        per_matter=r.choice("per_matter", ("highest", "each"), "highest"),
    )


def _single(r: Reader, value: object, allowed: tuple[str, ...], key: str = "") -> tuple[str, Any]:
    """The one entry of a one-key mapping, such as a veto's effect or a condition."""
    if not isinstance(value, Mapping) or len(value) != 1:
        is_bare = isinstance(value, str) and value in allowed
        r.problem(key, "needs_content" if is_bare else "not_single", value, allowed=allowed)
        return "", None
    ((kind, content),) = value.items()
    if kind not in allowed:
        r.problem(key, "not_one_of", kind, allowed=allowed)
        return "", None
    return str(kind), content


def _veto(r: Reader) -> Veto:
    code, text = r.code(), r.text("text")
    given, stars = r.raw("effect", REQUIRED), 0
    effect, content = ("", None) if given is None else _single(r, given, EFFECTS, "effect")
    if effect == "max_stars":
        inner = Reader({effect: content}, r.at("effect"), "effect", r.problems)
        stars = inner.whole(effect, most=MOST_STARS)
    elif effect == "grade" and content != "lowest":
        r.problem("effect", "not_one_of", content, allowed=("lowest",))
    elif effect in ("bar_honours", "zero_total") and content is not True:
        r.problem("effect", "must_be_yes", content)
    return Veto(code, text, effect, stars)


def band(r: Reader) -> Band:
    quota = r.sub("quota", "quota")
    return Band(
        stars=r.whole("stars", most=MOST_STARS),
        grade=r.text("grade"),
        from_up=r.number("from"),
        quota=_quota(quota) if quota else None,
        requires=tuple(_condition(path, entry, r.problems) for path, entry in r.items("requires")),
    )


def _quota(r: Reader) -> Quota:
    if r.has("max_share") and r.has("max_number"):
        r.problem("", "only_one_of", keys=("max_share", "max_number"))
    if not any(r.has(key) for key in ("max_share", "max_number", "min_share", "about")):
        r.problem("", "one_of", keys=("max_share", "max_number"))
    return Quota(
        max_share_up=r.optional_share("max_share"),
        max_number=r.whole("max_number") if r.has("max_number") else None,
        within=r.choice("within", ("all", "sector", "committee"), "all"),
        min_share_up=r.optional_share("min_share"),
        about_up=r.optional_share("about"),
    )


def _condition(path: str, value: object, problems: list[Problem]) -> Condition:
    r = Reader({}, path, "condition", problems)
    kind, content = _single(r, value, CONDITIONS)
    if not kind:
        return Condition("")
    if kind in ("dimension_share", "good_periods"):
        return _condition_with_code(r, kind, content)
    if kind in ("no_zero_dimension", "no_veto"):
        if content is not True:
            r.problem(kind, "must_be_yes", content)
        return Condition(kind)
    if kind == "flag":
        if not isinstance(content, str):
            r.problem(kind, "not_text", content)
        return Condition(kind, str(content))
    inner = Reader({kind: content}, path, "condition", problems)
    if kind == "previous_stars_min":
        return Condition(kind, "", inner.whole(kind, most=MOST_STARS))
    most = 100 if kind == "poll_min" else 1
    limit = inner.number(kind, least=0)
    if limit > most * SCALE:
        r.problem(kind, "outside", content, low=0, high=most)
    elif kind == "poll_min" and 0 < limit <= SCALE:
        inner.warn(kind, "poll_score_tiny", content)
    return Condition(kind, "", limit)


def _condition_with_code(r: Reader, kind: str, content: object) -> Condition:
    keys = ("code", "min") if kind == "dimension_share" else ("grade", "count")
    if not isinstance(content, Mapping) or set(content) != set(keys):
        r.problem(kind, "needs_keys", content, keys=keys)
        return Condition("")
    name = content[keys[0]]
    if not isinstance(name, str):
        r.problem(f"{kind}.{keys[0]}", "not_text", name)
    if kind == "good_periods":
        inner = Reader(content, r.at(kind), kind, r.problems)
        return Condition(kind, str(name), inner.whole("count", least=1, most=len(PERIODS)))
    limit = r.as_number(f"{kind}.min", content["min"], least=0)
    if limit > SCALE:
        r.problem(f"{kind}.min", "share_above_one", plain(limit))
    return Condition(kind, str(name), limit)


def _year(r: Reader) -> YearRule:
    if not r.has("year"):
        r.problem("year", "required")
        return YearRule((PERIODS[0],), "none", "block")
    y = Reader(r.data["year"], r.at("year"), "year", r.problems)
    return YearRule(
        periods=y.texts("periods", required=True) or (PERIODS[0],),
        method=y.choice("method", METHODS),
        missing=y.choice("missing", ("block", "skip", "zero")),
        weights_up=y.numbers("weights"),
        adjustments=y.choice("adjustments", ("in_quarters", "summed"), "in_quarters"),
        bonus_cap_up=y.optional_number("bonus_cap", least=0),
        bands=tuple(band(entry) for entry in y.subs("bands", "band")),
    )
