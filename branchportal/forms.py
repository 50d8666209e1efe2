"""What forms share: a day input that browsers understand, and the version a form was opened with."""

from dataclasses import dataclass

from django import forms
from django.db import models
from django.utils.translation import gettext as _


class DayInput(forms.DateInput):
    """The browser's own calendar; ISO dates both ways in every language."""

    input_type = "date"

    def __init__(self, **kwargs: object) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


@dataclass(frozen=True)
class Difference:
    """One field that two people changed: what stands there now, what this form says."""

    label: str
    stored: str
    mine: str


class VersionForm(forms.ModelForm):
    """A form of a row with a version: it remembers the version it was opened with and can be compared."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version if self.instance.pk else None

    @property
    def values(self) -> dict:
        """The cleaned values of the row's own fields."""
        return {name: self.cleaned_data[name] for name in self._meta.fields if not self.fields[name].disabled}

    def differences(self, stored: models.Model) -> list[Difference]:
        """Where the stored row and this form disagree."""
        return [
            Difference(self.fields[name].label, shown(getattr(stored, name)), shown(value))
            for name, value in self.values.items()
            if getattr(stored, name) != value
        ]

    def take_version(self, stored: models.Model) -> None:
        """After a conflict has been shown: the next save is a decision, made against the row as it is now."""
        self.data = self.data.copy()
        self.data[self.add_prefix("version")] = str(stored.version)


def shown(value: object) -> str:
    """A value as a person reads it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "—" if value in (None, "") else str(value)
