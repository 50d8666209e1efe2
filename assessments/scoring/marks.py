"""One mark: reading its text, checking it against its rule, its points (for autosave, review and imports)."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from . import numbers
from .layout import MARKED, Mark, layout_of
from .numbers import LARGEST_UP, SCALE, plain
from .problems import MarkError, Problem
from .rules import Asked, group_points
from .scheme import COUNT_RULES, GIVEN_RULES, Criterion, Indicator, Scheme

LARGEST_COUNT = 1_000_000
NOT_APPLICABLE_TEXT = "NA"


def read_number(text: str) -> tuple[int, int | None]:
    """Value and denominator of `12.5` or `37/40`, in millionths. Raises: NumberError."""
    value, slash, denominator = text.partition("/")
    return numbers.parse_up(value), numbers.parse_up(denominator) if slash else None


def read_count(text: str) -> int:
    """A count: a whole number from 0 to 1,000,000. Raises: NumberError."""
    whole, rest = divmod(numbers.parse_up(text), SCALE)
    if rest:
        raise numbers.NumberError("not_whole")
    if whole < 0:
        raise numbers.NumberError("negative")
    return whole


def check_mark(scheme: Scheme, code: str, mark: Mark) -> tuple[Problem, ...]:
    """What is wrong with a mark, by codes; empty where it is allowed. Paths: `value`, `denominator`, a criterion."""
    leaf = scheme.by_code.get(code)
    if leaf is None or leaf.children:
        return (Problem("", "unknown_indicator", code),)
    if mark.not_applicable:
        return tuple(_not_applicable(leaf, mark))
    found = tuple(_counts(leaf, mark) if leaf.rule in (*COUNT_RULES, "choice") else _value(leaf, mark))
    return found or tuple(_beyond(scheme, code, mark))


def points_of(scheme: Scheme, code: str, mark: Mark | None, *, counted: bool = True) -> int | None:
    """Micro-points of one mark; None for no mark. Raises: MarkError with every problem."""
    if mark is None:
        return None
    problems = check_mark(scheme, code, mark)
    if problems:
        raise MarkError(problems)
    return _points(scheme, code, mark, counted=counted)


def _points(scheme: Scheme, code: str, mark: Mark, *, counted: bool = True) -> int:
    layout = layout_of(scheme)
    slot = layout.by_code[code]
    row = np.zeros((1, layout.given_width if slot.given else layout.width), dtype=np.int64)
    layout.put(row[0], code, mark)
    everything = np.ones(1, dtype=np.bool_)
    _, raw, points = group_points(layout.group(code), row, Asked(everything, everything))
    return int(points[0, 0] if counted or row[0, slot.state] != MARKED else raw[0, 0])


def _beyond(scheme: Scheme, code: str, mark: Mark) -> Iterator[Problem]:
    try:
        _points(scheme, code, mark)
    except ValueError:
        yield Problem("", "figure_too_large", code)


def _not_applicable(leaf: Indicator, mark: Mark) -> Iterator[Problem]:
    if leaf.not_applicable == "forbidden":
        yield Problem("", "not_applicable_forbidden", leaf.code)
    if replace(mark, not_applicable=False) != Mark():
        yield Problem("", "not_applicable_with_value", leaf.code)


def _counts(leaf: Indicator, mark: Mark) -> Iterator[Problem]:
    if mark.value_up is not None or mark.denominator_up is not None:
        yield Problem("value", "value_without_criterion", None, {"rule": leaf.rule})
    known = {criterion.code: criterion for criterion in leaf.criteria}
    for code, count in mark.counts.items():
        if code not in known:
            yield Problem(code, "unknown_criterion", code, {"allowed": tuple(known)})
        else:
            yield from check_count(leaf, known[code], count)
    for code in sorted(mark.waived):
        if code not in known:
            yield Problem(code, "unknown_criterion", code, {"allowed": tuple(known)})
        elif leaf.rule == "choice":
            yield Problem(code, "waiver_without_count", code)
    if leaf.rule == "choice":
        chosen = [code for code, count in mark.counts.items() if count]
        if len(chosen) != 1:
            yield Problem("", "choice_not_one", len(chosen), {"allowed": tuple(known)})


def check_count(leaf: Indicator, criterion: Criterion, count: int) -> Iterator[Problem]:
    """A count of one criterion, or the size chosen in its range (0 in a `Mark` is: not found)."""
    if criterion.range_up is not None:
        low, high = criterion.range_up
        if count and not low <= count <= high:
            params = {"low": plain(low), "high": plain(high)}
            yield Problem(criterion.code, "outside", plain(count), params)
    elif count < 0:
        yield Problem(criterion.code, "negative", count)
    elif leaf.rule == "choice" and count > 1:
        yield Problem(criterion.code, "choice_value", count)
    elif count > LARGEST_COUNT:
        yield Problem(criterion.code, "outside", count, {"low": "0", "high": str(LARGEST_COUNT)})


def _value(leaf: Indicator, mark: Mark) -> Iterator[Problem]:
    if mark.counts or mark.waived:
        yield Problem("", "criteria_not_marked", None, {"rule": leaf.rule})
    value = mark.value_up
    if value is None:
        yield Problem("value", "required")
        return
    if mark.denominator_up is not None and leaf.rule != "measure":
        yield Problem("denominator", "no_denominator", plain(mark.denominator_up), {"rule": leaf.rule})
    elif mark.denominator_up is not None and mark.denominator_up <= 0:
        yield Problem("denominator", "denominator_zero", plain(mark.denominator_up))
    if abs(value) > LARGEST_UP or abs(mark.denominator_up or 0) > LARGEST_UP:
        yield Problem("value", "too_large", plain(value))
    elif leaf.rule == "entry":
        yield from _entry(leaf, value)
    elif leaf.rule == "poll" and not 0 <= value <= 100 * SCALE:
        yield Problem("value", "outside", plain(value), {"low": "0", "high": "100"})


def _entry(leaf: Indicator, value: int) -> Iterator[Problem]:
    high = LARGEST_UP if leaf.ceiling_up is None else leaf.ceiling_up
    if not leaf.floor_up <= value <= high:
        yield Problem("value", "outside", plain(value), {"low": plain(leaf.floor_up), "high": plain(high)})
    if value % leaf.step_up:
        yield Problem("value", "off_step", plain(value), {"step": plain(leaf.step_up)})


def is_given(leaf: Indicator) -> bool:
    """Whether its value is one for all stages and comes from outside the sheet."""
    return leaf.rule in GIVEN_RULES
