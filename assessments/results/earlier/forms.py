"""Input of the pages; the services decide."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _


class EarlierFilter(forms.Form):
    """What the list is narrowed down by; it stays in the address."""

    q = forms.CharField(label=_("search"), required=False, max_length=60)
    year = forms.ChoiceField(label=_("year"), required=False)

    def __init__(self, *args: object, years: Sequence[int], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [("", _("all")), *((str(year), str(year)) for year in years)]
        self.fields["q"].widget.attrs["placeholder"] = _("Name or code")


class RemoveForm(forms.Form):
    """Why something is removed, and the version that was looked at."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, min_length=5, widget=forms.Textarea(attrs={"rows": 3, "maxlength": 300})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
