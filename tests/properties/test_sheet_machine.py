"""T-I2: anybody does anything to a sheet at any time, on the version of now or an older one, through the real pages.

PROPERTY_EXAMPLES (10) and PROPERTY_STEPS (25) say how often and how long; `./portal faults` takes 200 × 40.
"""

import os
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from assessments.sheets.freezing import is_intact
from assessments.sheets.models import Mark, Sheet
from branchportal.models import AuditEntry
from members.models import User
from tests.conftest import City
from tests.factories.assessments import make_marks

from .life import ACTIONS, RELATIONS, Model, total_of

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "10"))
STEPS = int(os.environ.get("PROPERTY_STEPS", "25"))
PATHS = {
    "save": "marks/2.2/", "submit": "submit/", "withdraw": "withdraw/", "pass": "preliminary/pass/",
    "return_preliminary": "preliminary/return/", "begin": "review/begin/", "mark": "review/mark/2.2/",
    "accept_rest": "review/accept/", "return_review": "review/return/", "approve": "review/approve/",
}  # fmt: skip
RETURN = {"return": "2.2", "reason-2.2": "佐证材料不齐全，请补充"}


class Portal:
    """The pages of one sheet."""

    def __init__(self, city: City, clients: dict[str, Client]) -> None:
        self.city, self.clients, self.values = city, clients, 0

    @property
    def sheet(self) -> Sheet:
        return Sheet.objects.select_related("scheme_version").get(pk=self.city.sheet.pk)

    def do(self, action: str, who: str, is_stale: bool) -> HttpResponse:
        sheet, older = self.sheet, int(is_stale)
        said = {"version": sheet.version - older}
        path = "/sheets/exemptions/new/" if action == "exempt" else f"/sheets/{sheet.pk}/{PATHS[action]}"
        if action in ("save", "mark"):
            self.values = (self.values + 1) % 20
            stage = "self" if action == "save" else "review"
            mark = Mark.objects.filter(sheet=sheet, stage=stage, indicator__code="2.2").first()
            said = {"version": (mark.version if mark else 0) - older, "value": str(self.values / 2)}
            said |= {"version": 7} if said["version"] < 0 else {}
            said |= {"note": f"第{self.values}次填写"} if action == "save" else {"reason": "核对佐证后调整得分"}
        elif action == "submit":
            today = timezone.localdate() - timedelta(days=1)
            said |= {"meeting_on": today.isoformat(), "meeting_present": 5, "is_truthful": "on"}
        elif action == "pass":
            poll = Mark.objects.filter(sheet=sheet, stage="poll").first()
            said |= {"poll-2.4": "90", "version-2.4": poll.version if poll else 0}
        elif action.startswith("return"):
            said |= RETURN
        elif action == "exempt":
            said |= {"sheet": sheet.pk, "reason": "本季度整建制撤并"}
        return self.clients[who].post(path, said)

    def content(self) -> tuple:
        """Everything of the sheet that a step may change."""
        fields = [each.attname for each in Sheet._meta.concrete_fields]
        rows = Mark.objects.filter(sheet=self.city.sheet.pk).order_by("pk")
        return Sheet.objects.values_list(*fields).get(pk=self.city.sheet.pk), tuple(
            rows.values_list("pk", "stage", "value_up", "note", "reason", "version", "counts__value_up")
        )


def machine_for(portal: Portal) -> type[RuleBasedStateMachine]:
    class SheetMachine(RuleBasedStateMachine):
        @initialize()
        def start(self) -> None:
            self.undo = transaction.atomic()
            self.undo.__enter__()
            self.model, self.frozen, self.version = Model(), None, portal.sheet.version
            self.audited = AuditEntry.objects.count()

        @rule(who=st.sampled_from(sorted(RELATIONS)), action=st.sampled_from(ACTIONS), is_stale=st.integers(0, 4))
        def act(self, who: str, action: str, is_stale: int) -> None:
            self._act(who, action, is_stale == 0)

        @rule(chosen=st.integers(0, 99))
        def go_on(self, chosen: int) -> None:
            """Something that is possible now: random steps alone would hardly ever reach the end."""
            ways = [(who, action) for who in sorted(RELATIONS) for action in ACTIONS
                    if action != "exempt" and self.model.allows(who, action, False)]  # fmt: skip
            if ways:
                self._act(*ways[chosen % len(ways)], False)

        def _act(self, who: str, action: str, is_stale: bool) -> None:
            allowed, before = self.model.allows(who, action, is_stale), portal.content()
            answer = portal.do(action, who, is_stale)
            told = f"{who} {action} {self.model.state}{' stale' if is_stale else ''}: {answer.status_code}"
            assert answer.status_code < 500, told
            entries = AuditEntry.objects.count() - self.audited
            if allowed:
                self.model.take(who, action)
                assert (answer.status_code < 400, portal.sheet.status) == (True, self.model.state), told
                assert entries >= 1 or action == "accept_rest", told
            else:
                is_told = answer.status_code >= 400 or (answer.status_code == 302 and portal.content() == before)
                assert (is_told, portal.content() == before, entries) == (True, True, 0), told
            self.audited += entries
            if allowed and action in ("save", "submit"):
                assert portal.sheet.self_total_up == total_of(portal.sheet, "self") * 10**6
            if self.model.state == "approved" and self.frozen is None:
                self.frozen = portal.content()
                assert portal.sheet.review_total_up == total_of(portal.sheet, "review") * 10**6

        @invariant()
        def frozen_stays(self) -> None:
            if getattr(self, "frozen", None):
                assert (portal.content(), is_intact(portal.sheet)) == (self.frozen, True)

        @invariant()
        def version_never_falls(self) -> None:
            if hasattr(self, "version"):
                now = portal.sheet.version
                assert now >= self.version
                self.version = now

        def teardown(self) -> None:
            if hasattr(self, "undo"):
                transaction.set_rollback(True)
                self.undo.__exit__(None, None, None)

    return SheetMachine


def test_i2_the_life_of_a_sheet_is_that_of_the_specification(
    city: City, secretary: User, sign_in: Callable[[User], Client], request: pytest.FixtureRequest
) -> None:
    clients = {who: sign_in(request.getfixturevalue(who)) for who in RELATIONS}
    make_marks(city.sheet, secretary, marks=None)
    run_state_machine_as_test(
        machine_for(Portal(city, clients)),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
