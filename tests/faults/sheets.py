"""Sheets with sixty indicators, one for each branch of a city, filled in and ready to be handed over."""

import threading
import time
from collections.abc import Callable
from datetime import date

from django.utils import timezone

from assessments.cycles.models import Cycle, Step
from assessments.schemes.loading import indicator_index
from assessments.schemes.models import SchemeVersion
from assessments.sheets.models import Mark, Sheet
from branches.models import Branch, Organization
from members.models import Appointment, User
from members.roles import Role
from tests.factories.assessments import make_cycle
from tests.factories.branches import make_organization, make_sector, make_unit
from tests.factories.members import make_user
from tests.factories.schemes import make_scheme

from .visitor import Answer, Visitor

ROWS = 60
MEETING = {"meeting_on": "", "meeting_present": 5, "is_truthful": True}


def scheme_of_sixty() -> SchemeVersion:
    """A published scheme of sixty indicators that take points as typed, 100 together."""
    leaves = [
        {
            "code": f"{at // 10 + 1}.{at % 10 + 1}",
            "name": f"第{at + 1}项",
            "points": 2 if at < 40 else 1,
            "rule": "entry",
        }
        for at in range(ROWS)
    ]
    tops = []
    for top in range(6):
        below = leaves[top * 10 : top * 10 + 10]
        points = sum(leaf["points"] for leaf in below)
        tops.append({"code": str(top + 1), "name": f"第{top + 1}部分", "points": points, "children": below})
    return make_scheme(code="sixty", indicators=tops)


def filled_sheets(count: int) -> tuple[Cycle, list[int], User]:
    """`count` drafts with every row filled in, in an open cycle; one person is secretary of all branches."""
    work = make_organization("市直机关工委", kind=Organization.Kind.WORK_COMMITTEE)
    committee = make_organization("市发展局机关党委", work, unit=make_unit("市发展局"))
    sector = make_sector()
    branches = Branch.objects.bulk_create(
        Branch(code=f"S{at:05d}", name=f"第{at}党支部", organization=committee, unit=committee.unit, sector=sector)
        for at in range(count)
    )
    version = scheme_of_sixty()
    cycle = make_cycle(version)
    sheets = Sheet.objects.bulk_create(
        Sheet(cycle=cycle, branch=branch, scheme_version=version, organization=committee, sector=sector,
              unit=branch.unit, due_count=ROWS)
        for branch in branches
    )  # fmt: skip
    secretary = make_user("secretary")
    Appointment.objects.bulk_create(
        Appointment(user=secretary, role=Role.SECRETARY, branch=branch, starts_on=date(2020, 1, 1))
        for branch in branches
    )
    indicators = [row for row in indicator_index(version).indicators.values() if "." in row.code]
    Mark.objects.bulk_create(
        (
            Mark(sheet=sheet, indicator=row, stage="self", value_up=500_000, points_up=500_000, note="按时完成",
                 entered_by=secretary, entered_at=timezone.now())
            for sheet in sheets
            for row in indicators
        ),
        batch_size=5000,
    )  # fmt: skip
    return cycle, [sheet.pk for sheet in sheets], secretary


def set_deadline(cycle: Cycle, moment: object) -> None:
    """The end of the self-assessment."""
    Step.objects.filter(cycle=cycle, kind="self").update(ends_at=moment)


def submit(visitor: Visitor, sheet: int, **headers: str) -> Answer:
    """Hand one sheet over through the API."""
    said = MEETING | {"meeting_on": timezone.localdate().isoformat(), "version": 1}
    return visitor.send("POST", f"/api/v1/sheets/{sheet}/submit/", said, **headers)


def at_times(moments: list[float], act: Callable[[int], None], threads: int) -> None:
    """Call `act(number)` at each moment of `time.monotonic()`, from so many threads; a fault of one ends the test."""
    left, lock, faults = iter(enumerate(moments)), threading.Lock(), []

    def work() -> None:
        while not faults:
            with lock:
                number, moment = next(left, (None, 0.0))
            if number is None:
                return
            time.sleep(max(0.0, moment - time.monotonic()))
            try:
                act(number)
            except Exception as fault:
                faults.append(fault)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if faults:
        raise faults[0]
