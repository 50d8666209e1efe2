"""Input of the extension pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ...cycles.models import Step

ALL_STEPS = [(kind.value, kind.label) for kind in (Step.Kind.SELF, Step.Kind.PRELIMINARY, Step.Kind.REVIEW)]


class DecisionForm(forms.Form):
    """Until when; as asked for, or another day."""

    until = forms.DateTimeField(
        label=_("granted until"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "form-control"}, format="%Y-%m-%dT%H:%M"),
    )


class ExtensionForm(forms.Form):
    """Until when, and why; for all branches also which step."""

    step = forms.ChoiceField(label=_("step"), choices=ALL_STEPS)
    until = forms.DateTimeField(
        label=_("extended until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reason = forms.CharField(label=_("reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: object, for_all: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if not for_all:
            del self.fields["step"]
