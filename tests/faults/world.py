"""A small city for the fault tests, written in bulk: sheets to fill in, to submit, to approve, and their people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from assessments.cycles.models import Cycle
from assessments.schemes.loading import indicator_index
from assessments.sheets.models import Mark, MarkCount, Sheet
from branches.models import Branch, Organization
from members.models import Appointment, User
from members.roles import Role
from tests.factories.assessments import FULL_MARKS, MICRO, make_cycle, make_team
from tests.factories.branches import make_organization, make_sector, make_unit
from tests.factories.members import appoint, make_user
from tests.factories.schemes import make_scheme

from .visitor import session_of

FINISHED = {**FULL_MARKS, "2.2": {"value": 9.5}}
CODE = "2.2"  # the row that is saved again and again


@dataclass(frozen=True)
class Town:
    """Keys of the sheets by what is done with them, and the sessions of those who do it."""

    cycle: Cycle
    to_save: list[int]
    to_submit: list[int]
    to_approve: list[int]
    secretary: str
    leader: str
    sysadmin: str
    office: User
    office_session: str


def make_town(*, saves: int, submits: int, approvals: int) -> Town:
    """One committee; one person is secretary of all its branches, so that one session does it all."""
    count = saves + submits + approvals
    work = make_organization("市直机关工委", kind=Organization.Kind.WORK_COMMITTEE)
    committee = make_organization("市发展局机关党委", work, unit=make_unit("市发展局"))
    sector = make_sector()
    branches = Branch.objects.bulk_create(
        Branch(code=f"F{at:05d}", name=f"第{at}党支部", organization=committee, unit=committee.unit, sector=sector)
        for at in range(count)
    )
    version = make_scheme()
    cycle = make_cycle(version)
    drafts = [
        Sheet(cycle=cycle, branch=branch, scheme_version=version, organization=committee, sector=sector,
              unit=branch.unit, due_count=6)
        for branch in branches
    ]  # fmt: skip
    sheets = Sheet.objects.bulk_create(drafts)
    secretary, inspector, leader = make_user("secretary"), make_user("inspector"), make_user("leader")
    Appointment.objects.bulk_create(
        Appointment(user=secretary, role=Role.SECRETARY, branch=branch, starts_on="2020-01-01") for branch in branches
    )
    appoint(inspector, Role.INSPECTOR)
    appoint(leader, Role.LEADER)
    make_team(cycle, *branches, members=(inspector,), leader=leader)
    submits_from, approvals_from = saves, saves + submits
    add_marks(sheets, secretary, "self")
    in_review = sheets[approvals_from:]
    add_marks(in_review, inspector, "review")
    add_marks(in_review, inspector, "poll", {"2.4": {"value": 90}})
    Sheet.objects.filter(pk__in=[sheet.pk for sheet in in_review]).update(
        status="review", submitted_by=secretary, submitted_at=timezone.now() - timedelta(days=1)
    )
    keys = [sheet.pk for sheet in sheets]
    office = appoint(make_user("office"), Role.OFFICE)
    return Town(
        cycle,
        keys[:submits_from],
        keys[submits_from:approvals_from],
        keys[approvals_from:],
        session_of(secretary),
        session_of(leader),
        session_of(appoint(make_user("sysadmin"), Role.SYSTEM_ADMIN)),
        office,
        session_of(office),
    )


def add_marks(sheets: Sequence[Sheet], user: User, stage: str, marks: dict | None = None) -> None:
    """The same marks on many sheets of one scheme version, in two statements."""
    if not sheets:
        return
    marks = marks or FINISHED
    index, now = indicator_index(sheets[0].scheme_version), timezone.now()
    rows = [
        Mark(
            sheet=sheet,
            indicator=index.indicators[code],
            stage=stage,
            state="na" if said.get("na") else "marked",
            value_up=int(float(said["value"]) * MICRO) if "value" in said else None,
            denominator_up=said["denominator"] * MICRO if "denominator" in said else None,
            entered_by=user,
            entered_at=now,
        )
        for sheet in sheets
        for code, said in marks.items()
    ]
    Mark.objects.bulk_create(rows)
    codes = {indicator.pk: code for code, indicator in index.indicators.items()}
    MarkCount.objects.bulk_create(
        MarkCount(mark=row, criterion=index.criteria[codes[row.indicator_id], criterion], value_up=number * MICRO)
        for row in rows
        for criterion, number in marks[codes[row.indicator_id]].get("counts", {}).items()
    )
