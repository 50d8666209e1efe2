"""Forms of the secretary's pages: a bonus claim, the meeting, an answer to a record."""

from django import forms
from django.utils.translation import gettext_lazy as _

from branchportal.figures import plain_text
from branchportal.forms import DayInput, VersionedForm

from .models import Claim, Sheet
from .services.claims import Matter, bonus_items


class ClaimForm(VersionedForm):
    """Item and level are one choice; the evidence is a field of the page beside it."""

    item = forms.ChoiceField(label=_("Bonus item and level"))
    matter = forms.CharField(
        label=_("Matter"), max_length=200, help_text=_("What was achieved, in one sentence. One matter counts once.")
    )
    document = forms.CharField(
        label=_("Document"),
        max_length=200,
        required=False,
        help_text=_("Name or number of the document that proves it."),
    )
    happened_on = forms.DateField(label=_("Date"), widget=DayInput)
    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=1000, initial=1)

    def __init__(self, *args: object, sheet: Sheet, claim: Claim | None = None, **kwargs: object) -> None:
        if claim is not None:
            kwargs.setdefault("initial", self.initial_of(claim))
        super().__init__(*args, **kwargs)
        groups = []
        for item in bonus_items(sheet).values():
            levels = item.levels_up or {"": item.points_up}
            choices = [
                (f"{item.code}:{level}", f"{level or item.text} +{plain_text(points_up)}")
                for level, points_up in levels.items()
            ]
            groups.append((item.text, choices))
        self.fields["item"].choices = [("", "—"), *groups]
        for name, field in self.fields.items():
            if name == "version":
                continue
            kind = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
            field.widget.attrs["class"] = kind

    @staticmethod
    def initial_of(claim: Claim) -> dict:
        return {
            "item": f"{claim.item_code}:{claim.level}",
            "matter": claim.matter,
            "document": claim.document,
            "happened_on": claim.happened_on,
            "count": claim.count,
            "version": claim.version,
        }

    def said(self) -> Matter:
        """The cleaned fields as the service takes them."""
        data = self.cleaned_data
        code, _colon, level = data["item"].partition(":")
        return Matter(code, level, data["matter"], data["document"], data["happened_on"], data["count"])


class SubmitForm(forms.Form):
    """The meeting that discussed the sheet, and the word that it is true."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    meeting_on = forms.DateField(label=_("Day of the meeting"), widget=DayInput)
    meeting_present = forms.IntegerField(label=_("Members present"), min_value=1, max_value=10_000)
    is_truthful = forms.BooleanField(
        label=_("The meeting has discussed this self-assessment, and what is stated here is true.")
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name in ("meeting_on", "meeting_present"):
            self.fields[name].widget.attrs["class"] = "form-control"
        self.fields["is_truthful"].widget.attrs["class"] = "form-check-input"
