"""Components given as a whole (on-site visit, meeting, poll): they enter the total, and approving waits for them."""

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from assessments.sheets.choices import Status
from assessments.sheets.freezing import thaw_sheet
from assessments.sheets.models import ComponentScore, Sheet
from assessments.sheets.reviewed import reviewed_total
from assessments.sheets.services.approving import IncompleteSheet, approve_sheet
from assessments.sheets.services.component_scores import put_component, takes_component
from branchportal.errors import PortalError
from branchportal.models import AuditEntry
from tests.factories.assessments import make_cycle, make_marks, make_sheet
from tests.factories.schemes import make_scheme

pytestmark = pytest.mark.django_db
PARTS = [{"source": "review", "weight": "0.8"}, {"source": "onsite", "weight": "0.2"}]


@pytest.fixture
def sheet(city, inspector):
    """A sheet in review, wholly marked, of a scheme with an on-site component of 20%."""
    return in_review(city, inspector, make_scheme(code="parts", version="9", components=PARTS))


def in_review(city, inspector, scheme) -> Sheet:
    cycle = make_cycle(city.scheme, period="Q1")
    found = make_sheet(cycle, city.branch, status=Status.REVIEW)
    Sheet.objects.filter(pk=found.pk).update(scheme_version=scheme)
    found = Sheet.objects.for_filling().get(pk=found.pk)
    make_marks(found, inspector, stage="review")
    make_marks(found, inspector, stage="poll", marks={"2.4": {"value": 90}})
    team = city.cycle.assignments.get(branch=city.branch).team
    cycle.assignments.create(team=team, branch=city.branch)
    return found


def put(sheet: Sheet, actor: object, score: int | None) -> None:
    put_component(sheet=sheet, source="onsite", score_up=score, actor=actor, at=timezone.now(), origin="实地考察")


def test_a_component_enters_the_total_and_the_sealed_sheet(sheet, inspector, leader) -> None:
    assert reviewed_total(sheet) is None
    put(sheet, inspector, 90_000_000)
    assert reviewed_total(sheet) == 70_800_000 + 18_000_000  # 88.5 × 80% + 90 × 20%
    sheet.refresh_from_db()
    approve_sheet(sheet=sheet, actor=leader, version=sheet.version)
    sheet = Sheet.objects.for_filling().get(pk=sheet.pk)
    batch = thaw_sheet(sheet)
    assert 90_000_000 in batch.given[0]
    assert AuditEntry.objects.get(action="sheet.component_entered").after["score_up"] == 90_000_000


def test_approving_waits_for_it(sheet, leader) -> None:
    with pytest.raises(IncompleteSheet, match="实地考察"):
        approve_sheet(sheet=sheet, actor=leader, version=sheet.version)


@pytest.mark.parametrize(("source", "words"), [("poll", "民主测评"), ("meeting", "述职评议")])
def test_approving_names_the_poll_or_meeting_that_is_not_held_yet(city, inspector, leader, source, words) -> None:
    version = make_scheme(
        code=source,
        version="9",
        components=[{"source": "review", "weight": "0.8"}, {"source": source, "weight": "0.2"}],
    )
    sheet = in_review(city, inspector, version)
    with pytest.raises(IncompleteSheet, match=words) as refused:
        approve_sheet(sheet=sheet, actor=leader, version=sheet.version)
    assert refused.value.details["components"] == [source]
    Sheet.objects.filter(pk=sheet.pk).update(**{f"whole_{source}_up": 90_000_000})
    sheet = Sheet.objects.for_filling().get(pk=sheet.pk)
    assert approve_sheet(sheet=sheet, actor=leader, version=sheet.version).status == Status.APPROVED


def test_it_is_taken_back_and_replaced(sheet, inspector) -> None:
    put(sheet, inspector, 90_000_000)
    put(sheet, inspector, 80_000_000)
    assert ComponentScore.objects.get(sheet=sheet).score_up == 80_000_000
    put(sheet, inspector, None)
    assert not ComponentScore.objects.filter(sheet=sheet).exists()


@pytest.mark.parametrize("score", [-1, 100_000_001])
def test_a_figure_outside_the_scale_is_refused(sheet, inspector, score) -> None:
    with pytest.raises(PortalError, match="0"):
        put(sheet, inspector, score)


def test_a_scheme_without_the_component_takes_none(city, inspector) -> None:
    sheet = Sheet.objects.for_filling().get(pk=city.sheet.pk)
    assert not takes_component(sheet, "onsite")
    with pytest.raises(PortalError, match="实地考察"):
        put(sheet, inspector, 1)


def test_an_approved_sheet_keeps_it(sheet, inspector, leader) -> None:
    put(sheet, inspector, 90_000_000)
    sheet.refresh_from_db()
    approve_sheet(sheet=sheet, actor=leader, version=sheet.version)
    with pytest.raises(PortalError):
        put(Sheet.objects.for_filling().get(pk=sheet.pk), inspector, 1)
    with pytest.raises(DatabaseError), transaction.atomic():
        ComponentScore.objects.filter(sheet=sheet).update(score_up=1)
