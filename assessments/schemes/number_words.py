"""Why a text is no number, and how the number is written: what people type who look at a Chinese keyboard."""

import re
import unicodedata
from dataclasses import replace

from django.utils.translation import gettext_noop

from assessments.scoring import NumberError, Problem, parse_up, plain, read_number
from assessments.scoring.marks import NOT_APPLICABLE_TEXT

SENTENCES = {
    "number_full_width": gettext_noop("“%(value)s” is typed in full-width signs. Write %(plain)s."),
    "number_percent": gettext_noop(
        "“%(value)s” holds a percent sign. Write %(share)s where a share is asked, %(plain)s where it is a score."
    ),
    "number_powers": gettext_noop("“%(value)s” is written in powers of ten. Write out the digits."),
    "number_unit": gettext_noop("“%(value)s” is a number with a word. Write %(plain)s."),
    "number_not_applicable": gettext_noop("“%(value)s” is not a number. Where the indicator does not apply, write NA."),
}
_POWERS = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+")
_PERCENT = re.compile(r"([+-]?\d{1,5}(?:\.\d{1,4})?) ?%")
_UNIT = re.compile(r"([+-]?\d+(?:\.\d+)?) ?(分|次|人|人次|项|篇|个|星|名|条|件|期)")
NOT_APPLICABLE = ("N/A", "NA", "不适用", "无此项")


def told(problem: Problem) -> Problem:
    """The same problem, its sentence closer to what was typed where that can be guessed."""
    if problem.code != "not_number" or not isinstance(problem.value, str):
        return problem
    text = unicodedata.normalize("NFKC", problem.value).replace("⁄", "/").strip()
    if found := _PERCENT.fullmatch(text):
        return replace(problem, code="number_percent", params={"plain": found[1], "share": _hundredth(found[1])})
    if found := _UNIT.fullmatch(text):
        return replace(problem, code="number_unit", params={"plain": found[1]})
    if _POWERS.fullmatch(text):
        return replace(problem, code="number_powers")
    if text != problem.value.strip() and _is_number(text):
        return replace(problem, code="number_full_width", params={"plain": text})
    return problem


def means_not_applicable(text: str) -> bool:
    """Whether a mark says in other words what NA says."""
    return text != NOT_APPLICABLE_TEXT and unicodedata.normalize("NFKC", text).upper() in NOT_APPLICABLE


def _hundredth(text: str) -> str:
    """The share of a percentage of at most four places."""
    return plain(parse_up(text) // 100)


def _is_number(text: str) -> bool:
    try:
        read_number(text)
    except NumberError:
        return False
    return True
