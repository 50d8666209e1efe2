"""Input of the set-up pages."""

from datetime import date, datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.models import Sector
from branchportal.forms import VersionedForm
from members.models import User
from members.roles import Role

from .dates import STEP_ORDER, Span, chain, problems, settings_of
from .models import Cycle, SchemeVersion, Step, Team, YearPlan
from .services.choosing import Chosen, scope_problem


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


def _key(sector: Sector) -> str:
    return f"sector-{sector.pk}"


class PlanForm(VersionedForm):
    """A year with its scheme, and the schemes of sectors that have their own."""

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
        published = SchemeVersion.objects.filter(status=SchemeVersion.Status.PUBLISHED).select_related("scheme")
        published = published.defer("content").order_by("-published_at")
        self.fields["scheme_version"].queryset = published
        self._versions = {str(version.pk): version for version in published}
        self._sectors = list(Sector.objects.all())
        choices = [("", _("as the plan")), *((key, str(version)) for key, version in self._versions.items())]
        for sector in self._sectors:
            self.fields[_key(sector)] = forms.ChoiceField(label=sector.name, choices=choices, required=False)
        if plan is not None:
            del self.fields["year"]
            kept = plan.sector_schemes.values_list("sector_id", "scheme_version_id")
            self.initial |= {f"sector-{sector}": str(version) for sector, version in kept}
        self.take_choices()

    def own_fields(self) -> list[forms.BoundField]:
        """Those of the plan as a whole, for the template."""
        return [field for field in self.visible_fields() if not field.name.startswith("sector-")]

    def sector_fields(self) -> list[forms.BoundField]:
        """One field for each sector."""
        return [self[_key(sector)] for sector in self._sectors]

    def has_sectors(self) -> bool:
        """Whether any sector has a scheme of its own, as typed or as it stands."""
        return any(field.value() or field.errors for field in self.sector_fields())

    def said(self) -> dict:
        """What the services take."""
        data = {name: value for name, value in self.cleaned_data.items() if not name.startswith("sector-")}
        chosen = {sector: self.cleaned_data[_key(sector)] for sector in self._sectors}
        data["sectors"] = {sector: self._versions[key] for sector, key in chosen.items() if key}
        return data


class ScopeForm(VersionedForm):
    """Whose sheets the inspectors review; `plan` and `period` say which stars there are."""

    review_scope = forms.ChoiceField(label=_("scope of the review"), choices=Cycle.Scope.choices, required=False)
    sample_percent = forms.IntegerField(
        label=_("sample: per cent of the branches"), min_value=1, max_value=99, required=False
    )
    candidate_stars = forms.IntegerField(
        label=_("candidates: from so many stars on"), min_value=1, max_value=9, required=False
    )

    def __init__(self, *args: object, plan: YearPlan, period: str, **kwargs: object) -> None:
        forms.Form.__init__(self, *args, **kwargs)
        self.plan, self.period = plan, period
        self.add_fields()
        self.take_choices()

    def add_fields(self) -> None:
        """Fields that depend on data; there are none here."""

    def clean(self) -> dict:
        data = super().clean()
        field, text = scope_problem(self.plan, self.period, self.scope())
        if text and not self.errors:
            self.add_error(field, text)
        return data

    def scope(self) -> Chosen:
        """What the services take."""
        data = self.cleaned_data
        kind = data.get("review_scope") or Cycle.Scope.ALL
        return Chosen(kind, data.get("sample_percent"), data.get("candidate_stars"))


class CycleForm(ScopeForm):
    """A period with its dated steps; every wrong date is marked at its own row."""

    name = forms.CharField(label=_("name of the cycle"), max_length=60)
    purpose = forms.ChoiceField(label=_("purpose"), choices=Cycle.Purpose.choices)
    starts_on = forms.DateField(label=_("from"), widget=_day())
    ends_on = forms.DateField(label=_("to"), widget=_day())

    def add_fields(self) -> None:
        """Two moments for each step."""
        for kind, label in Step.Kind.choices:
            for side, text in (("starts", _("%(step)s: from")), ("ends", _("%(step)s: deadline"))):
                self.fields[f"{kind}_{side}"] = forms.DateTimeField(
                    label=text % {"step": label}, required=False, widget=_moment()
                )

    def rows(self) -> list[dict]:
        """The steps in the order of the year: label, the two fields, the errors of both and of the row."""
        first, *others = chain(settings_of(self.plan, self.period, ""))
        return [
            {
                "kind": kind,
                "label": Step.Kind(kind).label,
                "starts": self[f"{kind}_starts"],
                "ends": self[f"{kind}_ends"],
            }
            for kind in (first, Step.Kind.POLL, *others)
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
            settings = settings_of(self.plan, self.period, data.get("purpose", ""))
            for kind, text in problems(data["spans"], data["starts_on"], settings).items():
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
        said = {"name": data["name"], "purpose": data["purpose"], "days": days, "spans": data["spans"]}
        return said | {"scope": self.scope()}


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
