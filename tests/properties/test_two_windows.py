"""T-F7 through the pages: two windows on one sheet in any order; no save, step or claim on an older reading is taken.

`tests/faults/test_two_clients.py` does the same at the same moment, with real processes. PROPERTY_EXAMPLES (4) times
five courses: 20 in the test command, 1,000 in `./portal faults`.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.sheets.models import Claim, Mark, Sheet
from branchportal.models import AuditEntry
from members.models import User
from tests.conftest import City
from tests.factories.assessments import make_marks

pytestmark = pytest.mark.django_db
COURSES = int(os.environ.get("PROPERTY_EXAMPLES", "4")) * 5
WINDOWS = st.sampled_from(["secretary", "deputy"])
STEPS = st.sampled_from(["read", "save", "save", "save", "claim", "submit", "withdraw"])
COURSE = st.lists(st.tuples(WINDOWS, STEPS, st.integers(0, 9)), min_size=4, max_size=14)
CODE = "2.2"


@dataclass
class Window:
    """What one of the two has on the screen."""

    client: Client
    sheet: int
    mark: int = 0
    version: int = 0
    claim: int = 0

    def read(self) -> None:
        self.mark, self.version, self.claim = standing(self.sheet)[:3]

    def do(self, step: str, number: int, text: str) -> int:
        at = f"/sheets/{self.sheet}/"
        if step == "save":
            said = {"version": self.mark, "value": str(number), "note": text}
            return self.client.post(f"{at}marks/{CODE}/", said, headers={"X-Requested-With": "fetch"}).status_code
        if step == "claim":
            day = (timezone.localdate() - timedelta(days=number)).isoformat()
            said = {"version": self.claim, "item": "B2:", "matter": text, "document": "发〔2026〕1号", "count": 1}
            row = Claim.objects.filter(sheet=self.sheet).values_list("pk", flat=True).first()
            way = f"claims/{row}/" if row else "claims/add/"
            return self.client.post(f"{at}{way}", said | {"happened_on": day}).status_code
        if step == "submit":
            day = (timezone.localdate() - timedelta(days=1)).isoformat()
            said = {"version": self.version, "meeting_on": day, "meeting_present": 5, "is_truthful": "on"}
            return self.client.post(f"{at}submit/", said).status_code
        return self.client.post(f"{at}withdraw/", {"version": self.version}).status_code


def standing(sheet: int) -> tuple[int, int, int, str, tuple]:
    """Versions of mark, sheet and claim, the status, and what the mark says."""
    mark = Mark.objects.filter(sheet=sheet, stage="self", indicator__code=CODE).first()
    claim = Claim.objects.filter(sheet=sheet).order_by("pk").first()
    row = Sheet.objects.get(pk=sheet)
    said = (mark.value_up, mark.note) if mark else (None, "")
    return mark.version if mark else 0, row.version, claim.version if claim else 0, row.status, said


def walk(windows: dict[str, Window], course: list[tuple[str, str, int]]) -> int:
    """Every step of a course, judged; returns how many were refused as stale."""
    conflicts = 0
    for at, (who, step, number) in enumerate(course):
        window = windows[who]
        if step == "read":
            window.read()
            continue
        before, entries = standing(window.sheet), AuditEntry.objects.count()
        status = window.do(step, number, f"第{at}次填写")
        after, told = standing(window.sheet), f"{who} {step} at {at}: {course}"
        assert status in (200, 302, 400, 403, 404, 409, 422), f"{status}, {told}"
        if after == before:
            assert AuditEntry.objects.count() == entries, told
        elif step == "save":
            assert (before[3], window.mark) == ("draft", before[0]), told
            assert (after[0], after[4]) == (before[0] + 1, (number * 10**6, f"第{at}次填写")), told
            window.mark = after[0]
        elif step == "claim":
            assert before[3] == "draft", told
            assert window.claim == before[2] or not before[2], told  # the first one is new, whatever was read
        else:
            moves = {"submit": ("draft", "submitted"), "withdraw": ("submitted", "draft")}
            assert (who, window.version, before[3], after[3]) == ("secretary", before[1], *moves[step]), told
        conflicts += status == 409
    return conflicts


def test_f7_nothing_older_is_taken_in_any_order(
    city: City, secretary: User, deputy: User, sign_in: Callable[[User], Client]
) -> None:
    clients = {"secretary": sign_in(secretary), "deputy": sign_in(deputy)}
    make_marks(city.sheet, secretary)
    refused = []

    @settings(max_examples=COURSES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(course=COURSE)
    def every_course(course: list[tuple[str, str, int]]) -> None:
        with transaction.atomic():
            windows = {who: Window(client, city.sheet.pk) for who, client in clients.items()}
            for window in windows.values():
                window.read()
            refused.append(walk(windows, course))
            transaction.set_rollback(True)

    every_course()
    assert sum(refused) > 0  # the courses did lead into each other's way
