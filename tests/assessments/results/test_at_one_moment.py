"""What two people do at the same moment on the way to a publication: one is through, the other is told so."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.utils import timezone

from assessments.cycles.models import Cycle, YearPlan
from assessments.results.models import Publication
from assessments.results.notices.services import consulting, objecting, showing
from assessments.results.services import publishing
from branchportal.errors import StaleState
from branchportal.models import AuditEntry
from tests.factories.results import BEST, make_approved, make_tally

pytestmark = pytest.mark.django_db


@pytest.fixture
def candidate(city, inspector, office):
    """Two approved branches in a rating cycle whose plan asks for five working days of notice."""
    YearPlan.objects.filter(pk=city.cycle.plan_id).update(notice_days=5)
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    city.cycle.refresh_from_db()
    for points, sheet in ((10, city.sheet), (9, city.sibling_sheet)):
        make_approved(sheet, inspector, marks=BEST, points=points)
    return make_tally(city.cycle, office)


def prepare(tally, office) -> Publication:
    return publishing.prepare_publication(
        tally=tally, actor=office, digest=tally.digest, title="评星结果公示", note="两个支部缺项"
    )


def once(act: Callable[[], object]) -> Callable[..., list]:
    """A step of the service during which somebody else does something, the first time."""
    waiting = [act]

    def step(*_args: object) -> list:
        if waiting:
            waiting.pop()()
        return []

    return step


def test_of_two_who_prepare_one_tally_one_does(candidate, office, monkeypatch):
    monkeypatch.setattr(publishing, "require_checks", once(lambda: prepare(candidate, office)))
    with pytest.raises(PermissionDenied, match="审定机关"):
        prepare(candidate, office)
    assert Publication.objects.count() == 1


def test_an_objection_of_the_last_second_is_not_published_over(
    candidate, city, office, authority, secretary, monkeypatch
):
    today = timezone.localdate()
    said = {"held_on": today, "expected": 9, "present": 8, "minutes": "同意评定意见。"}
    consulting.record_meeting(tally=candidate, actor=office, digest=candidate.digest, **said)
    publication = prepare(candidate, office)
    notice = showing.begin_notice(
        publication=publication, actor=authority, starts_on=today, min_stars=3, contact="考评办，综合楼301室"
    )
    last = {"at": notice.ends_at - timedelta(seconds=1), "text": "第二项扣分没有依据，请复核。"}
    late = once(lambda: objecting.object_to(notice=notice, branch=city.branch, actor=secretary, **last))
    monkeypatch.setattr(publishing, "publication_problems", late)
    publication.refresh_from_db()
    entries = AuditEntry.objects.count()
    with pytest.raises(StaleState, match="异议"):
        publishing.publish(publication=publication, actor=authority, at=notice.ends_at)
    publication.refresh_from_db()
    assert (publication.status, notice.objections.count()) == ("notice", 1)
    assert AuditEntry.objects.count() == entries + 1


def test_what_the_database_lets_only_one_do_is_a_sentence_for_the_other(office, sign_in, monkeypatch, city):
    def too_late(**_said: object) -> None:
        raise IntegrityError("duplicate key value violates a unique constraint")

    monkeypatch.setattr("assessments.results.views.tallies.request_tally", too_late)
    answer = sign_in(office).post("/results/start/", {"cycle": city.cycle.pk})
    assert answer.status_code == 409
    assert "其他人同时办理了同一事项" in answer.content.decode()
