"""What stands on a branch's worksheet, line by line, before any spreadsheet exists.

Writing turns the lines into cells; reading looks for the same lines again by their visible codes.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from branchportal.figures import plain_text

from ...schemes.loading import engine_scheme, indicator_index
from ...scoring import Mark as EngineMark
from ...scoring.scheme import COUNT_RULES, Criterion, Indicator
from ..choices import Stage, Status
from ..gather import StoredMark, is_filled_by_branch, sheet_rows
from ..models import Sheet
from ..values import asked_criteria, may_waive
from . import words

LARGEST_COUNT = 1_000_000
DIGEST_LENGTH = 16


@dataclass(frozen=True)
class Field:
    """What may be typed into an input cell: one of `options`, or a number within the limits (micro-units)."""

    hint: str
    options: tuple[str, ...] = ()
    low_up: int | None = None
    high_up: int | None = None
    step_up: int | None = None
    above_low: bool = False  # the lower limit itself is not allowed


@dataclass(frozen=True)
class Line:
    """One row of the worksheet. Kinds: `band` (a heading), `text`, `indicator`, `detail` (a clause, a number).

    `value` is shown as it stands in the portal; `field` None: nothing to be entered there. `waiver` and `note` None: no
    such cell here. `is_open`: field, waiver and note may be changed. `code` and `key` together name the line.
    """

    kind: str
    text: str
    code: str = ""
    key: str = ""
    points: str = ""
    ask: str = ""
    field: Field | None = None
    value: str = ""
    waiver: str | None = None
    note: str | None = None
    stamp: str = ""
    is_open: bool = False


@dataclass(frozen=True)
class Identity:
    """The visible cells that say what a worksheet is about."""

    branch: str
    cycle: str
    scheme: str


@dataclass(frozen=True)
class Form:
    """A branch's worksheet."""

    identity: Identity
    branch: str
    cycle: str
    facts: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]


def identity(sheet: Sheet) -> Identity:
    """Branch code, cycle (`2026Q4`) and the beginning of the scheme version's digest."""
    return Identity(sheet.branch.code, cycle_key(sheet), sheet.scheme_version.digest[:DIGEST_LENGTH])


def cycle_key(sheet: Sheet) -> str:
    return f"{sheet.cycle.plan.year}{sheet.cycle.period}"


def form_of(
    sheet: Sheet, stored: Iterable[StoredMark], open_codes: frozenset[str] | None, facts: Iterable[tuple[str, str]] = ()
) -> Form:
    """The worksheet of a sheet (`for_filling()`), pre-filled with its self marks.

    `open_codes`: the rows open in a returned sheet; None: all are. `facts`: label and text for the header block.
    """
    own = {row.code: row for row in stored if row.stage == Stage.SELF}
    on_sheet, lines = {leaf.code: leaf for leaf in sheet_rows(sheet)}, []
    for dimension in engine_scheme(sheet.scheme_version).indicators:
        leaves = [leaf for leaf in dimension.leaves if leaf.code in on_sheet]
        if leaves:
            lines.append(Line("band", f"{dimension.name}（{plain_text(dimension.points_up)}分）"))
        for leaf in leaves:
            is_open = open_codes is None or leaf.code in open_codes
            lines.extend(leaf_lines(leaf, sheet, own.get(leaf.code), is_open))
    return Form(identity(sheet), sheet.branch.name, str(sheet.cycle), tuple(facts), tuple(lines))


def open_codes(sheet: Sheet, open_ids: Iterable[int]) -> frozenset[str] | None:
    """The codes of a returned sheet's open rows from their indicator ids; None where every row is open."""
    if sheet.status != Status.RETURNED:
        return None
    codes = indicator_index(sheet.scheme_version).indicator_codes
    return frozenset(codes[pk] for pk in open_ids)


def leaf_lines(leaf: Indicator, sheet: Sheet, stored: StoredMark | None, is_open: bool) -> Iterator[Line]:
    """The lines of one scored indicator: its own, then one for each clause or number."""
    mark = stored.mark if stored else None
    note, points = stored.note if stored else "", f"{plain_text(leaf.points_up)}分"
    text = f"{leaf.name}\n{leaf.standard}" if leaf.standard else leaf.name
    if not is_filled_by_branch(leaf):
        yield Line("indicator", text, leaf.code, points=points, ask=words.NOT_FILLED_HERE[leaf.rule])
        return
    options = state_options(leaf)
    hint = "、".join(f"“{option}”" for option in options)
    ask = "，".join(f"{words.WHEN[option]}选“{option}”" for option in options)
    yield Line(
        "indicator",
        text,
        leaf.code,
        points=points,
        ask=ask if is_open else words.CLOSED,
        field=Field(f"只能选{hint}，或留空。", options) if options else None,
        value=state_of(leaf, mark),
        note=note,
        stamp=stamp(stored),
        is_open=is_open,
    )
    for line in _detail_lines(leaf, sheet, mark, stored.waivers if stored else {}):
        yield replace(line, is_open=True) if is_open else replace(line, ask="")


def state_options(leaf: Indicator) -> tuple[str, ...]:
    """What may be chosen on the indicator's own line."""
    found = ()
    if leaf.rule in COUNT_RULES:
        found = (words.NO_DEDUCTION if leaf.rule == "deduct" else words.NOTHING_FOUND,)
    return found if leaf.not_applicable == "forbidden" else (*found, words.NOT_APPLICABLE)


def state_of(leaf: Indicator, mark: EngineMark | None) -> str:
    """The option that stands for a stored mark; empty where figures do."""
    if mark is None:
        return ""
    if mark.not_applicable:
        return words.NOT_APPLICABLE
    if leaf.rule in COUNT_RULES and not any(mark.counts.values()):
        return state_options(leaf)[0]
    return ""


def _detail_lines(leaf: Indicator, sheet: Sheet, mark: EngineMark | None, waivers: Mapping[str, str]) -> Iterator[Line]:
    if leaf.rule in ("entry", "measure"):
        yield from _number_lines(leaf, mark)
        return
    for criterion in asked_criteria(leaf, sheet):
        yield Line(
            "detail",
            criterion.text,
            leaf.code,
            criterion.code,
            cost(leaf, criterion),
            _ask(leaf, criterion),
            _criterion_field(leaf, criterion),
            _criterion_value(leaf, criterion, mark),
            waivers.get(criterion.code, "") if may_waive(leaf, criterion) else None,
        )


def _number_lines(leaf: Indicator, mark: EngineMark | None) -> Iterator[Line]:
    value = "" if mark is None or mark.value_up is None else plain_text(mark.value_up)
    if leaf.rule == "entry":
        low, high, step = plain_text(leaf.floor_up), plain_text(leaf.ceiling_up), plain_text(leaf.step_up)
        limits = f"{low}～{high}分" if leaf.ceiling_up is not None else f"不低于{low}分"
        field = Field(
            f"填{limits}，须为{step}的倍数。", low_up=leaf.floor_up, high_up=leaf.ceiling_up, step_up=leaf.step_up
        )
        yield Line("detail", "自评得分", leaf.code, words.ENTRY, "", f"{limits}，步长{step}", field, value)
        return
    rest = "" if mark is None or mark.denominator_up is None else plain_text(mark.denominator_up)
    field = Field("填数字，例如47或0.98。", low_up=-LARGEST_COUNT * 10**6, high_up=LARGEST_COUNT * 10**6)
    yield Line("detail", "实际数（比例的分子）或指标值", leaf.code, words.NUMERATOR, "", "数字", field, value)
    field = Field("填大于0的数字，例如48。", low_up=0, high_up=LARGEST_COUNT * 10**6, above_low=True)
    ask = "数字；直接填指标值的不填"
    yield Line("detail", "应有数（比例的分母）", leaf.code, words.DENOMINATOR, "", ask, field, rest)


def cost(leaf: Indicator, criterion: Criterion) -> str:
    """What a clause gives or takes: 每次扣0.5分，最多扣4分."""
    verb = "扣" if leaf.rule == "deduct" or criterion.points_up < 0 else "" if leaf.rule == "choice" else "加"
    if criterion.range_up is not None:
        low, high = (plain_text(end) for end in criterion.range_up)
        return f"{verb}{low}～{high}分"
    points = f"{verb}{plain_text(abs(criterion.points_up))}分"
    if leaf.rule == "choice" or leaf.highest_only:
        return points
    most = "" if criterion.max_up is None else f"，最多{plain_text(criterion.max_up)}分"
    return f"每{criterion.unit}{points}{most}"


def _ask(leaf: Indicator, criterion: Criterion) -> str:
    if criterion.range_up is not None:
        low, high = (plain_text(end) for end in criterion.range_up)
        return f"{'选中' if leaf.rule == 'choice' else '有此情况'}填分数（{low}～{high}）"
    return f"选中填“{words.CHOSEN}”" if leaf.rule == "choice" else f"数量（{criterion.unit}）"


def _criterion_field(leaf: Indicator, criterion: Criterion) -> Field:
    if criterion.range_up is not None:
        low, high = criterion.range_up
        hint = f"填{plain_text(low)}～{plain_text(high)}之间的分数，没有此情况的留空。"
        return Field(hint, low_up=min(low, 0), high_up=max(high, 0))
    if leaf.rule == "choice":
        return Field(f"选中的一行填“{words.CHOSEN}”，每个指标只选一项。", (words.CHOSEN,))
    return Field("填0或正整数，没有的可以留空。", low_up=0, high_up=LARGEST_COUNT * 10**6, step_up=10**6)


def _criterion_value(leaf: Indicator, criterion: Criterion, mark: EngineMark | None) -> str:
    count = mark.counts.get(criterion.code, 0) if mark else 0
    if not count:
        return ""
    if criterion.range_up is not None:
        return plain_text(count)
    return words.CHOSEN if leaf.rule == "choice" else str(count)


def stamp(stored: StoredMark | None) -> str:
    """The mark's version with a check of its content: `v3-1f0c2a`; `v0` where there is none."""
    if stored is None:
        return "v0"
    return f"v{stored.version}-{content_check(stored.mark, stored.note, stored.waivers)}"


def content_check(mark: EngineMark | None, note: str, waivers: Mapping[str, str]) -> str:
    """Six hexadecimal digits over what a row says: whether a file changed it since it was downloaded."""
    said: list[object] = [note, sorted(waivers.items())]
    if mark is not None:
        counts = sorted((code, count) for code, count in mark.counts.items() if count)
        said += [mark.not_applicable, mark.value_up, mark.denominator_up, counts]
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:6]
