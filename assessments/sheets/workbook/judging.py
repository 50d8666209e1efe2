"""The lines of a worksheet judged against the sheet they are for: input fields row by row, or every problem."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from branchportal.errors import InvalidMark

from ...schemes.loading import engine_scheme
from ...scoring import Scheme
from ...scoring.scheme import COUNT_RULES, Indicator
from ..gather import StoredMark, is_filled_by_branch, sheet_rows
from ..models import Sheet
from ..values import LEAST_WAIVER, LONGEST_NOTE, LONGEST_WAIVER, read_said
from . import words
from .layout import Line, leaf_lines, state_options
from .problems import Problem, address
from .reading import STAMP, FoundLine, Page

ENTERED = {words.VALUE: "field", words.WAIVER: "waiver", words.NOTE: "note"}
NUMBER_FIELDS = {words.ENTRY: "value", words.NUMERATOR: "value", words.DENOMINATOR: "denominator"}


@dataclass(frozen=True)
class FileRow:
    """One indicator as the file says it. `data`: input fields as `values.read_said` takes them, without a value if
    `is_blank`. `version` and `check`: those of the mark at the download (0 and empty: there was none)."""

    code: str
    data: Mapping[str, str]
    version: int
    check: str
    is_blank: bool = False


@dataclass
class _Desk:
    page: Page
    sheet: Sheet
    scheme: Scheme
    problems: list[Problem] = field(default_factory=list)

    def say(self, line: FoundLine, column: int, message: str, cure: str) -> None:
        value = line.cells[column][:80]
        self.problems.append(Problem(self.page.title, address(line.row, column), value, message, cure))


def judge(page: Page, sheet: Sheet, stored: Iterable[StoredMark]) -> tuple[list[FileRow], list[Problem]]:
    """The rows of a worksheet for this sheet (`for_filling()`), and what is wrong with them.

    `stored`: the sheet's marks, because a note alone needs a mark where a count is asked.
    """
    desk = _Desk(page, sheet, engine_scheme(sheet.scheme_version))
    own = {row.code: row for row in stored if row.stage == "self"}
    known, rows = set(), []
    for leaf in sheet_rows(sheet):
        lines = list(leaf_lines(leaf, sheet, None, True))
        known |= {(line.code, line.key) for line in lines}
        found = _found_lines(desk, lines)
        if found is None:
            continue
        before = len(desk.problems)
        _check_places(desk, found)
        if is_filled_by_branch(leaf):
            row = _read_leaf(desk, leaf, found, own.get(leaf.code))
            if row is not None and len(desk.problems) == before:
                rows.append(row)
    for key, line in page.lines.items():
        if key not in known:
            message = _("The row %(code)s is not on this branch's sheet.") % {"code": " ".join(key).strip()}
            desk.say(line, words.CODE, message, _("Download the form again and copy your entries into it."))
    return rows, desk.problems


def _found_lines(desk: _Desk, lines: list[Line]) -> dict[str, tuple[Line, FoundLine]] | None:
    """The lines of one indicator by key; None where one is missing."""
    found = {line.key: desk.page.lines.get((line.code, line.key)) for line in lines}
    missing = [key for key, line in found.items() if line is None]
    for key in missing:
        message = _("The row %(code)s is missing.") % {"code": f"{lines[0].code} {key}".strip()}
        cure = _("Download the form again and copy your entries into it; do not delete rows.")
        desk.problems.append(Problem(desk.page.title, "", "", message, cure))
    if missing:
        return None
    return {line.key: (line, found[line.key]) for line in lines if found[line.key] is not None}


def _check_places(desk: _Desk, found: Mapping[str, tuple[Line, FoundLine]]) -> None:
    """Nothing may stand in a cell that is not asked."""
    for line, cells in found.values():
        for column, name in ENTERED.items():
            if cells.cells[column] and getattr(line, name) is None:
                text = _("Nothing is to be entered in this cell.")
                desk.say(cells, column, text, _("Clear it, and fill in the yellow cells only."))


def _read_leaf(
    desk: _Desk, leaf: Indicator, found: Mapping[str, tuple[Line, FoundLine]], stored: StoredMark | None
) -> FileRow | None:
    """One indicator's cells as input fields. Problems are noted; None where there are any that hinder reading."""
    head = found[""][1]
    version = STAMP.fullmatch(head.cells[words.STAMP])
    if version is None:
        cure = _("Download the form again and copy your entries into it.")
        desk.say(head, words.STAMP, _("The version of this row was changed."), cure)
        return None
    before = len(desk.problems)
    note = head.cells[words.NOTE]
    if len(note) > LONGEST_NOTE:
        message = _("The note has %(length)d characters; at most %(limit)d are kept. Shorten it.")
        message %= {"length": len(note), "limit": LONGEST_NOTE}
        desk.say(head, words.NOTE, message, _("Correct the value in this cell."))
    state = _state(desk, leaf, head)
    details = {key: cells for key, (_line, cells) in found.items() if key}
    data = _details(desk, leaf, details)
    if len(desk.problems) > before:
        return None
    is_blank = not state and not data
    if state and data:
        filled = next(cells for cells in details.values() if cells.cells[words.VALUE] or cells.cells[words.WAIVER])
        if state == words.NOT_APPLICABLE or any(_is_found(text) for text in data.values()):
            message = _("“%(state)s” was chosen above, and there is an entry here.") % {"state": state}
            desk.say(filled, words.VALUE, message, _("Keep one of the two."))
            return None
    if is_blank and note and stored is None and leaf.rule in COUNT_RULES:
        cure = _("Enter how many, or choose “%(word)s” above.") % {"word": state_options(leaf)[0]}
        desk.say(head, words.NOTE, _("There is a note, but nothing is filled in."), cure)
        return None
    said = {"na": "1"} if state == words.NOT_APPLICABLE else data
    said = {**said, "note": note}
    if not _is_allowed(desk, leaf, found, words.NOTE if is_blank else words.VALUE, said):
        return None
    return FileRow(leaf.code, said, int(version[1]), version[2] or "", is_blank)


def _state(desk: _Desk, leaf: Indicator, head: FoundLine) -> str:
    """The option chosen on the indicator's own line."""
    text, options = head.cells[words.VALUE], state_options(leaf)
    if not options or not text:
        return ""
    if text == "NA" and words.NOT_APPLICABLE in options:
        return words.NOT_APPLICABLE
    if leaf.rule in COUNT_RULES and text in (words.NO_DEDUCTION, words.NOTHING_FOUND):
        return options[0]
    if text not in options:
        listed = "、".join(f"“{option}”" for option in options)
        message = _("This is not one of the words to choose from.")
        desk.say(head, words.VALUE, message, _("Choose %(words)s, or leave it empty.") % {"words": listed})
        return ""
    return text


def _details(desk: _Desk, leaf: Indicator, details: Mapping[str, FoundLine]) -> dict[str, str]:
    """Counts, numbers, the chosen option and waivers as input fields; empty where nothing was entered."""
    if leaf.rule in ("entry", "measure"):
        return {NUMBER_FIELDS[key]: text for key, line in details.items() if (text := line.cells[words.VALUE])}
    if leaf.rule == "choice":
        return _choice(desk, leaf, details)
    data = {}
    for key, line in details.items():
        text, reason = line.cells[words.VALUE], line.cells[words.WAIVER]
        if text:
            data[f"c-{key}"] = text
        if reason and not _is_found(text):
            cure = _("Enter how many, or clear the reason.")
            desk.say(line, words.WAIVER, _("There is a reason for a waiver, but nothing was found here."), cure)
        elif reason and not LEAST_WAIVER <= len(reason) <= LONGEST_WAIVER:
            message = _("A reason for a waiver has %(least)d to %(most)d characters; this one has %(length)d.")
            message %= {"least": LEAST_WAIVER, "most": LONGEST_WAIVER, "length": len(reason)}
            desk.say(line, words.WAIVER, message, _("Write it in a sentence."))
        elif reason:
            data |= {f"w-{key}": "1", f"wr-{key}": reason}
    return data


def _choice(desk: _Desk, leaf: Indicator, details: Mapping[str, FoundLine]) -> dict[str, str]:
    sized = {criterion.code for criterion in leaf.criteria if criterion.range_up is not None}
    chosen = {key: line for key, line in details.items() if _is_found(line.cells[words.VALUE])}
    if len(chosen) > 1:
        for line in list(chosen.values())[1:]:
            desk.say(line, words.VALUE, _("More than one option is chosen."), _("Keep one and clear the others."))
        return {}
    for key, line in chosen.items():
        text = line.cells[words.VALUE]
        if key in sized:
            return {"choice": key, f"c-{key}": text}
        if text not in words.CHOSEN_WORDS:
            cure = _("Enter “%(word)s” in the row that is chosen, and leave the others empty.") % {"word": words.CHOSEN}
            desk.say(line, words.VALUE, _("An option is chosen with a tick."), cure)
            return {}
        return {"choice": key}
    return {}


def _is_found(text: str) -> bool:
    return bool(text) and text.strip("0.") != ""


def _is_allowed(
    desk: _Desk,
    leaf: Indicator,
    found: Mapping[str, tuple[Line, FoundLine]],
    column: int,
    data: Mapping[str, str],
) -> bool:
    """Whether the rule takes the row; a value that it refuses is named with its own cell, the cell's hint as cure."""
    fine = True
    for key, (line, cells) in found.items():
        name = f"c-{key}"
        if name in data and leaf.rule in COUNT_RULES and (said := _refusal(desk, leaf, {name: data[name]})):
            desk.say(cells, words.VALUE, said, _cure(line))
            fine = False
    if fine and (said := _refusal(desk, leaf, data)):
        filled = [pair for key, pair in found.items() if key and pair[1].cells[words.VALUE]]
        line, cells = filled[0] if filled else found[""]
        desk.say(cells, words.VALUE if filled else column, said, _cure(line))
        fine = False
    return fine


def _cure(line: Line) -> str:
    """What the cell itself says when it is entered."""
    return line.field.hint if line.field else _("Correct the value in this cell.")


def _refusal(desk: _Desk, leaf: Indicator, data: Mapping[str, str]) -> str:
    try:
        read_said(desk.scheme, leaf, desk.sheet, data)
    except InvalidMark as refusal:
        return refusal.message
    return ""
