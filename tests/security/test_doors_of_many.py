"""Doors that take many rows at once, by a job: strangers' rows among them are left out."""

from collections.abc import Callable

import pytest
from django.test import Client

from branches.imports.files import export_bytes
from branchportal.models import Job
from members.models import User
from members.resources import MemberResource

from . import world

pytestmark = pytest.mark.django_db


def test_a_department_closes_no_strangers_poll(
    filled: world.World, reviewer: User, sign_in: Callable[[User], Client]
) -> None:
    near, far = filled.near["poll open"], filled.far["poll open"]
    answer = sign_in(reviewer).post("/polls/close/", {"poll": [near, far]})
    assert answer.status_code == 302
    assert Job.objects.latest("pk").params["polls"] == [near]
    sign_in(reviewer).post("/polls/close/", {"every": "1"})
    assert far not in Job.objects.latest("pk").params["polls"]


def test_a_department_takes_no_strangers_roll_out(filled: world.World, reviewer: User, office: User) -> None:
    near, far = filled.near["branch"], filled.far["branch"]
    codes = {pk: world.Branch.objects.get(pk=pk).code.encode() for pk in (near, far)}
    theirs, everything = (export_bytes(MemberResource(), user, "csv") for user in (reviewer, office))
    assert (codes[near] in theirs, codes[far] in theirs, codes[far] in everything) == (True, False, True)
