"""Input of the page that puts a change forward."""

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from branchportal.forms import DayInput

from .models import BranchChange


def _branch(said: str) -> Branch | None:
    said = said.strip()
    if not said:
        return None
    found = Branch.objects.filter(code=said).first() or Branch.objects.filter(name=said).first()
    if found is None:
        raise forms.ValidationError(_("No branch has this code or name."))
    return found


class ChangeForm(forms.Form):
    """What happens to which branch, when, on which document."""

    kind = forms.ChoiceField(label=_("what happens"), choices=BranchChange.Kind.choices)
    branch = forms.CharField(label=_("branch: code or whole name"), max_length=100)
    other = forms.CharField(
        label=_("other branch: code or whole name"),
        max_length=100,
        required=False,
        help_text=_("Into which it goes, or which splits off (create that branch first). Empty when it is dissolved."),
    )
    happens_on = forms.DateField(label=_("on"), widget=DayInput)
    document = forms.CharField(label=_("document"), max_length=200)

    def clean_branch(self) -> Branch:
        return _branch(self.cleaned_data["branch"])

    def clean_other(self) -> Branch | None:
        return _branch(self.cleaned_data["other"])
