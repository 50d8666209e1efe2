"""Input of the set-up pages."""

from datetime import date, datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from branchportal.forms import VersionedForm
from members.models import User
from members.roles import Role

from .dates import STEP_ORDER, Span, problems
from .models import Cycle, SchemeVersion, Step, Team, YearPlan


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class PlanForm(VersionedForm):
    """A year with its scheme."""

    year = forms.IntegerField(label=_("year"), min_value=2000, max_value=2100)
    name = forms.CharField(label=_("name of the plan"), max_length=100)
    scheme_version = forms.ModelChoiceField(
        label=_("scheme"),
        queryset=SchemeVersion.objects.none(),
        help_text=_("Published schemes only. It can be changed until the first cycle is opened."),
    )

    notice_days = forms.IntegerField(
        label=_("working days of the notice (0: published without notice)"),
        min_value=0,
        max_value=60,
        initial=5,
        help_text=_("Ratings go through the committee's meeting and a public notice of so many working days."),
    )
    meeting_after_notice = forms.BooleanField(label=_("the committee decides after the notice"), required=False)

    def __init__(self, *args: object, plan: YearPlan | None = None, **kwargs: object) -> None:
        forms.Form.__init__(self, *args, **kwargs)
        published = SchemeVersion.objects.filter(status=SchemeVersion.Status.PUBLISHED).defer("content")
        self.fields["scheme_version"].queryset = published.order_by("-published_at")
        if plan is not None:
            del self.fields["year"]
        self.take_choices()

    def said(self) -> dict:
        """What a new plan is made of."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class CycleForm(VersionedForm):
    """A period with its dated steps; every wrong date is marked at its own row."""

    name = forms.CharField(label=_("name of the cycle"), max_length=60)
    purpose = forms.ChoiceField(label=_("purpose"), choices=Cycle.Purpose.choices)
    starts_on = forms.DateField(label=_("from"), widget=_day())
    ends_on = forms.DateField(label=_("to"), widget=_day())

    def __init__(self, *args: object, **kwargs: object) -> None:
        forms.Form.__init__(self, *args, **kwargs)
        for kind, label in Step.Kind.choices:
            for side, text in (("starts", _("%(step)s: from")), ("ends", _("%(step)s: deadline"))):
                self.fields[f"{kind}_{side}"] = forms.DateTimeField(
                    label=text % {"step": label}, required=False, widget=_moment()
                )
        self.take_choices()

    def rows(self) -> list[dict]:
        """The steps for the template: label, the two fields, the errors of both and of the row."""
        return [
            {"kind": kind, "label": label, "starts": self[f"{kind}_starts"], "ends": self[f"{kind}_ends"]}
            for kind, label in Step.Kind.choices
        ]

    def clean(self) -> dict:
        data = super().clean()
        days = data.get("starts_on"), data.get("ends_on")
        if all(days) and days[1] < days[0]:
            self.add_error("ends_on", _("The period ends before it begins."))
        data["spans"] = {}
        for kind in STEP_ORDER:
            self._read_span(kind, data)
        if data.get("starts_on"):
            for kind, text in problems(data["spans"], data["starts_on"]).items():
                if not self[f"{kind}_starts"].errors and not self[f"{kind}_ends"].errors:
                    self.add_error(f"{kind}_ends", text)
        return data

    def _read_span(self, kind: str, data: dict) -> None:
        begins: datetime | None = data.get(f"{kind}_starts")
        ends: datetime | None = data.get(f"{kind}_ends")
        if begins and ends:
            data["spans"][kind] = Span(begins, ends)
        elif begins or ends:
            self.add_error(f"{kind}_ends", _("Give both dates, or leave both empty."))

    def chosen(self) -> dict:
        """What the services take."""
        data = self.cleaned_data
        days: tuple[date, date] = (data["starts_on"], data["ends_on"])
        return {"name": data["name"], "purpose": data["purpose"], "days": days, "spans": data["spans"]}


class TeamForm(forms.Form):
    """A team's name."""

    name = forms.CharField(label=_("team"), max_length=60)


class TeamMemberForm(forms.Form):
    """An inspector who has no team in the year yet."""

    user = forms.ModelChoiceField(label=_("inspector"), queryset=User.objects.none())

    def __init__(self, *args: object, team: Team, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        inspectors = User.objects.filter(is_active=True, appointments__role__in=[Role.INSPECTOR, Role.LEADER]).exclude(
            team_memberships__team__plan_id=team.plan_id
        )
        self.fields["user"].queryset = inspectors.distinct().order_by("name")


class AssignForm(forms.Form):
    """Rows ticked by hand (`branch`) or whole organizations (`organization`), and the team that gets them."""

    team = forms.ModelChoiceField(label=_("team"), queryset=Team.objects.none(), required=False)

    def __init__(self, *args: object, cycle: Cycle, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.filter(plan_id=cycle.plan_id).order_by("pk")
