"""Input of the pages from tally to publication."""

from datetime import date

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from branchportal.forms import DayInput

from .models import ConsultationReply, Notice, Objection
from .working_days import last_day


class ConsultationForm(forms.Form):
    """Who is asked about whom until when."""

    organ = forms.CharField(
        label=_("organ"), max_length=60, help_text=_("For example the discipline inspection group.")
    )
    letter = forms.CharField(label=_("number of the letter"), max_length=60, required=False)
    min_stars = forms.IntegerField(label=_("branches from stars"), min_value=1, max_value=9)
    due_on = forms.DateField(label=_("reply by"), widget=DayInput)
    supplement = forms.BooleanField(label=_("only branches that nobody was asked about yet"), required=False)


class MeetingForm(forms.Form):
    """What the committee decided."""

    held_on = forms.DateField(label=_("held on"), widget=DayInput)
    expected = forms.IntegerField(label=_("members of the committee"), min_value=1, max_value=99)
    present = forms.IntegerField(label=_("present"), min_value=1, max_value=99)
    document_number = forms.CharField(label=_("number of the ratification"), max_length=60, required=False)
    minutes = forms.CharField(label=_("minutes"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class ReplyForm(forms.Form):
    """What the organ replied about one branch."""

    opinion = forms.ChoiceField(label=_("reply"), choices=ConsultationReply.Opinion.choices[1:])
    replied_on = forms.DateField(label=_("date of the reply"), widget=DayInput)
    document = forms.CharField(label=_("document"), max_length=200, required=False)
    text = forms.CharField(label=_("what it says"), max_length=300, required=False)
    veto_code = forms.ChoiceField(label=_("veto"), required=False)

    def __init__(self, *args: object, vetoes: list[tuple[str, str]] = (), **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["veto_code"].choices = [("", "—"), *vetoes]


class RestForm(forms.Form):
    """“No objection” to all that are left."""

    replied_on = forms.DateField(label=_("date of the reply"), widget=DayInput)
    document = forms.CharField(label=_("document"), max_length=200, required=False)


class NoticeForm(forms.Form):
    """How the results are shown."""

    starts_on = forms.DateField(label=_("from"), widget=DayInput)
    days = forms.IntegerField(label=_("working days"), min_value=1, max_value=60)
    min_stars = forms.IntegerField(label=_("names branches from stars"), min_value=0, max_value=9)
    audience = forms.ChoiceField(label=_("shown to"), choices=Notice.Audience.choices)
    contact = forms.CharField(label=_("where objections are taken"), max_length=200)

    @classmethod
    def suggested(cls, days: int, contact: str) -> "NoticeForm":
        """A form that begins today and runs as long as the plan asks."""
        first = timezone.localdate()
        return cls(initial={"starts_on": first, "days": days, "min_stars": 3, "contact": contact})

    @property
    def last_on(self) -> date | None:
        """The last day of what is filled in, for the page."""
        source = self.cleaned_data if self.is_bound and self.is_valid() else self.initial
        return last_day(source["starts_on"], source["days"]) if source.get("starts_on") and source.get("days") else None


class ExtendForm(forms.Form):
    last_on = forms.DateField(label=_("last day"), widget=DayInput)
    reason = forms.CharField(label=_("reason"), max_length=300)


class ObjectionForm(forms.Form):
    """What the branch says."""

    text = forms.CharField(label=_("what is wrong, and why"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6}))


class RegisterForm(ObjectionForm):
    """What came to the office."""

    branch = forms.CharField(label=_("branch: code or whole name"), max_length=100)
    channel = forms.ChoiceField(label=_("received"), choices=Objection.Channel.choices[1:])
    received_on = forms.DateField(label=_("received on"), widget=DayInput)
    by_name = forms.CharField(
        label=_("from whom"), max_length=60, required=False, help_text=_("Leave it empty if the person wants no name.")
    )
    field_order = ["branch", "channel", "received_on", "by_name", "text"]

    def clean_branch(self) -> Branch:
        said = self.cleaned_data["branch"].strip()
        found = Branch.objects.filter(code=said).first() or Branch.objects.filter(name=said).first()
        if found is None:
            raise forms.ValidationError(_("No branch has this code or name. Copy it from the list on notice."))
        return found


class AnswerForm(forms.Form):
    """What the deciding authority answers."""

    decision = forms.ChoiceField(
        label=_("decision"),
        choices=[("rejected", _("The result stands")), ("upheld", _("The objection is right"))],
        widget=forms.RadioSelect,
    )
    sheet = forms.ChoiceField(
        label=_("sheet to be corrected"),
        required=False,
        widget=forms.Select(attrs={"hx-get": "", "hx-target": "#objection-part", "hx-swap": "outerHTML"}),
        help_text=_("It is opened again as a new revision, reviewed and approved anew; then the tally runs again."),
    )
    extent = forms.ChoiceField(
        label=_("open again"),
        required=False,
        choices=[("part", _("only the ticked indicators")), ("whole", _("the whole sheet"))],
        widget=forms.RadioSelect,
    )
    codes = forms.MultipleChoiceField(required=False)
    rows_of = forms.CharField(required=False)  # whose rows the page showed
    answer = forms.CharField(label=_("answer"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))

    def __init__(self, *args: object, sheets: list = (), groups: list = (), **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(sheet.pk), str(sheet)) for sheet in sheets]
        self.fields["sheet"].choices = [("", _("none: nothing has to be corrected")), *choices]
        self.fields["codes"].choices = [row for group in groups for row in group.rows]

    def clean(self) -> dict:
        """The ticks must be those of the chosen sheet; without script its rows are shown only now."""
        said = super().clean()
        if said.get("decision") != "upheld" or not (sheet := said.get("sheet")):
            return said
        if not said.get("extent") and said.get("rows_of") == sheet:
            self.add_error("extent", _("Choose whether the ticked indicators or the whole sheet is opened again."))
        elif said.get("extent") != "whole" and said.get("rows_of") != sheet:
            self.add_error("sheet", _("The indicators of this sheet are shown below now. Choose what is opened again."))
        return said
