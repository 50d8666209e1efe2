"""Who is told that work was assigned: once per person and job, anew only when it becomes more."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.cycles.models import Assignment
from assessments.inspections.models import Finding, Rectification, Visit
from assessments.inspections.services import plans
from assessments.polls.models import Poll
from assessments.reminders.models import Message
from assessments.reminders.services import gathering
from assessments.reports.todos.visiting import inspector_todos
from members.models import User
from members.roles import Role
from tests.conftest import City
from tests.factories.members import appoint, make_user
from tests.factories.polls import make_poll

from .conftest import Site, begun

pytestmark = pytest.mark.django_db


def told(user: User, task: str) -> list[tuple[int, str]]:
    rows = Message.objects.filter(user=user, matter="assigned", task=task).order_by("pk")
    return list(rows.values_list("number", "void"))


def test_the_team_is_told_once_of_its_branches_and_again_when_they_become_more(
    city: City, inspector: User, leader: User, outsider: User, sign_in: object
) -> None:
    now = timezone.now()
    last = Assignment.objects.get(branch=city.far_branch)
    Assignment.objects.filter(pk=last.pk).delete()
    gathering.gather(now)
    gathering.gather(now + timedelta(days=1))
    assert [told(user, "review") for user in (inspector, leader, outsider)] == [[(3, "")], [(3, "")], []]
    assert (
        "已分给您所在考评组3个党支部进行审核" in sign_in(inspector).get(reverse("reminders:messages")).content.decode()
    )
    Assignment.objects.create(cycle=city.cycle, branch=city.far_branch, team=last.team)
    gathering.gather(now + timedelta(days=2))
    gathering.gather(now + timedelta(days=3))
    assert told(inspector, "review") == [(3, "settled"), (4, "")]
    Assignment.objects.all().delete()
    gathering.gather(now + timedelta(days=4))
    assert told(inspector, "review") == [(3, "settled"), (4, "settled")]


def test_visits_are_told_by_plan_and_the_figure_counts_begun_ones(
    site: Site, city: City, office: User, inspector: User, leader: User
) -> None:
    plans.add_branches(actor=office, plan=site.plan, branches=[city.sibling, city.far_branch])
    Visit.objects.update(team=Assignment.objects.first().team)
    gathering.gather(timezone.now())
    assert (told(inspector, "visit"), told(leader, "visit")) == ([(3, "")], [(3, "")])
    begun(site.visit, inspector)
    assert [todo.number for todo in inspector_todos(inspector, timezone.now())] == [1, 3]
    Visit.objects.exclude(pk=site.visit.pk).update(status="cancelled")
    assert [todo.number for todo in inspector_todos(inspector, timezone.now())] == [1], "not said twice"


def test_tellers_and_scrutineers_are_told_by_year_plan(city: City, reviewer: User, secretary: User) -> None:
    other = appoint(make_user("scrutineer", name="监某"), Role.DEPARTMENT, organization=city.committee)
    poll = make_poll(reviewer, city.cycle, city.branch, mode="paper")
    make_poll(reviewer, city.cycle, city.sibling, mode="paper", form=poll.form)
    gathering.gather(timezone.now())
    assert [told(user, "count") for user in (reviewer, other, secretary)] == [[(2, "")], [(2, "")], []]
    Poll.objects.filter(pk=poll.pk).update(status="entered", entered_by=reviewer, entered_at=timezone.now())
    gathering.gather(timezone.now())
    assert [told(user, "confirm") for user in (reviewer, other)] == [[], [(1, "")]]


def test_who_is_named_for_a_rectification_is_told_but_nobody_of_another_branch(
    city: City, secretary: User, deputy: User, neighbour: User, office: User
) -> None:
    today, now = timezone.localdate(), timezone.now()
    finding = Finding.objects.create(
        branch=city.branch, organization=city.committee, cycle=city.cycle, problem="会议记录缺页", due_on=today,
        found_by=office, found_at=now,
    )  # fmt: skip
    row = Rectification.objects.create(
        finding=finding, due_on=today, opened_at=now, status="answered", measures="补齐记录", person=deputy.name,
        answered_by=secretary, answered_at=now,
    )  # fmt: skip
    gathering.gather(now)
    assert [told(user, "rectify") for user in (deputy, secretary, neighbour)] == [[(1, "")], [], []]
    Rectification.objects.filter(pk=row.pk).update(status="closed")
    gathering.gather(now)
    assert told(deputy, "rectify") == [(1, "settled")]
