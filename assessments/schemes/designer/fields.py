"""Form fields that read what people type into the plain data of a scheme: numbers stay exact decimal text."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ...scoring import SCALE, NumberError, Problem, parse_up
from ...scoring.writing import json_number
from ..sentences import sentence

Choices = list[tuple[str, Any]]


class NumberField(forms.CharField):
    """A decimal number, exact: a whole one becomes an int, others canonical text. Full-width digits are understood.

    Empty is None. What is no number is refused here with the sentence of the scheme check; whether the number makes
    sense in the scheme is for the check to say, because a draft may be half finished.
    """

    def __init__(self, *, whole: bool = False, share: bool = False, **kwargs: Any) -> None:
        attrs = {"inputmode": "numeric" if whole else "decimal", "autocomplete": "off", "class": "form-control num"}
        super().__init__(required=False, max_length=40, widget=forms.TextInput(attrs=attrs), **kwargs)
        self.whole, self.share = whole, share

    def clean(self, value: Any) -> int | str | None:
        text = unicodedata.normalize("NFKC", super().clean(value)).strip()
        if not text:
            return None
        try:
            number_up = self._read(text)
        except NumberError as error:
            raise ValidationError(sentence(Problem("", error.code, text))) from error
        if self.whole and number_up % SCALE:
            raise ValidationError(sentence(Problem("", "not_whole", text)))
        return json_number(number_up)

    def _read(self, text: str) -> int:
        """A share may be typed as 30%."""
        if not (self.share and text.endswith("%")):
            return parse_up(text)
        hundredfold = parse_up(text[:-1].strip())
        if hundredfold % 100:
            raise NumberError("too_many_places")
        return hundredfold // 100


class PlainTextField(forms.CharField):
    """Text whose lines end as they are stored, not as browsers send them."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


def text_field(label: Any, most: int = 200, *, rows: int = 0, **kwargs: Any) -> forms.CharField:
    """One line of text, or several."""
    attrs = {"class": "form-control", "autocomplete": "off"}
    widget = forms.Textarea(attrs=attrs | {"rows": rows}) if rows else forms.TextInput(attrs=attrs)
    return PlainTextField(label=label, required=False, max_length=most, widget=widget, **kwargs)


def code_field(label: Any) -> forms.CharField:
    """A code: short text that marks and files name."""
    attrs = {"class": "form-control designer-code", "autocomplete": "off"}
    return forms.CharField(label=label, required=False, max_length=20, widget=forms.TextInput(attrs=attrs))


def choice_field(label: Any, choices: Choices, **kwargs: Any) -> forms.ChoiceField:
    """One of several, in a select box."""
    widget = forms.Select(attrs={"class": "form-select", **kwargs.pop("attrs", {})})
    return forms.ChoiceField(label=label, required=False, choices=choices, widget=widget, **kwargs)


def choices_field(label: Any, choices: Choices, **kwargs: Any) -> forms.MultipleChoiceField:
    """Several of several, as check boxes."""
    widget = forms.CheckboxSelectMultiple()
    return forms.MultipleChoiceField(label=label, required=False, choices=choices, widget=widget, **kwargs)


def flag_field(label: Any, **kwargs: Any) -> forms.BooleanField:
    """Yes or no."""
    return forms.BooleanField(
        label=label, required=False, widget=forms.CheckboxInput(attrs={"class": "form-check-input"}), **kwargs
    )


def with_present(choices: Choices, *present: Any) -> Choices:
    """The choices, and what the scheme holds already even where it is none of them (the check says so)."""
    known = {value for value, _label in choices}
    return [*choices, *((value, value) for value in present if isinstance(value, str) and value not in known)]


def shown(value: Any) -> Any:
    """A stored value as the form's initial: numbers and text as they are, anything else as nothing."""
    return value if isinstance(value, str | int | bool) else ""


def texts(value: Any) -> list[str]:
    """The texts of a stored list."""
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []
