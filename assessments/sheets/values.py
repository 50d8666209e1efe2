"""What people type for one indicator, as the engine's mark; and a mark or a refusal in words.

Page, autosave, review and API read their input here, so a value that one refuses is refused by all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from branchportal.errors import InvalidMark
from branchportal.figures import plain_text

from ..scoring import Mark as EngineMark
from ..scoring import MarkError, NumberError, Scheme, parse_up, points_of
from ..scoring.scheme import COUNT_RULES, Criterion, Indicator
from .models import Sheet

MICRO = 1_000_000
LONGEST_NOTE = 2000
MARK_FIELDS = frozenset({"value", "denominator", "choice"})
LEAST_WAIVER, LONGEST_WAIVER = 5, 200


@dataclass(frozen=True)
class Said:
    """One indicator as typed: the mark (None: a note alone), its points, the note; why clauses are waived, by code."""

    mark: EngineMark | None
    points_up: int | None
    note: str
    waivers: Mapping[str, str] = field(default_factory=dict)


def read_said(scheme: Scheme, leaf: Indicator, sheet: Sheet, data: Mapping[str, str]) -> Said:
    """Input fields as a checked mark.

    Fields: `na`; `value`, `denominator` (entry, measure); `choice` (a criterion's code); `c-<code>` (a count, or a
    size within a criterion's range); `w-<code>` waives a clause that was found (从轻或不扣), `wr-<code>` says why;
    `note`. Absent fields are empty.
    Raises: InvalidMark with a sentence that names the value; nothing has been changed.
    """
    note = (data.get("note") or "").replace("\r\n", "\n").strip()
    if len(note) > LONGEST_NOTE:
        text = _("The note has %(length)d characters; at most %(limit)d are kept. Shorten it.")
        raise InvalidMark(text % {"length": len(note), "limit": LONGEST_NOTE})
    mark = _read_mark(leaf, sheet, data)
    waivers = {} if mark is None else _read_waivers(leaf, mark, data)
    if mark is not None and waivers:
        mark = replace(mark, waived=frozenset(waivers))
    try:
        points_up = points_of(scheme, leaf.code, mark)
    except MarkError as error:
        problem = error.problems[0]
        raise InvalidMark(sentence(leaf, problem.code, problem.path, problem.value, problem.params)) from error
    return Said(mark, points_up, note, waivers)


def unread_fields(leaf: Indicator, sheet: Sheet, data: Mapping[str, str]) -> list[str]:
    """Filled fields that the row's rule does not read: a count of −1 sent as a value would pass for “nothing found”."""
    read = {"entry": {"value"}, "measure": {"value", "denominator"}, "choice": {"choice"}}.get(leaf.rule or "", set())
    read = read | {f"c-{criterion.code}" for criterion in asked_criteria(leaf, sheet)} | {"note", "na"}
    return sorted(name for name, text in data.items() if text and name not in read)


def require_form(leaf: Indicator, sheet: Sheet, data: Mapping[str, str]) -> None:
    """Refuse what was not sent by this row's form: without its fields a row of counts would pass for “nothing found”.

    `data` may hold more than the mark's fields (token, version, waivers, reason). “Not applicable” needs none of them.
    Raises: InvalidMark; nothing has been changed.
    """
    said = {name: text for name, text in data.items() if name.startswith("c-") or name in MARK_FIELDS}
    own = {f"c-{criterion.code}" for criterion in asked_criteria(leaf, sheet)} if leaf.rule in COUNT_RULES else set()
    if unread_fields(leaf, sheet, said) or not (data.get("na") or (own or {*MARK_FIELDS, "note"}) & {*data}):
        text = _("“%(name)s” was not saved: the form sent does not hold the fields of this row. Reload the page.")
        raise InvalidMark(text % {"name": leaf.name})


def may_waive(leaf: Indicator, criterion: Criterion) -> bool:
    """Whether the branch may ask that a clause take nothing away: it must take something away."""
    return leaf.rule == "deduct" or (leaf.rule == "mixed" and min(criterion.range_up or (criterion.points_up,)) < 0)


def _read_waivers(leaf: Indicator, mark: EngineMark, data: Mapping[str, str]) -> dict[str, str]:
    """Reasons by criterion code, of the clauses that were found and are waived."""
    found = {}
    for criterion in leaf.criteria if leaf.rule in COUNT_RULES else ():
        if not data.get(f"w-{criterion.code}") or not mark.counts.get(criterion.code):
            continue
        reason = (data.get(f"wr-{criterion.code}") or "").strip()[:LONGEST_WAIVER]
        if len(reason) < LEAST_WAIVER:
            message = _("“%(text)s”: a waiver needs a reason of at least five characters.")
            raise InvalidMark(message % {"text": criterion.text}, field=f"wr-{criterion.code}")
        found[criterion.code] = reason
    return found


def _read_mark(leaf: Indicator, sheet: Sheet, data: Mapping[str, str]) -> EngineMark | None:
    if data.get("na"):
        return EngineMark(not_applicable=True)
    if leaf.rule == "entry":
        value = _number(leaf, data, "value")
        return None if value is None else EngineMark(value)
    if leaf.rule == "measure":
        value, denominator = _number(leaf, data, "value"), _number(leaf, data, "denominator")
        if value is None and denominator is None:
            return None
        if value is None:
            raise InvalidMark(_("“%(name)s”: the first of the two numbers is missing.") % {"name": leaf.name})
        return EngineMark(value, denominator)
    if leaf.rule == "choice":
        return _read_choice(leaf, data)
    counts = {}
    for criterion in asked_criteria(leaf, sheet):
        count = _count(leaf, criterion, data)
        if count:
            counts[criterion.code] = count
    return EngineMark(counts=counts)


def _read_choice(leaf: Indicator, data: Mapping[str, str]) -> EngineMark | None:
    code = data.get("choice") or ""
    if not code:
        return None
    chosen = next((criterion for criterion in leaf.criteria if criterion.code == code), None)
    if chosen is None:
        raise InvalidMark(sentence(leaf, "unknown_criterion", code, code, {}))
    if chosen.range_up is None:
        return EngineMark(counts={code: 1})
    size = _number(leaf, data, f"c-{code}")
    if size is None:
        raise InvalidMark(sentence(leaf, "outside", code, "", _ends(chosen)))
    return EngineMark(counts={code: size})


def _number(leaf: Indicator, data: Mapping[str, str], field: str) -> int | None:
    text = (data.get(field) or "").strip()
    if not text:
        return None
    try:
        return parse_up(text)
    except NumberError as error:
        raise InvalidMark(sentence(leaf, error.code, field.removeprefix("c-"), text[:40], {})) from error


def _count(leaf: Indicator, criterion: Criterion, data: Mapping[str, str]) -> int:
    """A whole number, or micro-points for a criterion with a range; empty is 0."""
    number = _number(leaf, data, f"c-{criterion.code}") or 0
    if criterion.range_up is not None:
        return number
    whole, rest = divmod(number, MICRO)
    if rest:
        raise InvalidMark(sentence(leaf, "not_whole", criterion.code, plain_text(number), {}))
    return whole


def asked_criteria(leaf: Indicator, sheet: Sheet) -> list[Criterion]:
    """The clauses that this branch is asked: some only where it has a committee or party groups."""
    has = {"has_committee": sheet.branch.has_committee, "has_groups": sheet.branch.has_groups}
    return [criterion for criterion in leaf.criteria if criterion.applies_if is None or has[criterion.applies_if]]


def _ends(criterion: Criterion) -> dict[str, str]:
    low, high = criterion.range_up or (0, 0)
    return {"low": plain_text(low), "high": plain_text(high)}


def sentence(leaf: Indicator, code: str, path: str, value: object, params: Mapping[str, object]) -> str:
    """A refusal of the engine in words: what is wrong, with the value, and what to do."""
    clause = next((criterion.text for criterion in leaf.criteria if criterion.code == path), "")
    words = {"name": clause or leaf.name, "value": value, **params}
    texts = {
        "not_number": _("“%(name)s”: “%(value)s” is not a number. Enter digits such as 3 or 2.5."),
        "float": _("“%(name)s”: “%(value)s” is not a number. Enter digits such as 3 or 2.5."),
        "too_many_places": _("“%(name)s”: %(value)s has more than six decimals."),
        "too_large": _("“%(name)s”: %(value)s is far too large. Check the number."),
        "figure_too_large": _("“%(name)s”: this is far too large. Check the number."),
        "not_whole": _("“%(name)s”: %(value)s is not a whole number."),
        "negative": _("“%(name)s”: %(value)s is below 0. Enter 0 or more."),
        "outside": _("“%(name)s”: %(value)s is outside %(low)s to %(high)s."),
        "off_step": _("“%(name)s”: %(value)s is not a multiple of %(step)s."),
        "denominator_zero": _("“%(name)s”: the second number must be above 0."),
        "choice_not_one": _("“%(name)s”: choose exactly one level."),
        "choice_value": _("“%(name)s”: choose exactly one level."),
        "not_applicable_forbidden": _("“%(name)s” applies to every branch; “not applicable” is not possible here."),
        "unknown_criterion": _("“%(name)s” has no clause “%(value)s”. Reload the page."),
        "required": _("“%(name)s”: enter a number."),
    }
    return texts.get(code, _("“%(name)s”: this value is not possible here.")) % {"low": "", "high": "", **words}


def mark_text(leaf: Indicator, mark: EngineMark | None) -> str:
    """A mark in a few words, for conflicts, lists and print."""
    if mark is None:
        return _("not filled in")
    if mark.not_applicable:
        return _("not applicable")
    if leaf.rule in ("entry", "poll", "external"):
        return plain_text(mark.value_up)
    if leaf.rule == "measure":
        if mark.denominator_up is None:
            return plain_text(mark.value_up)
        return f"{plain_text(mark.value_up)} / {plain_text(mark.denominator_up)}"
    found = []
    for criterion in leaf.criteria:
        if mark.counts.get(criterion.code):
            text = _criterion_text(leaf, criterion, mark.counts[criterion.code])
            found.append(_("%(text)s (waived)") % {"text": text} if criterion.code in mark.waived else text)
    return _("; ").join(found) or _("nothing found")


def _criterion_text(leaf: Indicator, criterion: Criterion, count: int) -> str:
    if criterion.range_up is not None:
        return f"{criterion.text} {plain_text(count)}"
    if leaf.rule == "choice":
        return criterion.text
    return f"{criterion.text} {count} {criterion.unit}"


def ratio_text(mark: EngineMark | None) -> str:
    """Numerator ÷ denominator in per cent, two decimals, rounded half up; empty without a ratio."""
    if mark is None or mark.value_up is None or not mark.denominator_up:
        return ""
    hundredths = (abs(mark.value_up) * 20_000 + mark.denominator_up) // (2 * mark.denominator_up)
    sign = "-" if mark.value_up < 0 else ""
    return f"{sign}{hundredths // 100}.{hundredths % 100:02d}%"
