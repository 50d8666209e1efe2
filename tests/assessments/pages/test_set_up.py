"""Set-up of years, cycles, teams and assignments through the pages."""

import pytest
from django.urls import reverse

from assessments.cycles.models import Assignment, Cycle, Team, YearPlan
from branchportal import worker
from branchportal.models import Job
from members.roles import Role
from tests.factories.assessments import make_cycle, make_team
from tests.factories.branches import make_branch
from tests.factories.members import appoint, make_member, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["secretary", "deputy", "reviewer", "inspector", "sysadmin", "auditor", "outsider"])
def test_set_up_is_not_shown_to_others(city, request, sign_in, who):
    client = sign_in(request.getfixturevalue(who))
    for name, arguments in (
        ("cycles:list", []),
        ("cycles:cycle", [city.cycle.pk]),
        ("cycles:assignments", [city.cycle.pk]),
    ):
        assert client.get(reverse(name, args=arguments)).status_code == 403


def test_authority_reads_but_does_not_change(city, authority, sign_in):
    client = sign_in(authority)
    page = client.get(reverse("cycles:list"))
    assert page.status_code == 200
    assert reverse("cycles:plan_new") not in page.content.decode()
    assert client.post(reverse("cycles:cycle_open", args=[city.cycle.pk])).status_code == 403
    assert client.post(reverse("cycles:plan_new"), {"year": 2030}).status_code == 403
    assert not Job.objects.exists()


def test_office_sets_up_a_year_and_opens_its_cycle(city, office, sign_in):
    client = sign_in(office)
    answer = client.post(
        reverse("cycles:plan_new"),
        {"year": 2027, "name": "2027年度考评", "scheme_version": city.scheme.pk, "notice_days": 5},
    )
    assert answer.status_code == 302
    plan = YearPlan.objects.get(year=2027)
    address = reverse("cycles:cycle_new", args=[plan.pk, "Q1"])
    suggested = client.get(address).context["form"].initial
    data = {
        key: value.strftime("%Y-%m-%dT%H:%M") if hasattr(value, "hour") else str(value)
        for key, value in suggested.items()
    }
    answer = client.post(address, data | {"purpose": "rating"})
    cycle = Cycle.objects.get(plan=plan)
    assert (answer.status_code, answer.url) == (302, reverse("cycles:cycle", args=[cycle.pk]))
    assert cycle.steps.count() == 6  # the scheme has a poll
    answer = client.post(reverse("cycles:cycle_open", args=[cycle.pk]))
    job = Job.objects.get()
    assert answer.url == reverse("task", args=[job.pk])
    worker.run_due_here()
    job.refresh_from_db()
    assert (job.status, job.result_url, cycle.sheets.count()) == ("done", answer_url(cycle), 4)
    assert client.get(answer_url(cycle)).status_code == 200


def answer_url(cycle: Cycle) -> str:
    return reverse("cycles:cycle", args=[cycle.pk])


def test_wrong_dates_are_said_at_their_row_and_nothing_is_kept(city, office, sign_in):
    client = sign_in(office)
    address = reverse("cycles:cycle_new", args=[city.cycle.plan_id, "Q1"])
    data = {
        "name": "第一季度",
        "purpose": "progress",
        "starts_on": "2026-01-01",
        "ends_on": "2026-03-31",
        "self_starts": "2026-03-20T09:00",
        "self_ends": "2026-03-10T18:00",
        "preliminary_starts": "2026-03-25T09:00",
    }
    answer = client.post(address, data)
    form = answer.context["form"]
    assert answer.status_code == 422
    assert set(form.errors) == {"self_ends", "preliminary_ends", "review_ends"}
    assert 'value="2026-03-10T18:00"' in answer.content.decode()
    assert not Cycle.objects.filter(period="Q1").exists()


def test_period_that_the_scheme_lacks_is_said(city, office, sign_in):
    answer = sign_in(office).get(reverse("cycles:cycle_new", args=[city.cycle.plan_id, "M07"]))
    assert answer.status_code == 400


def test_refused_branch_is_named_on_the_page(city, office, sign_in):
    own = appoint(make_user("own", name="本支部党员", member=make_member(city.branch)), Role.INSPECTOR)
    team = make_team(city.cycle, members=(own,), name="第二考评组")
    client = sign_in(office)
    answer = client.post(
        reverse("cycles:assign", args=[city.cycle.pk]),
        {"team": team.pk, "branch": [city.branch.pk, city.sibling.pk], "keep": "q=市"},
        follow=True,
    )
    said = [str(message) for message in answer.context["messages"]]
    assert len(said) == 2
    assert city.branch.name in said[1]
    assert "本支部党员" in said[1]
    assert "q=" in answer.request["QUERY_STRING"]
    assert list(Assignment.objects.values_list("branch_id", flat=True)) == [city.sibling.pk]


def test_members_and_leader_of_a_team_are_changed_on_its_page(city, office, inspector, sign_in):
    client = sign_in(office)
    team = Team.objects.get()
    address, change = reverse("cycles:team", args=[team.pk]), reverse("cycles:team_change", args=[team.pk])
    fresh = appoint(make_user("fresh", name="新检查员"), Role.INSPECTOR)
    assert client.post(address, {"user": fresh.pk, "version": 1}).status_code == 302
    membership = team.memberships.get(user=fresh)
    client.post(change, {"leader": membership.pk, "version": 2})
    assert team.memberships.get(is_leader=True).user == fresh
    client.post(change, {"remove": membership.pk, "version": 3})
    client.post(change, {"rename": "1", "name": "改名考评组", "version": 4})
    team.refresh_from_db()
    assert (team.name, team.memberships.filter(user=fresh).exists()) == ("改名考评组", False)
    assert client.post(change, {"delete": "1", "version": 5}).status_code == 400


@pytest.mark.parametrize(("name", "queries"), [("cycles:list", 10), ("cycles:assignments", 9)])
def test_set_up_lists_ask_the_same_for_one_and_many(
    city, office, inspector, sign_in, django_assert_num_queries, name, queries
):
    arguments = [city.cycle.pk] if name == "cycles:assignments" else []
    client = sign_in(office)
    with django_assert_num_queries(queries):
        client.get(reverse(name, args=arguments))
    for number in range(5):
        make_branch(city.committee)
        make_team(city.cycle, members=(make_user(),), name=f"第{number + 3}考评组")
    make_cycle(city.scheme, period="Q1", status="planned")
    with django_assert_num_queries(queries):
        client.get(reverse(name, args=arguments))
