"""What is typed on the pages of plans and rectifications; the services decide."""

from datetime import date

from django import forms
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from branchportal.forms import DayInput

from ..cycles.models import Cycle
from .choices import Method, Source
from .models import VisitPlan


class PlanForm(forms.Form):
    """A visit plan: cycle, name, aim, days."""

    cycle = forms.ModelChoiceField(label=_("cycle"), queryset=Cycle.objects.none())
    name = forms.CharField(label=_("name of the plan"), max_length=60)
    aim = forms.CharField(
        label=_("what is looked at"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    starts_on = forms.DateField(label=_("from"), widget=DayInput())
    ends_on = forms.DateField(label=_("to"), widget=DayInput())
    is_announced = forms.BooleanField(
        label=_("announced to the branches"),
        required=False,
        initial=True,
        help_text=_("Without a tick a branch sees its visit only once the record is signed."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: object, plan: VisitPlan | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cycle"].queryset = Cycle.objects.exclude(status=Cycle.Status.CLOSED).select_related("plan")
        if plan is not None:
            del self.fields["cycle"]

    def chosen(self) -> dict:
        """What the services take, without cycle and version."""
        data = self.cleaned_data
        days: tuple[date, date] = (data["starts_on"], data["ends_on"])
        return {"name": data["name"], "aim": data["aim"], "days": days, "is_announced": data["is_announced"]}


class DrawForm(forms.Form):
    """How the branches of a plan are drawn."""

    method = forms.ChoiceField(
        label=_("choice of branches"),
        choices=[(value, label) for value, label in Method.choices if value != Method.HAND],
        initial=Method.STRATIFIED,
    )
    wanted = forms.IntegerField(label=_("branches to draw"), min_value=1, required=False)
    seed = forms.CharField(
        label=_("seed"),
        required=False,
        max_length=40,
        help_text=_("A number drawn in public, for example. Left empty, the portal draws one. It is kept and shown."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class AskForm(forms.Form):
    """Something to be put right that came up outside a visit."""

    branch = forms.ModelChoiceField(label=_("branch"), queryset=Branch.objects.none(), to_field_name="code",
                                    widget=forms.TextInput(attrs={"list": "branches", "autocomplete": "off"}),
                                    help_text=_("Type the code of the branch."))  # fmt: skip
    cycle = forms.ModelChoiceField(label=_("cycle"), queryset=Cycle.objects.none())
    source = forms.ChoiceField(
        label=_("found in"), choices=[(value, label) for value, label in Source.choices if value != Source.VISIT]
    )
    problem = forms.CharField(label=_("problem"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    due_on = forms.DateField(label=_("to be put right by"), widget=DayInput())

    def __init__(self, *args: object, branches: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].queryset = branches
        self.fields["branch"].error_messages["invalid_choice"] = _(
            "There is no branch with this code among those you may ask."
        )
        self.fields["cycle"].queryset = Cycle.objects.filter(status=Cycle.Status.OPEN)


def day(text: str | None) -> date | None:
    """A date out of a field; None when it is none."""
    try:
        return parse_date((text or "").strip())
    except ValueError:
        return None
