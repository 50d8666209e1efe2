"""The file of assignments: one row a branch and cycle. Headings are a file format: Chinese, outside gettext."""

from collections import defaultdict

import tablib
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.imports.columns import CodeWidget, Column
from branches.imports.resource import PortalResource
from branches.models import Branch

from .models import Assignment, Cycle, Team
from .recusal import ties_of
from .services.assignments import REVIEW_BEGUN

NO_BRANCH = gettext_lazy("There is no branch with this code.")
NO_CYCLE = gettext_lazy("There is no open cycle of this year and period.")
NO_TEAM = gettext_lazy("There is no team of this name in the year.")
NO_INSPECTOR = gettext_lazy("There is no inspector of this account in the team.")


def cycle_code(cycle: Cycle) -> str:
    """A cycle as files name it: 2026Q4."""
    return f"{cycle.plan.year}{cycle.period}"


class CycleWidget(CodeWidget):
    """Written as 2026Q4, or with the cycle's own name."""

    def render(self, value: Cycle | None, obj: object = None, **kwargs: object) -> str:
        return cycle_code(value) if value else ""


class TeamWidget(CodeWidget):
    """A team of the year that the row's cycle belongs to, by name."""

    def clean(self, value: object, row: dict | None = None, **kwargs: object) -> Team | None:
        name, cycle = str(value or "").strip(), self.resource.cycle_of(row or {})
        if not name or cycle is None:
            return None
        found = self.resource.lookups["teams"].get((cycle.plan_id, name))
        if found is None:
            raise ValueError(str(self.missing))
        return found

    def render(self, value: Team | None, obj: object = None, **kwargs: object) -> str:
        return value.name if value else ""


class InspectorWidget(CodeWidget):
    """The account of a member of the row's team; empty is nobody in charge."""

    def clean(self, value: object, row: dict | None = None, **kwargs: object) -> models.Model | None:
        text = str(value or "").strip()
        team = self.resource.team_of(row or {})
        if not text or team is None:
            return None
        found = next((user for user in self.resource.members[team.pk] if user.username == text), None)
        if found is None:
            raise ValueError(str(self.missing))
        return found

    def render(self, value: models.Model | None, obj: object = None, **kwargs: object) -> str:
        return value.username if value else ""


class AssignmentResource(PortalResource):
    """Who reviews which branch. Unknown and own branches, and reviews that have begun, are refused row by row."""

    title, action, key = "考评分工", "assignment", ("cycle", "branch")

    cycle = Column(
        "cycle", "考评周期", note="写成 2026Q4，或与系统中的周期名称一致；周期须未关闭", example="示例：2026Q4",
        is_required=True, widget=CycleWidget("cycles", NO_CYCLE),
    )  # fmt: skip
    branch = Column(
        "branch", "支部编码", note="已有的支部编码", example="00101", is_required=True,
        widget=CodeWidget("branches", NO_BRANCH),
    )  # fmt: skip
    team = Column(
        "team", "考评组", note="与该年度考评组名称一致；不得分派给有本支部成员或任职的考评组", example="第一考评组",
        is_required=True, widget=TeamWidget("teams", NO_TEAM), width=20,
    )  # fmt: skip
    inspector = Column(
        "inspector", "主办账号", note="该考评组成员的账号，没有则留空", example="inspector11",
        widget=InspectorWidget("members", NO_INSPECTOR), width=18,
    )  # fmt: skip

    class Meta:
        model = Assignment
        import_id_fields = ("cycle", "branch")
        fields = ("cycle", "branch", "team", "inspector")
        skip_diff = True
        clean_model_instances = True

    def load_lookups(self, dataset: tablib.Dataset) -> None:
        """Branches, cycles that are not closed, teams with their members and what ties these to branches."""
        cycles = list(Cycle.objects.exclude(status=Cycle.Status.CLOSED).select_related("plan"))
        teams = list(Team.objects.prefetch_related("memberships__user").select_related("plan"))
        branches = Branch.objects.select_related("organization")
        self.lookups = {
            "branches": {row.code: row for row in branches},
            "cycles": {cycle.name: cycle for cycle in cycles} | {cycle_code(cycle): cycle for cycle in cycles},
            "teams": {(team.plan_id, team.name): team for team in teams},
        }
        self.members = defaultdict(list, {team.pk: [m.user for m in team.memberships.all()] for team in teams})
        self._ties = ties_of({user.pk: user for users in self.members.values() for user in users}.values())
        begun = apps.get_model("assessments", "Sheet").objects.filter(cycle__in=cycles, status__in=REVIEW_BEGUN)
        self._begun = set(begun.values_list("cycle_id", "branch_id"))

    def cycle_of(self, row: dict) -> Cycle | None:
        """The cycle that a row means."""
        return self.lookups["cycles"].get(str(row.get(self.column("cycle").column_name) or "").strip())

    def team_of(self, row: dict) -> Team | None:
        """The team that a row means."""
        cycle, name = self.cycle_of(row), str(row.get(self.column("team").column_name) or "").strip()
        return self.lookups["teams"].get((cycle.plan_id, name)) if cycle else None

    def load_stored(self, dataset: tablib.Dataset) -> models.QuerySet:
        codes = set(dataset[self.column("branch").column_name])
        rows = Assignment.objects.filter(branch__code__in=codes).exclude(cycle__status=Cycle.Status.CLOSED)
        return rows.select_related("cycle__plan", "branch", "team", "inspector")

    def stored_key(self, instance: Assignment) -> tuple:
        return cycle_code(instance.cycle), instance.branch.code

    def _key_of(self, row: dict) -> tuple:
        cycle, (text, code) = self.cycle_of(row), super()._key_of(row)
        return (cycle_code(cycle) if cycle else text), code

    def check_row(self, instance: Assignment, row: dict, errors: dict) -> None:
        if errors or instance.team_id is None or instance.branch_id is None:
            return
        branch = self.lookups["branches"][instance.branch.code]
        if not branch.is_active:
            errors["branch"] = ValidationError(_("%(branch)s is not active any more.") % {"branch": branch.name})
            return
        people = self.members[instance.team_id]
        if not people:
            message = _("The team “%(team)s” has no members yet.")
            errors["team"] = ValidationError(message % {"team": instance.team.name})
        if reason := next((r for user in people if (r := self._ties[user.pk].reason(user, branch))), ""):
            errors["team"] = ValidationError(reason)
        before = self.stored(self._key_of(row))
        moved = before is None or self._before.get("team") != f"{instance.team} ({instance.team_id})"
        if (instance.cycle_id, branch.pk) in self._begun and moved:
            errors["team"] = ValidationError(
                _("Its review has begun; the team stays. Leave this row out, or let the inspector hand the sheet over.")
            )

    def export_rows(self, user: models.Model) -> models.QuerySet:
        """All assignments of cycles that are not closed."""
        rows = Assignment.objects.exclude(cycle__status=Cycle.Status.CLOSED)
        return rows.select_related("cycle__plan", "branch", "team", "inspector").order_by("cycle_id", "branch__code")
