"""Problems of a scheme told by cells: where a path stands in the workbook, and words for the codes in a sentence."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_noop

from ...scoring import Problem
from . import words
from .layout import PAGES

SENTENCES = {
    "sheet_missing": gettext_noop("The worksheet “%(value)s” is missing. The workbook needs: %(allowed)s."),
    "sheet_unknown": gettext_noop("The worksheet “%(value)s” does not belong here. Delete it. Known: %(allowed)s."),
    "block_missing": gettext_noop("The line “%(value)s” in column A is missing. Take it over from the template."),
    "block_twice": gettext_noop("“%(value)s” begins here a second time. Put its rows together."),
    "headings_missing": gettext_noop("Below “%(value)s” the heading row is missing: %(allowed)s."),
    "heading_missing": gettext_noop("The column “%(value)s” is missing. Take it over from the template."),
    "heading_unknown": gettext_noop("The column “%(value)s” does not belong here. Delete it."),
    "heading_twice": gettext_noop("The column “%(value)s” stands here twice. Delete one."),
    "label_missing": gettext_noop("The line “%(value)s” is missing. Take it over from the template."),
    "label_unknown": gettext_noop("The line “%(value)s” does not belong here. Delete it."),
    "label_twice": gettext_noop("The line “%(value)s” stands here twice. Delete one."),
    "cell_outside": gettext_noop("“%(value)s” stands outside the table. Delete it, or move it under a heading."),
    "cell_is_day": gettext_noop(
        "The spreadsheet took the entry for a date (%(value)s). Format the cell as text and type it again."
    ),
    "code_is_number": gettext_noop(
        "The code %(value)s is stored as a number, which makes 1.1 and 1.10 the same. Format the cell as text and "
        "type it again."
    ),
    "nothing_to_continue": gettext_noop("The row continues nothing. Fill in its first columns, or delete it."),
    "only_first_line": gettext_noop("“%(value)s” belongs to the first row of the entry. Move it there."),
    "stars_without_limit": gettext_noop("Stars are given only where the consequence limits them. Remove %(value)s."),
    "not_with_condition": gettext_noop("The condition “%(rule)s” takes nothing here. Remove “%(value)s”."),
    "not_in_band_line": gettext_noop(
        "In a row with a “reached” value the column “%(heading)s” stays empty. Remove “%(value)s”."
    ),
    "level_without_upper": gettext_noop("Level %(value)s stands below no indicator of the level above."),
    "sum_full_marks_here": gettext_noop(
        "All points%(for_sector)s add up to %(value)s; they must add up to full marks, %(expected)s, or choose 是 at "
        "按满分折算."
    ),
    "unknown_indicator_code": gettext_noop("No indicator has the code “%(value)s”. Check the worksheet 指标."),
}
KEYS = {
    "points": "分值", "range": "幅度下限、幅度上限", "levels": "层级或情形", "bands": "评分细则表的“达到值”",
    "slope": "目标值", "max_share": "名额比例上限", "max_number": "名额数上限",
}  # fmt: skip
WORDS_OF = {
    "rule": words.RULES, "evidence": words.EVIDENCE, "not_applicable": words.NOT_APPLICABLE, "due": words.DUE,
    "applies_if": words.APPLIES_IF, "direction": words.DIRECTIONS, "round_before_banding": words.ROUNDING,
    "rank_on": words.RANK_ON, "star_mode": words.STAR_MODES, "source": words.SOURCES, "from": words.PENALTY_FROM,
    "per_matter": words.PER_MATTER, "effect": words.EFFECTS, "within": words.WITHIN, "method": words.METHODS,
    "missing": words.MISSING, "adjustments": words.ADJUSTMENTS,
}  # fmt: skip
WORDS_FOR = {
    "penalty_from_nothing": words.PENALTY_FROM,
    "unknown_period": words.PERIODS,
    "unknown_sector": words.SECTORS,
    "unknown_component": words.PENALTY_FROM,
    "unknown_dimension": words.TIE_BREAK,
}
CODES = {"sum_full_marks": "sum_full_marks_here"}  # where the sentence names a key of a YAML file
SETTINGS = {  # of the whole scheme, under which something has no effect
    **{f"star_mode: {key}": f"定星方式：{word}" for key, word in words.STAR_MODES.items()},
    **{f"adjustments: {key}": f"加减分计法：{word}" for key, word in words.ADJUSTMENTS.items()},
    **{key: f"年度总分：{word}" for key, word in words.METHODS.items()},
}
NAMED = {"rule": {**SETTINGS, **words.RULES}, "sector": words.SECTORS}
ORDER = {page.title: at for at, page in enumerate(PAGES)}


def cell_at(path: str, cells: Mapping[str, str]) -> str:
    """The cell of a path, or of the nearest one around it."""
    while path not in cells:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return cells[path]


def located(problem: Problem, cells: Mapping[str, str]) -> Problem:
    """The same problem with its cell for its path, and with words for codes."""
    key = problem.path.rpartition(".")[2].partition("[")[0]
    known = WORDS_FOR.get(problem.code) or (WORDS_OF.get(key, {}) if problem.code == "not_one_of" else {})
    params: dict[str, Any] = dict(problem.params)
    if "first" in params:
        params["first"] = cell_at(params["first"], cells)
    for name, table in (("allowed", known), ("keys", KEYS)):
        if name in params:
            params[name] = tuple(table.get(each, each) for each in params[name])
    params |= {name: table.get(params[name], params[name]) for name, table in NAMED.items() if name in params}
    value = known.get(problem.value, problem.value) if isinstance(problem.value, str) else problem.value
    code = CODES.get(problem.code, problem.code)
    return replace(problem, path=cell_at(problem.path, cells), code=code, value=value, params=params)


def order(problem: Problem) -> tuple[int, int, int, str]:
    """Sheet by sheet, row by row."""
    title, _, cell = problem.path.partition("!")
    letters = cell.rstrip("0123456789")
    return ORDER.get(title, -1), int(cell[len(letters) :] or 0), len(letters), letters
