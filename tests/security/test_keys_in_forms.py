"""Keys that travel in forms and queries instead of the address: what is foreign or unpublished is missing there too."""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import reverse

from assessments.polls.services.closing import PURGE
from branchportal.models import Job
from members.models import User

from . import world

SEE_PUBLISHED_ONLY = ("secretary", "deputy", "reviewer", "inspector", "leader", "sysadmin", "secadmin", "outsider")
SignIn = Callable[[User], Client]


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["secretary", "deputy"])
def test_a_strangers_file_or_claim_is_not_taken(
    filled: world.World, cast: dict[str, User], sign_in: SignIn, who: str
) -> None:
    near, far = filled.near, filled.far
    client, address = sign_in(cast[who]), reverse("sheets:evidence_attach", args=[near["draft"]])
    own = {"evidence": near["evidence in draft"], "code": "1.1"}
    assert client.post(address, own | {"evidence": far["evidence in review"]}).status_code == 404
    assert client.post(address, own | {"claim": far["claim in draft"]}).status_code == 404
    assert client.post(address, own).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("who", SEE_PUBLISHED_ONLY)
def test_a_candidate_is_missing_in_every_choice(
    filled: world.World, cast: dict[str, User], sign_in: SignIn, who: str
) -> None:
    client, candidate = sign_in(cast[who]), filled.near["candidate"]
    assert client.get(reverse("results:ranking"), {"tally": candidate}).status_code == 404
    for name in ("reports:ranking_file", "reports:archive"):
        assert client.post(reverse(name), {"tally": candidate, "kind": "csv"}).status_code == 404
    assert client.get(reverse("api:result-list"), {"tally": candidate}).json()["results"] == []
    offered = client.get(reverse("reports:index"), {"tally": candidate}).context["files"]
    assert candidate not in [choice.pk for choice in offered.choices]
    assert not offered.tally or offered.tally.pk != candidate
    assert not Job.objects.exclude(task__in=["none", PURGE]).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["secretary", "reviewer", "inspector", "outsider"])
@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("results:ranking", {"q": "外单位"}),
        ("results:earlier", {"q": "外单位"}),
        ("results:earlier", {"branch": "far"}),
        ("branches:list", {"q": "外单位"}),
        ("api:branch-list", {"search": "外单位"}),
        ("api:sheet-list", {"status": "submitted"}),
        ("api:sheet-list", {"status": "approved"}),
        ("sheets:records", {"q": "外单位"}),
        ("sheets:record_new", {"branch": "外单位"}),
        ("cycles:board_branches", {"q": "外单位"}),
        ("members:list", {"q": "外单位"}),
    ],
)
def test_no_filter_finds_a_stranger(
    filled: world.World, cast: dict[str, User], sign_in: SignIn, who: str, name: str, query: dict[str, str]
) -> None:
    body = sign_in(cast[who]).get(reverse(name), query).content.decode()
    assert world.STRANGE not in body


def test_no_score_stands_in_the_frameworks_own_administration() -> None:
    """It exists in development only, and knows nothing of what is assessed."""
    assert not apps.is_installed("django.contrib.admin")
    assert not list((settings.BASE_DIR / "assessments").rglob("admin.py"))
