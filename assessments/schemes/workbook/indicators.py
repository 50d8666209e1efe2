"""The tree of indicators out of two flat tables: levels make the tree, codes lead criteria to their indicator."""

from typing import TYPE_CHECKING, Any

from . import words
from .grids import Line
from .layout import CRITERIA

if TYPE_CHECKING:
    from .reading import Builder

Data = dict[str, Any]
KEYS = (
    "code", "name", "points", "standard", "sectors", "scaled", "pass", "rule", "evidence", "not_applicable", "due",
    "reviewer_unit", "floor", "ceiling", "step", "start", "highest_only", "factor", "source",
)  # fmt: skip
SLOPE = {"target": "target", "per": "per", "slope_points": "points", "slope_max": "max", "direction": "direction"}
CRITERION = ("code", "text", "points", "unit", "max", "applies_if")
NOT_IN_BANDS = ("code", "text", "low", "high", "unit", "max", "applies_if")


def indicators(builder: "Builder") -> list[Data]:
    """The first-level indicators with everything below them."""
    top: list[Data] = []
    above: list[tuple[Data, str]] = []  # the branch of the tree that the last line stands on
    by_code: dict[str, tuple[Data, str]] = {}
    for line in builder.lines("indicators"):
        level = _level(builder, line, above)
        if not line.has(*KEYS):
            continue
        del above[level - 1 :]
        siblings = above[-1][0].setdefault("children", []) if above else top
        path = f"{above[-1][1]}.children[{len(siblings)}]" if above else f"indicators[{len(siblings)}]"
        node = _indicator(builder, line, path)
        siblings.append(node)
        above.append((node, path))
        by_code.setdefault(str(node.get("code", "")), (node, path))
    for line in builder.lines("criteria"):
        _criterion(builder, line, by_code)
    return top


def _level(builder: "Builder", line: Line, above: list[tuple[Data, str]]) -> int:
    """The level of a line; what cannot be goes where it fits best, so that the rest is checked."""
    given, depth = line.values.get("level"), len(above)
    if given not in words.LEVELS:
        code = "not_one_of" if given else "required"
        builder.problem(line.cells["level"], code, given, allowed=tuple(words.LEVELS.values()))
        if line.has("rule"):  # beside the scored one above it, or below the one that has others
            return min(depth if above and "rule" in above[-1][0] else depth + 1, len(words.LEVELS))
        return min(str(line.values.get("code", "")).count(".") + 1, depth + 1, len(words.LEVELS))
    level = int(given)
    if level > depth + 1:
        builder.problem(line.cells["level"], "level_without_upper", level)
        return depth + 1
    return level


def _indicator(builder: "Builder", line: Line, path: str) -> Data:
    builder.note(path, line.at)
    data = builder.take(line, path, KEYS)
    for key, name in SLOPE.items():
        builder.note(f"{path}.slope.{name}", line.cells[key])
    builder.note(f"{path}.slope", line.cells["target"])
    builder.note(f"{path}.children", line.cells["code"])
    builder.note(f"{path}.criteria", line.cells["rule"])
    if slope := {name: line.values[key] for key, name in SLOPE.items() if line.has(key)}:
        data["slope"] = slope
    return data


def _criterion(builder: "Builder", line: Line, by_code: dict[str, tuple[Data, str]]) -> None:
    """Add a criterion, or a band of a measure, to its indicator."""
    code = line.values.get("indicator")
    if code not in by_code:
        builder.problem(line.cells["indicator"], "unknown_indicator_code" if code else "required", code)
        return
    indicator, path = by_code[code]
    if line.has("from"):
        _measure_band(builder, line, indicator, path)
        return
    found = indicator.setdefault("criteria", [])
    at = f"{path}.criteria[{len(found)}]"
    if not found:
        builder.cells[f"{path}.criteria"] = line.cells["text"]  # of all of them, instead of the rule that needs some
    builder.note(at, line.cells["text"])
    data = builder.take(line, at, CRITERION)
    if line.has("low", "high"):
        ends = [(key, line.values[key]) for key in ("low", "high") if line.has(key)]
        builder.note(f"{at}.range", line.cells["low"])
        for number, (key, _end) in enumerate(ends):
            builder.note(f"{at}.range[{number}]", line.cells[key])
        data["range"] = [end for _key, end in ends]
    found.append(data)


def _measure_band(builder: "Builder", line: Line, indicator: Data, path: str) -> None:
    for key in NOT_IN_BANDS:
        if line.has(key):
            heading = next(each.heading for each in CRITERIA.fields if each.key == key)
            builder.problem(line.cells[key], "not_in_band_line", line.values[key], heading=heading)
    found = indicator.setdefault("bands", [])
    at = f"{path}.bands[{len(found)}]"
    builder.note(f"{path}.bands", line.cells["from"])
    builder.note(at, line.cells["from"])
    found.append(builder.take(line, at, ("from", "points")))
