"""What forms share: a day input that browsers understand, and the version a form was opened with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

STORED, MINE = "stored", "mine"


class DayInput(forms.DateInput):
    """The browser's own calendar; ISO dates both ways in every language."""

    input_type = "date"

    def __init__(self, **kwargs: object) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


def demand_one_line(fields: Mapping[str, forms.Field]) -> None:
    """Names and numbers stand on one line: no browser sends a line end from such a field, and no list could show it."""
    for field in fields.values():
        if isinstance(field, forms.CharField) and isinstance(field.widget, forms.TextInput):
            field.validators = [*field.validators, _one_line]


def _one_line(text: str) -> None:
    if "\n" in text or "\r" in text:
        raise ValidationError(_("Write this on one line."), code="several_lines")


@dataclass(frozen=True)
class Difference:
    """One field that two people changed: what stands there now, what this form says. With a `name` it can be chosen
    between the two; `chosen` is what was chosen so far."""

    label: str
    stored: str
    mine: str
    name: str = ""
    chosen: str = ""


if TYPE_CHECKING:
    _Form = forms.Form
else:
    _Form = object


class Choosing(_Form):
    """After a conflict (409) somebody chooses field by field: `keep-<field>` is "stored" or "mine".

    The page names the fields it asked about (`asked`), so that a field without a choice is never overwritten.
    """

    def take_choices(self) -> None:
        """Put the stored value where somebody chose it; called at the end of `__init__`."""
        self.undecided: list[str] = []
        if not self.is_bound:
            return
        asked = self.data.getlist("asked") if hasattr(self.data, "getlist") else []
        self.undecided = [name for name in asked if name in self.fields and not self._choice(name)]
        wanted = [name for name in self.fields if name != "version" and self._choice(name) == STORED]
        if wanted:
            self.data = self.data.copy()
            for name in wanted:
                self._put(name, self.get_initial_for_field(self.fields[name], name))

    def _choice(self, name: str) -> str:
        said = self.data.get(f"keep-{name}", "")
        return said if said in (STORED, MINE) else ""

    def _put(self, name: str, value: object) -> None:
        field, key = self.fields[name], self.add_prefix(name)
        value = field.prepare_value(value)
        if value is None or value is False:
            self.data.pop(key, None)
        elif isinstance(value, list | tuple):
            self.data.setlist(key, [str(each) for each in value])
        else:
            self.data[key] = "on" if value is True else written(value)

    def _difference(self, name: str, stored: object, mine: object) -> Difference:
        return Difference(self.fields[name].label, shown(stored), shown(mine), name, self._choice(name))


class VersionForm(Choosing, forms.ModelForm):
    """A form of a row with a version: it remembers the version it was opened with and can be compared."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version if self.instance.pk else None
        demand_one_line(self.fields)
        self.take_choices()

    @property
    def values(self) -> dict:
        """The cleaned values of the row's own fields."""
        return {name: self.cleaned_data[name] for name in self._meta.fields if not self.fields[name].disabled}

    def differences(self, stored: models.Model) -> list[Difference]:
        """Where the stored row and this form disagree."""
        return [
            self._difference(name, getattr(stored, name), value)
            for name, value in self.values.items()
            if getattr(stored, name) != value
        ]

    def take_version(self, stored: models.Model) -> None:
        """After a conflict has been shown: the next save is a decision, made against the row as it is now."""
        self.data = self.data.copy()
        self.data[self.add_prefix("version")] = str(stored.version)


class VersionedForm(Choosing, forms.Form):
    """The same for a form that is no picture of one row: `initial` is what stands there, with its `version`."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        demand_one_line(self.fields)
        self.take_choices()

    @property
    def has_row(self) -> bool:
        """Whether something stands there already."""
        return bool(self.initial.get("version"))

    def differences(self) -> list[Difference]:
        """Where what stands there and this form disagree; call it on a form that is valid."""
        return list(self._differences())

    def _differences(self) -> Iterator[Difference]:
        for name, field in self.fields.items():
            stored, mine = self.get_initial_for_field(field, name), self.cleaned_data.get(name)
            if isinstance(field, forms.ModelChoiceField):
                stored = field.queryset.filter(pk=stored).first() if stored else None
            if name != "version" and (stored or None) != (mine or None):
                words = _words(field)
                yield self._difference(name, words.get(stored, stored), words.get(mine, mine))

    def take_version(self) -> None:
        """As `VersionForm.take_version`."""
        self.data = self.data.copy()
        self.data[self.add_prefix("version")] = str(self.initial["version"])


def _words(field: forms.Field) -> dict:
    """What the choices of a field are called, those in groups too."""
    if isinstance(field, forms.ModelChoiceField) or not isinstance(field, forms.ChoiceField):
        return {}
    pairs = [inner for key, label in field.choices for inner in (label if isinstance(label, list) else [(key, label)])]
    return dict(pairs)


def written(value: object) -> str:
    """A value as a browser's input sends it."""
    if isinstance(value, datetime):
        moment = timezone.localtime(value) if timezone.is_aware(value) else value
        return moment.strftime("%Y-%m-%dT%H:%M:%S")
    return value.isoformat() if isinstance(value, date) else str(value)


def shown(value: object) -> str:
    """A value as a person reads it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    return "—" if value in (None, "") else str(value)
