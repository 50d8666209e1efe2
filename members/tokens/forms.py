"""Input of the page that makes a token."""

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from branches.models import Organization
from branchportal.forms import DayInput

from .models import LIMITED, Reading


class TokenForm(forms.Form):
    """Name, purpose, last day, and for each reading a tick and, where it can be limited, an organization."""

    name = forms.CharField(label=_("service"), max_length=60, help_text=_("The system that will use it."))
    purpose = forms.CharField(
        label=_("purpose"), max_length=200, help_text=_("What it reads for, and who answers for it.")
    )
    expires_on = forms.DateField(
        label=_("valid until"), widget=DayInput(), help_text=_("A year from today at most; shorter is better.")
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        organizations = Organization.objects.filter(is_active=True)
        for reading in Reading:
            self.fields[_name(reading)] = forms.BooleanField(label=reading.label, required=False)
            if reading in LIMITED:
                self.fields[f"{_name(reading)}_below"] = forms.ModelChoiceField(
                    organizations,
                    required=False,
                    label=format_lazy("{}（{}）", _("only below"), reading.label),
                    empty_label=_("the whole portal"),
                )

    def clean(self) -> dict:
        said = super().clean()
        for reading in LIMITED:
            if said.get(f"{_name(reading)}_below") and not said.get(_name(reading)):
                self.add_error(_name(reading), _("Tick this too, or leave its organization empty."))
        if not self.grants() and not self.errors:
            self.add_error(None, _("Choose what the token may read."))
        return said

    def grants(self) -> dict[str, Organization | None]:
        """Each ticked reading with the organization it is limited to, or None."""
        said = self.cleaned_data
        return {reading.value: said.get(f"{_name(reading)}_below") for reading in Reading if said.get(_name(reading))}


def _name(reading: Reading) -> str:
    return reading.value.replace(".", "_")
