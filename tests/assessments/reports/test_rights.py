"""The matrix of who may see what: its cells against what the portal's own addresses answer, and the page."""

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.cycles.models import Assignment
from assessments.reports.rights.branch_check import branch_answer, find_branches
from assessments.reports.rights.matrix import ALL, ASSIGNED, BELOW, NONE, OWN, rights_matrix
from assessments.sheets.models import Sheet
from branchportal import audit
from members.models import User
from tests.factories.branches import make_branch, make_organization
from tests.factories.members import appoint, make_member, make_user
from tests.factories.results import make_approved

CAST = (
    "secretary", "deputy", "reviewer", "inspector", "office", "authority", "sysadmin", "secadmin", "auditor",
)  # fmt: skip


@pytest.fixture
def cast(city, request, secretary, inspector) -> dict[str, User]:
    """The cast in a city with approved sheets, near and far, and a member on each roll."""
    for sheet in (city.sheet, city.farther_sheet):
        Sheet.objects.filter(pk=sheet.pk).update(submitted_at=timezone.now(), submitted_by=secretary)
        make_approved(sheet, secretary)
        make_member(sheet.branch)
    Assignment.objects.filter(branch=city.farther_branch).delete()
    audit.record(secretary, "sheet.submitted", city.sheet)
    return {name: request.getfixturevalue(name) for name in CAST}


def cells(user: User) -> dict[str, tuple[str, set[str], set[str]]]:
    """By kind: how far the one office sees, what it writes and what it decides."""
    held = list(user.appointments.in_force().select_related("organization", "branch"))
    parts = rights_matrix(held, timezone.now())
    return {
        row.kind.code: (
            row.sees[0].scope if row.sees else NONE,
            {reach.words for reach in row.writes},
            {reach.words for reach in row.decides},
        )
        for part in parts
        for row in part.rows
    }


def test_cells_are_what_the_addresses_answer(cast, city, sign_in) -> None:
    """Each kind with an address: an own thing and a strange one; a page of the whole portal stands for both."""
    member = {branch: branch.members.get() for branch in (city.branch, city.farther_sheet.branch)}
    asked = {
        "sheets": [f"/sheets/{sheet.pk}/view/" for sheet in (city.sheet, city.farther_sheet)],
        "members": [reverse("members:member_edit", args=[one.pk]) for one in member.values()],
        "branches": [reverse("reports:latest_result", args=[branch.pk]) for branch in member],
        "plans": [reverse("cycles:list")],
        "accounts": [reverse("members:accounts")],
        "offices": [reverse("members:appointments")],
        "tokens": [reverse("members:tokens")],
        "audit_own": [reverse("members:audit")],
        "system": [reverse("operating_state")],
    }
    for name, user in cast.items():
        client, told = sign_in(user), cells(user)
        for kind, addresses in asked.items():
            answers = [client.get(address) for address in addresses]
            open_ones = [_is_open(kind, answer) for answer in answers]
            scope = told[kind][0]
            wanted = [scope != NONE, scope == ALL][: len(addresses)]
            assert open_ones == wanted, (name, kind, scope)


def _is_open(kind: str, answer: object) -> bool:
    """A branch that is seen and has no result yet says so; one that is not seen is a missing page."""
    return answer.status_code == 200 or (kind == "branches" and "该支部还没有已发布的结果" in answer.content.decode())


def test_words_of_each_office(cast) -> None:
    told = {name: cells(user) for name, user in cast.items()}
    assert [told[name]["sheets"][0] for name in CAST] == [
        OWN, OWN, BELOW, ASSIGNED, ALL, ALL, NONE, NONE, ALL,
    ]  # fmt: skip
    assert told["secretary"]["members"] == (OWN, {"录入、修改"}, set())
    assert [name for name in CAST if told[name]["sheets"][2]] == ["reviewer", "authority"]
    assert [name for name in CAST if told[name]["review"][1]] == ["inspector"]
    assert {name for name in CAST if "发布" in told[name]["publications"][2]} == {"authority"}
    assert {name for name in CAST if "拟稿" in told[name]["publications"][1]} == {"office"}
    assert told["secadmin"]["evidence"][2] == {"下架"}
    assert [name for name in CAST if told[name]["audit"][0] == ALL] == ["auditor"]


def test_before_the_first_cycle_rules_are_asked_all_the_same(db) -> None:
    office, branch = appoint(make_user("考评办"), "OPERATOR"), make_branch(make_organization("某党委"))
    first = cells(office)
    assert (first["plans"][0], first["members"][1], first["tallies"][1]) == (ALL, {"录入、修改"}, {"汇总计分"})
    secretary = cells(appoint(make_user("书记"), "SEC", branch=branch))
    assert (secretary["drafts"][1:], secretary["phones"][0]) == (({"填报"}, {"提交"}), OWN)
    inspector = appoint(make_user("考评员"), "INSP")
    assert cells(inspector)["review"] == (NONE, set(), set())


def test_offices_of_today_alone_count_and_are_named(city, cast, secadmin, sign_in) -> None:
    both = appoint(make_user("两职"), "SEC", branch=city.branch)
    appoint(both, "DEPT", organization=city.farther_sheet.branch.organization)
    appoint(both, "OPERATOR", starts_on="2020-01-01", ends_on="2020-12-31")
    client = sign_in(secadmin)
    page = client.get(reverse("reports:rights_of", args=[both.pk])).content.decode()
    for word in ("本支部", "本部门及下属", "2020-12-31", f"支部书记 · {city.branch.name}", "录入、修改"):
        assert word in page
    assert "拟稿" not in page  # the office's, over since 2020
    nobody = make_user("无职")
    assert "从未任职" in client.get(reverse("reports:rights_of", args=[nobody.pk])).content.decode()


def test_may_she_see_this_branch(city, cast, secretary, neighbour, inspector, auditor, sign_in) -> None:
    for user, allowed, why in (
        (secretary, True, "担任该支部的支部书记"),
        (neighbour, False, "该支部不在其中"),
        (inspector, True, "已分给其所在的考评组"),
    ):
        held = list(user.appointments.in_force().select_related("organization", "branch"))
        said = branch_answer(user, held, city.branch)
        assert (said.allowed, why in said.reasons[0]) == (allowed, True)
        seen = {str(line.label): (line.seen, line.there) for line in said.lines}
        assert seen["已提交的评分表"] == (int(allowed), 1)
        assert ("全部可见" if allowed else "看不到") in {line.text for line in said.lines}
    address = reverse("reports:rights_of", args=[neighbour.pk])
    client = sign_in(auditor)
    assert "该支部不在其中" in client.get(address, {"branch": city.branch.code}).content.decode()
    assert "没有代码或名称为" in client.get(address, {"branch": "不存在"}).content.decode()
    assert len(find_branches("党支部")) > 1
    assert "请选择" in client.get(address, {"branch": "党支部"}).content.decode()
    User.objects.filter(pk=neighbour.pk).update(is_active=False)
    assert "已停用：不论有何任职" in client.get(address, {"branch": city.branch.code}).content.decode()


@pytest.mark.parametrize("more", [0, 60])
def test_the_list_of_people_takes_as_many_queries_for_many(
    more, city, secadmin, sign_in, django_assert_num_queries
) -> None:
    for at in range(more):
        appoint(make_user(f"某{at:02}"), "SEC", branch=city.branch)
    client, address = sign_in(secadmin), reverse("reports:rights")
    client.get(address)
    with django_assert_num_queries(6):
        page = client.get(address, {"q": "某"} if more else {})
    assert page.status_code == 200
    assert page.content.decode().count('class="row-title"') == min(50, more or page.context["page"].paginator.count)


def test_only_security_admin_and_auditor_open_it(cast, city, sign_in) -> None:
    for name in CAST:
        wanted = 200 if name in ("secadmin", "auditor") else 403
        for address in (reverse("reports:rights"), reverse("reports:rights_of", args=[cast["secretary"].pk])):
            assert sign_in(cast[name]).get(address).status_code == wanted, name
