"""Text as people see it: what they type or paste is kept without characters that show nothing.

Such characters come along with text that was copied elsewhere. Kept, they make two names that look alike differ, a name
look empty, or turn the order of what follows (U+202E), so that a list or a file name reads otherwise than it is.
"""

import re

from django.http import QueryDict

HIDDEN = re.compile(
    "[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
LINE_ENDS = "\u2028\u2029"


def visible(text: str) -> str:
    """The text without controls, zero-width and direction marks; line and paragraph separators become line ends.

    A NUL stays: it is refused where a text enters.
    """
    return HIDDEN.sub(lambda found: "\n" if found[0] in LINE_ENDS else "", text)


def one_line(text: str) -> str:
    """As `visible`, on one line: a cell's line ends become spaces."""
    return re.sub(r"\s*[\r\n]+\s*", " ", visible(text)).strip()


def visible_form(form: QueryDict) -> QueryDict | None:
    """The fields of a form as people see them; None where nothing was hidden."""
    if not any(HIDDEN.search(text) for _name, texts in form.lists() for text in texts):
        return None
    fresh = QueryDict(mutable=True, encoding=form.encoding)
    for name, texts in form.lists():
        fresh.setlist(name, [visible(text) for text in texts])
    return fresh


def visible_values(value: object) -> object:
    """The same for what a program sent as JSON: every text in it, names of fields apart."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, list):
        return [visible_values(each) for each in value]
    if isinstance(value, dict):
        return {name: visible_values(each) for name, each in value.items()}
    return value
