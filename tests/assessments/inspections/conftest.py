"""A visit plan with the near branch's visit given to the cast's team."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.utils import timezone

from assessments.inspections.models import Visit, VisitPlan
from assessments.inspections.services import plans, visits
from members.models import User
from tests.conftest import City


@dataclass
class Site:
    """The plan, the visit to `city.branch`, and today."""

    plan: VisitPlan
    visit: Visit
    today: date


def fresh(visit: Visit) -> Visit:
    """The visit as the services take it."""
    return Visit.objects.for_record().get(pk=visit.pk)


def begun(visit: Visit, actor: User) -> Visit:
    """In progress, with somebody present and the course written down."""
    visit = visits.begin_visit(visit=fresh(visit), actor=actor, version=fresh(visit).version)
    return visits.save_record(
        visit=visit,
        actor=actor,
        version=visit.version,
        visited_on=timezone.localdate(),
        present_name="赵书记",
        present_post="支部书记",
        course="查阅台账，座谈3人。",
        opinion="总体较好。",
    )


@pytest.fixture
def site(city: City, office: User, inspector: User) -> Site:
    today = timezone.localdate()
    plan = plans.make_plan(
        actor=office, cycle=city.cycle, name="四季度实地考察", aim="看台账", is_announced=True,
        days=(today - timedelta(days=2), today + timedelta(days=20)),
    )  # fmt: skip
    plans.add_branches(actor=office, plan=plan, branches=[city.branch])
    return Site(plan, Visit.objects.for_record().get(), today)
