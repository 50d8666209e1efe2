"""Columns of import files and how their cells are read: text, day, yes or no, one of a list, code of another row."""

import re
from collections.abc import Callable
from datetime import date

from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.widgets import Widget

from branchportal.mailing import masked_mail
from branchportal.personal import is_masked, masked

DAY = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$|^(\d{4})(\d{2})(\d{2})$")
YES, NO = "是", "否"


class TextWidget(Widget):
    """Text without surrounding blanks; empty stays empty. `kind` is what its cells are in a table that leaves."""

    kind = "code"

    def clean(self, value: object, row: dict | None = None, **kwargs: object) -> str:
        return str(value or "").strip()

    def render(self, value: object, obj: object = None, **kwargs: object) -> str:
        return "" if value is None else str(value)

    def words_of(self, value: object) -> str:
        """A kept value (`changing.plain`) in the words of the file."""
        return str(self.render(value))


class DayWidget(TextWidget):
    """A day, in the ways people write it."""

    kind = "date"

    def clean(self, value: object, row: dict | None = None, **kwargs: object) -> date | None:
        text = str(value or "").strip().removesuffix(" 00:00:00")
        if not text:
            return None
        found = DAY.match(text)
        try:
            return date(*[int(part) for part in found.groups() if part is not None])
        except (AttributeError, ValueError):
            raise ValueError(_("This is not a date. Write it like 2021-07-01.")) from None

    def render(self, value: date | None, obj: object = None, **kwargs: object) -> date | str:
        return value or ""  # the writer of tables knows days


class FlagWidget(TextWidget):
    """是 or 否; an empty cell means `default`."""

    def __init__(self, *, default: bool = False) -> None:
        super().__init__()
        self.default = default

    def clean(self, value: object, row: dict | None = None, **kwargs: object) -> bool:
        text = str(value or "").strip()
        if text not in (YES, NO, ""):
            raise ValueError(_("Write %(yes)s or %(no)s.") % {"yes": YES, "no": NO})
        return text == YES if text else self.default

    def render(self, value: object, obj: object = None, **kwargs: object) -> str:
        return YES if value else NO


class ChoiceWidget(TextWidget):
    """One of a list of Chinese words; the database keeps the English code."""

    def __init__(self, choices: dict[str, str], default: str = "") -> None:
        super().__init__()
        self.choices, self.default = choices, default
        self.words = {code: word for word, code in choices.items()}

    def clean(self, value: object, row: dict | None = None, **kwargs: object) -> str:
        text = str(value or "").strip()
        if not text:
            return self.default
        if text not in self.choices:
            raise ValueError(_("Choose one of: %(words)s.") % {"words": "、".join(self.choices)})
        return self.choices[text]

    def render(self, value: object, obj: object = None, **kwargs: object) -> str:
        return self.words.get(value, "")


class CodeWidget(TextWidget):
    """The code (or name) of another row, looked up in what the resource has read beforehand."""

    def __init__(self, lookup: str, missing: str) -> None:
        super().__init__()
        self.lookup, self.missing = lookup, missing
        self.resource: object = None

    def clean(self, value: object, row: dict | None = None, **kwargs: object) -> object:
        text = str(value or "").strip()
        if not text:
            return None
        found = self.resource.lookups[self.lookup].get(text)
        if found is None:
            raise ValueError(str(self.missing))
        return found

    def render(self, value: object, obj: object = None, **kwargs: object) -> str:
        return getattr(value, "code", "")

    def words_of(self, value: object) -> str:
        return "" if value is None else str(value).rsplit(" (", 1)[0]  # the name without the key behind it


class HiddenWidget(TextWidget):
    """What leaves the portal masked, and coming back masked means “as it was”."""

    hide: Callable[[str], str] = staticmethod(masked)

    def render(self, value: object, obj: object = None, **kwargs: object) -> str:
        return self.hide(str(value or ""))

    def words_of(self, value: object) -> str:
        return self.hide(str(value or ""))


class PhoneWidget(HiddenWidget):
    """A telephone number."""


class MailWidget(HiddenWidget):
    """A mail address; none is None."""

    hide = staticmethod(masked_mail)

    def clean(self, value: object, row: dict | None = None, **kwargs: object) -> str | None:
        return super().clean(value, row, **kwargs) or None


class Column(Field):
    """A column of the file: Chinese heading, how to fill it in, an example. The note is also the cure of an error."""

    def __init__(
        self,
        attribute: str,
        heading: str,
        *,
        note: str,
        example: str = "",
        is_required: bool = False,
        widget: Widget | None = None,
        width: float = 16,
    ) -> None:
        super().__init__(attribute=attribute, column_name=heading, widget=widget or TextWidget())
        self.note, self.example, self.is_required, self.width = note, example, is_required, width

    def save(self, instance: object, row: dict, is_m2m: bool = False, **kwargs: object) -> None:
        if not self.means_stored(instance, str(row.get(self.column_name) or "").strip()):
            super().save(instance, row, is_m2m, **kwargs)

    def means_stored(self, instance: object, text: object) -> bool:
        """Whether a cell is the masked text of what the row has already."""
        if not isinstance(self.widget, HiddenWidget) or not is_masked(text):
            return False
        return text == self.widget.hide(self.get_value(instance) or "")

    def clean(self, row: dict, **kwargs: object) -> object:
        if self.is_required and not str(row.get(self.column_name) or "").strip():
            raise ValueError(_("This cell must not be empty."))
        return super().clean(row, **kwargs)
