"""A whole year as people play it, in a real browser: from the plan to the corrected, final rating and its archive."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from playwright.sync_api import Page

from assessments.cycles.models import Cycle
from assessments.results.models import Publication, Result
from assessments.sheets.models import Sheet
from branches.models import Branch, Organization
from members.models import User
from members.roles import Role
from tests.factories.branches import make_branch, make_organization, make_sector, make_unit
from tests.factories.members import appoint, make_user
from tests.factories.results import BEST, make_approved
from tests.factories.schemes import SCHEME, make_scheme

from . import year_quarter as quarter
from . import year_rating as rating
from .conftest import PHONE, Watch
from .playing import agree, approve, correct, fill_in, return_one, review, submit

pytestmark = [pytest.mark.journey]
PARTS = [{"source": "review", "weight": "0.9"}, {"source": "meeting", "weight": "0.1"}]


@pytest.fixture
def town(db: None) -> dict[str, User]:
    """Four branches, a published scheme, and people; no year yet."""
    sector = make_sector()
    work = make_organization("市直机关工委", kind=Organization.Kind.WORK_COMMITTEE)
    near, far = (make_organization(f"{name}机关党委", work, unit=make_unit(name)) for name in ("市发展局", "市教育局"))
    ours, *_others = [
        make_branch(above, f"{above.unit.name}机关第{number}党支部", sector=sector)
        for above in (near, far)
        for number in "一二"
    ]
    make_scheme(components=PARTS, year=SCHEME["year"] | {"periods": ["Q4"]})
    return {
        "branch": appoint(make_user("secretary", name="赵书记"), Role.SECRETARY, branch=ours),
        "department": appoint(make_user("reviewer", name="李专干"), Role.DEPARTMENT, organization=near),
        "inspector": appoint(make_user("inspector", name="周检查员"), Role.INSPECTOR),
        "leader": appoint(make_user("leader", name="吴组长"), Role.LEADER),
        "desk": appoint(make_user("office", name="郑干事"), Role.OFFICE),
        "chair": appoint(make_user("authority", name="王部长"), Role.AUTHORITY),
    }


def approve_others(inspector: User) -> None:
    """What the other three branches have by the end of the quarter: two with the same points as ours, one with less."""
    for sheet in Sheet.objects.exclude(branch__name=quarter.BRANCH).order_by("branch__code"):
        Sheet.objects.filter(pk=sheet.pk).update(whole_meeting_up=100_000_000)
        is_last = sheet.branch.name == "市教育局机关第二党支部"
        make_approved(sheet, inspector, **({} if is_last else {"marks": BEST}))


def test_a_year_with_everybody(
    town: dict[str, User], open_as: Callable[..., Page], watch: Watch, tmp_path: Path
) -> None:
    watch.expect("404")  # a link of the poll that is used a second time
    desk, chair = agree(open_as(town["desk"], "/cycles/")), agree(open_as(town["chair"]))
    quarter.plan_year(desk)
    quarter.make_team(desk, town["inspector"].pk, town["leader"].pk)
    quarter.open_cycle(desk)
    department, branch = agree(open_as(town["department"])), agree(open_as(town["branch"]))
    quarter.give_time(department, chair)
    fill_in(branch)
    quarter.attach(branch, tmp_path)
    submit(branch)
    quarter.hold_poll(department, open_as(None, size=PHONE))
    return_one(department)
    correct(branch, Sheet.objects.get(branch__name=quarter.BRANCH).pk)
    quarter.pass_on(department)
    inspector, leader = agree(open_as(town["inspector"], size=PHONE)), agree(open_as(town["leader"]))
    quarter.visit(desk, inspector, leader)
    quarter.put_right(branch, inspector, tmp_path)
    quarter.hold_meeting(department, desk, tmp_path)
    review(inspector)
    approve(leader, "96.85")
    approve_others(town["inspector"])
    rating.publish_quarter(desk, chair)

    first = rating.tally(desk, "plan")
    rating.settle(chair, first, [quarter.BRANCH, "市教育局机关第一党支部"], over=3)
    rating.consult(desk, first)
    rating.meet(desk, first)
    notice = rating.put_on_notice(desk, chair, first)
    rating.object_to(branch, chair, notice)
    rating.correct_mark(inspector)
    approve(leader, "97.30")
    rating.publish_quarter(desk, chair)
    again = rating.tally(desk, "plan")
    rating.settle(chair, again, ["市发展局机关第二党支部"], over=2)
    rating.consult(desk, again, supplement=True)
    rating.meet(desk, again)
    notice = rating.put_on_notice(desk, chair, again)
    with time_machine.travel(notice.ends_at + timedelta(hours=9)):
        rating.publish_year(agree(open_as(town["chair"])), notice)
        branch, desk = agree(open_as(town["branch"])), open_as(town["desk"])
        rating.see_result(branch)
        rating.take_ranking(desk)
        rating.take_year(branch)
    stars = dict(Result.objects.filter(tally=again).values_list("branch__name", "stars"))
    assert sorted(stars.values(), reverse=True) == [5, 5, 4, 4]
    assert Publication.objects.filter(status="published").count() == 2
    assert Cycle.objects.get().status == "closed"
    assert Branch.objects.count() == 4
    call_command("publication_verify", all=True)
    call_command("audit_verify")
