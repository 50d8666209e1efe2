"""How the cells of a list of earlier results are read: branch by code or name, year, score, rank, stars."""

import re
import unicodedata
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from branches.imports.columns import TextWidget
from branchportal.figures import plain_text

from ...scoring.numbers import NumberError, parse_up

FIRST_YEAR = 1980
EXACT_DIGITS = 15  # a spreadsheet keeps no more; what it adds behind them is noise of its binary numbers
NUMERALS = "〇一二三四五六七八九"
NO_STARS = ("不定星", "无星", "无")
STARS = re.compile(r"^(?:([0-9])|([一二三四五六七八九]))(?:颗?星)?级?$")
DRAWN = re.compile(r"^(★{1,9})☆{0,9}$")
DIGITS = re.compile(r"^[0-9]{1,9}$")


class BranchWidget(TextWidget):
    """The branch by its code; without one the name's column answers."""

    resource: object = None

    def clean(self, value: object, row: dict | None = None, **kwargs: object) -> object:
        text = str(value or "").strip()
        if not text:
            return None
        found = self.resource.lookups["codes"].get(text)
        if found is None:
            raise ValueError(_("There is no branch with this code. Correct it, or empty it and give the exact name."))
        return found

    def render(self, value: object, obj: object = None, **kwargs: object) -> str:
        return getattr(value, "code", "")


class BranchNameWidget(TextWidget):
    """The branch by its exact name where the code is empty; a name that two branches bear decides nothing."""

    resource: object = None

    def clean(self, value: object, row: dict | None = None, **kwargs: object) -> str:
        text = str(value or "").strip()
        if (row or {}).get(self.resource.column("branch").column_name):
            return text
        found = self.resource.lookups["names"].get(text, []) if text else []
        if not text:
            raise ValueError(_("Fill in the code of the branch, or its exact name."))
        if not found:
            raise ValueError(_("There is no branch with exactly this name. Correct it, or fill in the code."))
        if len(found) > 1:
            codes = "、".join(sorted(branch.code for branch in found)[:5])
            raise ValueError(
                _("%(count)d branches bear this name (%(codes)s). Fill in the code.")
                % {"count": len(found), "codes": codes}
            )
        return text


class NumberWidget(TextWidget):
    """A whole number from `least` on; empty is unknown."""

    kind = "whole"

    def __init__(self, least: int) -> None:
        super().__init__()
        self.least = least

    def clean(self, value: object, row: dict | None = None, **kwargs: object) -> int | None:
        text = typed(value).removeprefix("第").removesuffix("名").strip()
        if not text:
            return None
        if not DIGITS.match(text) or int(text) < self.least:
            raise ValueError(_("This is not a whole number from %(least)d on.") % {"least": self.least})
        return int(text)

    def render(self, value: object, obj: object = None, **kwargs: object) -> object:
        return "" if value is None else value


class YearWidget(NumberWidget):
    """A year that is over, as people write it: 2024, 2024年, 2024年度."""

    def __init__(self) -> None:
        super().__init__(FIRST_YEAR)

    def clean(self, value: object, row: dict | None = None, **kwargs: object) -> int:
        text, last = year_text(value), timezone.localdate().year - 1
        if not DIGITS.match(text) or not FIRST_YEAR <= int(text) <= last:
            raise ValueError(
                _("This is not a year from %(first)d to %(last)d; only years that are over are imported.")
                % {"first": FIRST_YEAR, "last": last}
            )
        return int(text)


class ScoreWidget(TextWidget):
    """Points as a decimal number, kept as micro-points; empty is unknown."""

    kind = "points"

    def clean(self, value: object, row: dict | None = None, **kwargs: object) -> int | None:
        text = typed(value).removesuffix("分").rstrip()
        if not text:
            return None
        try:
            return parse_up(_without_noise(text))
        except NumberError as wrong:
            if wrong.code == "too_many_places":
                raise ValueError(_("A score has at most 6 decimals. Round it in the spreadsheet.")) from None
            raise ValueError(_("This is not a score. Write a number like 92.5.")) from None

    def render(self, value: int | None, obj: object = None, **kwargs: object) -> object:
        return "" if value is None else Decimal(plain_text(value))


class StarsWidget(TextWidget):
    """Stars as people write them: 5, 五星, 五星级, ★★★★★; 不定星 is none. Empty is unknown."""

    kind = "whole"

    def clean(self, value: object, row: dict | None = None, **kwargs: object) -> int | None:
        text = typed(value)
        if not text:
            return None
        if text in NO_STARS:
            return 0
        if drawn := DRAWN.match(text):
            return len(drawn[1])
        found = STARS.match(text)
        if found is None:
            raise ValueError(_("These are no stars. Write 5, 五星 or ★★★★★; 0 or 不定星 for none."))
        return int(found[1]) if found[1] else NUMERALS.index(found[2])

    def render(self, value: int | None, obj: object = None, **kwargs: object) -> object:
        return "" if value is None else value


def typed(value: object) -> str:
    """A cell's text, full-width digits and signs as the usual ones."""
    return unicodedata.normalize("NFKC", str(value or "")).strip()


def year_text(value: object) -> str:
    """A year's cell without the words that people put behind it."""
    return typed(value).removesuffix("度").removesuffix("年").rstrip()


def _without_noise(text: str) -> str:
    """87.30000000000001 is what a spreadsheet holds where it shows 87.3."""
    digits = text.replace(".", "").lstrip("+-0")
    return format(float(text), f".{EXACT_DIGITS}g") if len(digits) > EXACT_DIGITS and digits.isdigit() else text
