"""Input of the pages; the services decide."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branchportal.forms import DayInput, VersionForm
from branchportal.personal import WithPhone

from .models import Branch, Organization, Sector, Unit

LABELS = {"code": _("Code"), "name": _("full name")}


class OrganizationForm(WithPhone, VersionForm):
    class Meta:
        model = Organization
        fields = ("code", "name", "kind", "parent", "unit", "contact", "phone")
        labels = LABELS

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        others = Organization.objects.filter(is_active=True)
        if self.instance.pk:
            others = others.exclude(path__startswith=self.instance.path)
        self.fields["parent"].queryset = others
        self.fields["parent"].help_text = _("Empty only for the top of the tree.")


class BranchForm(WithPhone, VersionForm):
    class Meta:
        model = Branch
        fields = (
            "code",
            "name",
            "organization",
            "sector",
            "unit",
            "founded_on",
            "has_committee",
            "has_groups",
            "has_shared_premises",
            "contact",
            "phone",
        )
        widgets = {"founded_on": DayInput()}
        labels = LABELS

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = Organization.objects.filter(is_active=True)
        self.fields["sector"].help_text = _("Decides the scheme and the group the branch is ranked in.")


class UnitForm(VersionForm):
    class Meta:
        model = Unit
        fields = ("code", "name", "is_active")
        labels = LABELS


class CloseForm(forms.Form):
    dissolved_on = forms.DateField(label=_("dissolved on"), widget=DayInput(), initial=timezone.localdate)
    version = forms.IntegerField(widget=forms.HiddenInput)


class BranchFilter(forms.Form):
    """What the list of branches is narrowed down by; it stays in the address."""

    q = forms.CharField(label=_("search"), required=False, max_length=60)
    organization = forms.ModelChoiceField(
        Organization.objects.none(), label=_("organization"), required=False, empty_label=_("all")
    )
    sector = forms.ModelChoiceField(Sector.objects.all(), label=_("sector"), required=False, empty_label=_("all"))
    state = forms.ChoiceField(
        label=_("status"), required=False, choices=[("", _("active")), ("closed", _("dissolved")), ("all", _("all"))]
    )

    def __init__(self, *args: object, user: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = Organization.objects.visible_to(user)
        self.fields["q"].widget.attrs["placeholder"] = _("Name, code or unit")
