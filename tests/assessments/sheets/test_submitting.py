"""Submitting, resubmitting what was returned, and bonus claims. The services, on the real database."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from assessments.schemes.loading import indicator_index
from assessments.sheets.models import Claim, Remark, Sheet
from assessments.sheets.services import claims as claim_services
from assessments.sheets.services import evidence as evidence_services
from assessments.sheets.services import submitting
from branchportal.audit import trail
from branchportal.errors import PortalError, StaleState
from tests.factories.assessments import FULL_MARKS, make_marks

from .files import pdf_bytes
from .filling import load, submit


def test_submitting_hands_over_once(filled, secretary):
    at = timezone.now()
    sheet = submit(filled, secretary, at=at)
    filled.refresh_from_db()
    assert (filled.status, filled.submitted_by, filled.submitted_at, filled.version) == ("submitted", secretary, at, 2)
    assert (filled.self_total_up, filled.meeting_present) == (79_500_000, 12)
    digest = trail(sheet, ["sheet.submitted"]).get().after["digest"]
    assert len(digest) == 64
    with pytest.raises(PermissionDenied):
        submit(filled, secretary)


def test_submitting_an_old_page_is_stale(filled, secretary):
    with pytest.raises(StaleState):
        submit(filled, secretary, version=7)
    filled.refresh_from_db()
    assert filled.status == "draft"


def test_gaps_forbid_submitting_and_are_named(city, secretary):
    make_marks(city.sheet, secretary, marks={code: FULL_MARKS[code] for code in ("1.1", "1.2", "1.3", "2.1")})
    with pytest.raises(submitting.NotReady) as refusal:
        submit(city.sheet, secretary)
    assert [gap["code"] for gap in refusal.value.details["gaps"]] == ["2.2", "2.3"]


@pytest.mark.parametrize(
    "changes",
    [
        {"meeting_on": None},
        {"meeting_present": 0},
        {"meeting_on": timezone.localdate() + timedelta(days=2)},
        {"meeting_on": timezone.localdate() - timedelta(days=400)},
        {"is_truthful": False},
    ],
)
def test_meeting_and_truth_must_be_stated(filled, secretary, changes):
    with pytest.raises(PortalError):
        submit(filled, secretary, **changes)
    filled.refresh_from_db()
    assert filled.status == "draft"


def test_submitting_after_the_deadline_is_refused(city, filled, secretary):
    with pytest.raises(PermissionDenied):
        submit(filled, secretary, at=city.cycle.steps.get(kind="self").ends_at)


def test_withdrawing_before_anyone_has_begun(filled, secretary, deputy):
    submit(filled, secretary)
    with pytest.raises(PermissionDenied):
        submitting.withdraw_sheet(sheet=load(filled), actor=deputy, version=2, at=timezone.now())
    submitting.withdraw_sheet(sheet=load(filled), actor=secretary, version=2, at=timezone.now())
    filled.refresh_from_db()
    assert (filled.status, filled.submitted_at, filled.version) == ("draft", None, 3)


def test_the_digest_follows_the_content(filled, secretary, save):
    first = trail(submit(filled, secretary), ["sheet.submitted"]).last().after["digest"]
    submitting.withdraw_sheet(sheet=load(filled), actor=secretary, version=2, at=timezone.now())
    again = trail(submit(filled, secretary), ["sheet.submitted"]).last().after["digest"]
    submitting.withdraw_sheet(sheet=load(filled), actor=secretary, version=4, at=timezone.now())
    save("2.2", {"value": "9"}, version=1)
    changed = trail(submit(filled, secretary), ["sheet.submitted"]).last().after["digest"]
    assert first == again != changed


# Returned


@pytest.fixture
def returned(filled, secretary, reviewer):
    submit(filled, secretary)
    Sheet.objects.filter(pk=filled.pk).update(status="returned")
    index = indicator_index(filled.scheme_version)
    Remark.objects.create(
        sheet=filled, indicator=index.indicators["1.1"], stage="preliminary", text="缺少7月记录", author=reviewer,
        written_at=timezone.now(),
    )  # fmt: skip
    filled.refresh_from_db()
    return filled


def test_only_returned_rows_open_again(returned, save):
    save("1.1", {"c-a": "1"}, version=1)
    with pytest.raises(PermissionDenied):
        save("2.2", {"value": "9"}, version=1)


def test_returned_sheet_has_a_deadline_of_its_own(city, returned, save):
    end = city.cycle.steps.get(kind="review").ends_at
    save("1.1", {"c-a": "1"}, version=1, at=end - timedelta(seconds=1))
    with pytest.raises(PermissionDenied):
        save("1.1", {"c-a": "2"}, version=2, at=end)


def test_resubmitting_closes_the_remarks_and_cannot_be_withdrawn(returned, secretary):
    submit(returned, secretary)
    assert not Remark.objects.filter(sheet=returned, is_open=True).exists()
    with pytest.raises(PermissionDenied):
        submitting.withdraw_sheet(sheet=load(returned), actor=secretary, version=3, at=timezone.now())


# Bonus claims


def said(**changes) -> claim_services.Matter:
    values = {
        "item_code": "B1", "level": "省级", "matter": "获省级先进党组织", "document": "省委〔2026〕3号",
        "happened_on": timezone.localdate(), "count": 1,
    }  # fmt: skip
    return claim_services.Matter(**values | changes)


def test_claim_counts_in_the_preview_and_needs_evidence(filled, secretary):
    claim = claim_services.add_claim(sheet=load(filled), said=said(), actor=secretary, at=timezone.now())
    filled.refresh_from_db()
    assert (filled.self_total_up, filled.version) == (82_500_000, 2)
    with pytest.raises(submitting.NotReady) as refusal:
        submit(filled, secretary)
    assert refusal.value.details["gaps"][0]["name"] == "获省级先进党组织"
    upload = SimpleUploadedFile("证书.pdf", pdf_bytes())
    evidence_services.upload_evidence(
        sheet=load(filled), upload=upload, actor=secretary, at=timezone.now(), is_declared=True, claim=claim
    )
    assert submit(filled, secretary).status == "submitted"


@pytest.mark.parametrize(
    "changes",
    [{"item_code": "B9"}, {"level": "乡级"}, {"level": ""}, {"matter": " "}, {"count": 0},
     {"happened_on": timezone.localdate() + timedelta(days=1)}],
)  # fmt: skip
def test_claim_that_the_scheme_does_not_know_is_refused(city, secretary, changes):
    with pytest.raises(PortalError):
        claim_services.add_claim(sheet=load(city.sheet), said=said(**changes), actor=secretary, at=timezone.now())
    assert not Claim.objects.exists()


def test_claim_is_changed_withdrawn_and_recognised(city, secretary, deputy):
    at = timezone.now()
    claim = claim_services.add_claim(sheet=load(city.sheet), said=said(), actor=secretary, at=at)
    claim = claim_services.change_claim(
        claim=claim, sheet=load(city.sheet), said=said(level="市级"), version=1, actor=deputy, at=at
    )
    assert (claim.level, claim.version) == ("市级", 2)
    with pytest.raises(StaleState):
        claim_services.change_claim(
            claim=claim, sheet=load(city.sheet), said=said(level="县级"), version=1, actor=deputy, at=at
        )
    twin = claim_services.add_claim(
        sheet=load(city.sheet), said=said(matter="获省级 先进党组织。", document=""), actor=secretary, at=at
    )
    assert claim_services.claimed_before(twin, [claim, twin]) == claim
    claim_services.withdraw_claim(claim=claim, sheet=load(city.sheet), version=2, actor=secretary, at=at)
    claim.refresh_from_db()
    assert claim.status == "withdrawn"
    assert claim_services.claimed_before(twin, [claim, twin]) is None
