"""The progress board: heat map, branches behind a number, reminder text."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.cycles.models import Step
from assessments.reports import board
from assessments.sheets.models import Sheet
from tests.factories.assessments import make_marks, make_sheet
from tests.factories.branches import make_branch, make_organization, make_unit

pytestmark = pytest.mark.django_db
BOARD, BRANCHES, REMINDER = "cycles:board", "cycles:board_branches", "cycles:board_reminder"


def end_step(cycle: object, kind: str) -> None:
    Step.objects.filter(cycle=cycle, kind=kind).update(ends_at=timezone.now() - timedelta(hours=1))


@pytest.mark.parametrize("name", [BOARD, BRANCHES, REMINDER])
@pytest.mark.parametrize("who", ["secretary", "inspector", "sysadmin", "auditor"])
def test_board_is_not_shown_to_others(city, request, sign_in, who, name):
    assert sign_in(request.getfixturevalue(who)).get(reverse(name)).status_code == 403


def test_department_follows_its_own_subtree_only(city, reviewer, sign_in):
    client = sign_in(reviewer)
    assert client.get(reverse(BOARD)).status_code == 403
    page = client.get(reverse(BRANCHES), {"open": "1", "organization": city.other_committee.pk})
    assert page.context["rows"] == []
    page = client.get(reverse(BRANCHES), {"open": "1"})
    assert [row.branch for row in page.context["rows"]] == [city.branch, city.sibling]
    assert city.far_branch.name not in client.get(reverse(REMINDER)).content.decode()


def test_counts_by_unit_and_status_add_up(city, office, sign_in):
    Sheet.objects.filter(branch=city.branch).update(status="submitted")
    Sheet.objects.filter(branch=city.far_branch).update(status="exempt", exempt_reason="新成立")
    page = sign_in(office).get(reverse(BOARD))
    found = page.context["board"]
    assert [(row.name, row.total, row.counts) for row in found.rows] == [
        ("市发展局", 2, {"draft": 1, "submitted": 1}),
        ("市教育局", 2, {"draft": 1, "exempt": 1}),
    ]
    assert (found.total.total, found.total.late) == (4, 0)
    assert [cell.number for cell in found.total.steps] == [1, 0, 0]
    assert [cell.total for cell in found.total.steps] == [3, 3, 3]


def test_board_by_organization(city, authority, sign_in):
    page = sign_in(authority).get(reverse(BOARD), {"by": "organization", "show": "step"})
    assert [row.name for row in page.context["board"].rows] == ["市发展局机关党委", "市教育局机关党委"]


@pytest.mark.parametrize(
    ("status", "step", "extended", "is_late"),
    [
        ("draft", "self", False, True),
        ("returned", "self", False, False),
        ("returned", "review", False, True),
        ("draft", "self", True, False),
        ("submitted", "self", False, False),
        ("submitted", "preliminary", False, True),
        ("passed", "review", False, True),
        ("exempt", "self", False, False),
    ],
)
def test_late_is_who_is_behind_their_own_step(city, office, status, step, extended, is_late):
    now = timezone.now()
    until = now + timedelta(days=1) if extended else None
    Sheet.objects.filter(branch=city.branch).update(status=status, extended_until=until)
    Sheet.objects.exclude(branch=city.branch).update(status="exempt")
    end_step(city.cycle, step)
    late = list(Sheet.objects.filter(board.late_filter(city.cycle, now)))
    assert (late == [city.sheet]) is is_late
    rows = list(board.sheets(office, city.cycle, board.Filters(), now).filter(branch=city.branch))
    board.mark_late(rows, city.cycle, now)
    assert rows[0].is_late is is_late


def test_branches_are_filtered_and_filters_stay(city, office, inspector, sign_in):
    client = sign_in(office)
    Sheet.objects.filter(branch=city.sibling).update(status="submitted")
    page = client.get(reverse(BRANCHES), {"status": "submitted", "unit": city.branch.unit_id, "q": "第二"})
    assert [row.branch for row in page.context["rows"]] == [city.sibling]
    assert page.context["rows"][0].team_name == "第一考评组"
    assert f"unit={city.branch.unit_id}" in page.content.decode()
    assert not client.get(reverse(BRANCHES), {"team": "none"}).context["rows"]
    team = city.cycle.assignments.first().team_id
    assert len(client.get(reverse(BRANCHES), {"team": team, "organization": "x"}).context["rows"]) == 4


def test_reminder_names_late_branches_and_what_is_missing(city, office, secretary, sign_in):
    city.branch.contact, city.branch.phone = "李联络", "0000-1234"
    city.branch.save(update_fields=["contact", "phone"])
    make_marks(city.sheet, secretary, marks={"1.1": {"counts": {"a": 0}}, "1.2": {"counts": {"good": 1}}})
    Sheet.objects.exclude(branch=city.branch).update(status="submitted")
    end_step(city.cycle, "self")
    page = sign_in(office).get(reverse(REMINDER), {"late": "1"})
    (call,) = page.context["lines"]
    assert (call.unit, call.branch, call.contact, call.phone) == (
        "市发展局",
        "市发展局机关第一党支部",
        "李联络",
        "*******34",
    )
    assert "党费收缴" in call.missing
    assert "三会一课" not in call.missing
    assert "4" in call.missing
    assert page.context["call_list"].splitlines()[1].split("\t")[:4] == [call.unit, call.branch, "李联络", "*******34"]
    assert "1234" not in page.content.decode()


def test_nobody_to_remind_is_said(city, office, sign_in):
    page = sign_in(office).get(reverse(REMINDER), {"late": "1"})
    assert page.context["lines"] == []


def test_board_without_a_cycle_is_empty(city, office, sign_in):
    city.cycle.status = "planned"
    city.cycle.save(update_fields=["status"])
    for name in (BOARD, BRANCHES, REMINDER):
        assert sign_in(office).get(reverse(name)).status_code == 200


@pytest.mark.parametrize(("name", "queries"), [(BOARD, 7), (BRANCHES, 11), (REMINDER, 7)])
def test_board_asks_the_same_for_one_and_many(city, office, sign_in, django_assert_num_queries, name, queries):
    client = sign_in(office)
    Sheet.objects.exclude(branch=city.branch).delete()
    client.get(reverse(name))
    with django_assert_num_queries(queries):
        client.get(reverse(name))
    for number in range(60):
        committee = make_organization(parent=city.work_committee, unit=make_unit()) if number < 5 else city.committee
        make_sheet(city.cycle, make_branch(committee))
    with django_assert_num_queries(queries):
        client.get(reverse(name))
