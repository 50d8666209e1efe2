"""What a rule makes of an example, in words. The engine computes every figure; here it is only written down."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ...scoring import SCALE, Criterion, Indicator, Mark, MarkError, Problem, Scheme, check, plain, points_of
from ...scoring.building import scheme as read_leniently
from ...scoring.problems import ERROR
from .places import Content, listed

MANY = 20
MOST_LINES = 6
CODE = "x"
_AROUND = {
    "code": "example", "version": "1", "name": "example", "full_marks": 1, "rescale": True, "round_before_banding": 2,
    "bands": [{"stars": 0, "grade": "0", "from": 0}],
    "year": {"periods": ["Q1"], "method": "mean", "missing": "block"},
}  # fmt: skip
_NOT_NEEDED = ("sectors", "due", "pass", "children", "scaled")


@dataclass(frozen=True)
class Asked:
    """One leaf, by itself in a scheme of its own."""

    scheme: Scheme
    leaf: Indicator

    def points(self, mark: Mark) -> int | None:
        """The engine's points; None where the mark is not allowed."""
        try:
            return points_of(self.scheme, CODE, mark)
        except MarkError:
            return None


def examples(node: Content) -> list[str]:
    """Sentences such as “缺 2 次 → 4 − 1 = 3 分”; none while the rule is incomplete or the indicator has children."""
    if listed(node, "children") or not node.get("rule"):
        return []
    leaf = {key: value for key, value in node.items() if key not in _NOT_NEEDED}
    content = _AROUND | {"indicators": [leaf | {"code": CODE, "name": "x"}]}
    if any(_is_own(problem) for problem in check(content)):
        return []
    scheme = read_leniently(content, [])
    asked = Asked(scheme, scheme.leaves[0])
    return list(_lines(asked))[:MOST_LINES]


def _is_own(problem: Problem) -> bool:
    return problem.severity == ERROR and problem.path.startswith("indicators[")


def _lines(asked: Asked) -> Iterator[str]:
    rule = asked.leaf.rule
    if rule in ("deduct", "add", "mixed"):
        yield from _counted(asked)
    elif rule == "choice":
        yield from _chosen(asked)
    elif rule == "measure":
        yield from _slope(asked) if asked.leaf.slope else _steps(asked)
    elif rule == "entry":
        yield from _entered(asked)
    else:
        yield from _given(asked)


def _counted(asked: Asked) -> Iterator[str]:
    """Two of each of the first criteria, and many of the first that costs or gives something."""
    for criterion in asked.leaf.criteria[:3]:
        yield from _count(asked, criterion, 2)
    for criterion in asked.leaf.criteria:
        two, many = (asked.points(Mark(counts={criterion.code: count})) for count in (2, MANY))
        if criterion.range_up is None and two != many:
            yield from _count(asked, criterion, MANY)
            return


def _count(asked: Asked, criterion: Criterion, count: int) -> Iterator[str]:
    leaf = asked.leaf
    size = criterion.range_up[1] if criterion.range_up else count
    points = asked.points(Mark(counts={criterion.code: size}))
    if points is None:
        return
    each = size if criterion.range_up else count * criterion.points_up
    begin = leaf.points_up if leaf.rule == "deduct" else leaf.start_up if leaf.rule == "mixed" else 0
    change = points - begin
    wanted = -each if leaf.rule == "deduct" else each
    words = {
        "text": criterion.text,
        "count": plain(size) if criterion.range_up else count,
        "unit": "" if criterion.range_up else criterion.unit,
        "sum": _sum(begin, change),
        "points": plain(points),
    }
    if criterion.range_up:
        line = _("%(text)s: %(count)s points at discretion → %(sum)s = %(points)s points") % words
    else:
        line = _("%(text)s: %(count)s %(unit)s → %(sum)s = %(points)s points") % words
    if change != wanted and not (leaf.rule == "add" and leaf.highest_only):
        free = _(" (without limits it takes %(wanted)s)") if wanted < 0 else _(" (without limits it gives %(wanted)s)")
        line += free % {"wanted": plain(abs(wanted))}
    yield line


def _sum(begin_up: int, change_up: int) -> str:
    """`4 − 1`, or `0 + 2`."""
    return f"{plain(begin_up)} {'−' if change_up < 0 else '+'} {plain(abs(change_up))}"


def _chosen(asked: Asked) -> Iterator[str]:
    for criterion in asked.leaf.criteria:
        size = criterion.range_up[1] if criterion.range_up else 1
        points = asked.points(Mark(counts={criterion.code: size}))
        if points is not None:
            yield _("%(text)s → %(points)s points") % {"text": criterion.text, "points": plain(points)}


def _steps(asked: Asked) -> Iterator[str]:
    bands = sorted(asked.leaf.bands, key=lambda band: -band.from_up)
    for band in bands:
        points = asked.points(Mark(band.from_up))
        if points is not None:
            yield _("value %(value)s → %(points)s points") % {"value": share(band.from_up), "points": plain(points)}
    lowest = bands[-1].from_up
    points = asked.points(Mark(lowest - SCALE // 100))
    if points is not None:
        yield _("below %(value)s → %(points)s points") % {"value": share(lowest), "points": plain(points)}


def _slope(asked: Asked) -> Iterator[str]:
    leaf, slope = asked.leaf, asked.leaf.slope
    if slope is None:
        return
    for steps in (0, 3, MANY):
        value = slope.target_up + steps * slope.per_up * (-1 if slope.direction == "up" else 1)
        points = asked.points(Mark(value))
        if points is None:
            continue
        line = _("value %(value)s (target %(target)s, for every %(per)s %(off)s off) → %(sum)s = %(points)s points")
        yield line % {
            "value": share(value),
            "target": share(slope.target_up),
            "per": share(slope.per_up),
            "off": plain(slope.points_up),
            "sum": _sum(leaf.points_up, points - leaf.points_up) if points != leaf.points_up else plain(leaf.points_up),
            "points": plain(points),
        }  # fmt: skip


def _entered(asked: Asked) -> Iterator[str]:
    leaf = asked.leaf
    high = "…" if leaf.ceiling_up is None else plain(leaf.ceiling_up)
    words = {"low": plain(leaf.floor_up), "high": high, "step": plain(leaf.step_up)}
    yield _("Between %(low)s and %(high)s in steps of %(step)s.") % words
    first = -(-leaf.floor_up // leaf.step_up) * leaf.step_up
    for value in (first + leaf.step_up, first + leaf.step_up + leaf.step_up // 2):
        points = asked.points(Mark(value))
        typed = {"value": plain(value), "points": plain(points or 0)}
        if points is None:
            yield _("%(value)s → refused") % typed
        else:
            yield _("%(value)s → %(points)s points") % typed


def _given(asked: Asked) -> Iterator[str]:
    leaf = asked.leaf
    for value in (88 * SCALE, 100 * SCALE) if leaf.rule == "poll" else (0, SCALE // 2, SCALE):
        points = asked.points(Mark(value))
        if points is None:
            continue
        words = {"value": plain(value), "full": plain(leaf.points_up), "points": plain(points)}
        if leaf.rule == "poll":
            yield _("poll score %(value)s → %(value)s × %(full)s ÷ 100 = %(points)s points") % words
        else:
            words |= {"start": plain(leaf.start_up), "factor": plain(leaf.factor_up)}
            yield _("figure %(value)s → %(start)s + %(value)s × %(factor)s = %(points)s points") % words


def share(value_up: int) -> str:
    """A ratio as per cent: 0.87 is 87%; above 1.5 a number is no ratio and stays as it is."""
    return f"{plain(value_up * 100)}%" if 0 < value_up <= SCALE * 3 // 2 else plain(value_up)
