"""回避 is asked twice: when branches are assigned and when a sheet is reviewed. Both must give the same answer."""

from datetime import timedelta

import pytest
from django.utils import timezone

from assessments.cycles.recusal import conflicts
from assessments.sheets.rules.reviewing import footing
from members.models import User
from members.roles import Role
from tests.conftest import City
from tests.factories.members import appoint, make_member

pytestmark = pytest.mark.django_db


def held_until(user: User, days_ago: int, role: str, **scope: object) -> None:
    appoint(user, role, ends_on=timezone.localdate() - timedelta(days=days_ago), **scope)


@pytest.mark.parametrize(
    ("tie", "forbidden"),
    [
        ("none", False),
        ("member", True),
        ("member elsewhere", False),
        ("secretary", True),
        ("secretary 300 days ago", True),
        ("secretary 400 days ago", False),
        ("department above", True),
        ("department elsewhere", False),
        ("secretary elsewhere", False),
    ],
)
def test_assigning_and_reviewing_agree(city: City, inspector: User, tie: str, forbidden: bool) -> None:
    near, far = city.branch, city.far_branch
    acts = {
        "none": lambda: None,
        "member": lambda: User.objects.filter(pk=inspector.pk).update(member=make_member(near)),
        "member elsewhere": lambda: User.objects.filter(pk=inspector.pk).update(member=make_member(far)),
        "secretary": lambda: appoint(inspector, Role.SECRETARY, branch=near),
        "secretary 300 days ago": lambda: held_until(inspector, 300, Role.SECRETARY, branch=near),
        "secretary 400 days ago": lambda: held_until(inspector, 400, Role.SECRETARY, branch=near),
        "department above": lambda: appoint(inspector, Role.DEPARTMENT, organization=city.committee),
        "department elsewhere": lambda: appoint(inspector, Role.DEPARTMENT, organization=city.other_committee),
        "secretary elsewhere": lambda: appoint(inspector, Role.SECRETARY, branch=far),
    }
    acts[tie]()
    user = User.objects.get(pk=inspector.pk)
    assert bool(conflicts([user], [near.pk])) is forbidden
    assert bool(footing(user, city.sheet).recusal) is forbidden
