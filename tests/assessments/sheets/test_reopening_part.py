"""A sealed sheet reopened in part: the chosen rows may be corrected, the others stay as sealed, whoever writes."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from assessments.sheets.choices import ClaimKind
from assessments.sheets.models import Mark
from assessments.sheets.reopening.models import ReopenedIndicator, Reopening
from assessments.sheets.reopening.services import ask_reopening, decide_reopening, record_request
from assessments.sheets.services import review_marks, reviewing
from assessments.sheets.services.component_scores import put_component
from assessments.sheets.services.polled import Polled, put_polled
from assessments.sheets.services.records import record_claim
from assessments.sheets.views.filling_submit import timeline
from branchportal.errors import PortalError
from branchportal.models import AuditEntry
from members.models import User
from tests.conftest import City
from tests.factories.results import BEST, make_approved

from .reviewing import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(city: City, inspector: User, leader: User) -> Reopening:
    make_approved(city.sheet, inspector, marks=BEST, points=9)
    city.sheet.refresh_from_db()
    return ask_reopening(sheet=city.sheet, actor=leader, reason="第2.2项漏记一次会议")


@pytest.fixture
def granted(asked: Reopening, authority: User) -> Reopening:
    return decide_reopening(reopening=asked, actor=authority, grant=True, reason="只更正第2.2项", codes=["2.2"])


def test_only_the_chosen_row_can_be_marked_or_returned(granted, inspector):
    sheet = read(granted.revision)
    versions = dict(Mark.objects.filter(sheet=sheet, stage="review").values_list("indicator__code", "version"))
    save = {"sheet": sheet, "actor": inspector}
    with pytest.raises(PermissionDenied, match="不在重新打开的范围内"):
        review_marks.save_review_mark(
            **save, code="2.3", version=versions["2.3"], data={"value": "1", "reason": "改为一分"}
        )
    row = review_marks.save_review_mark(
        **save, code="2.2", version=versions["2.2"], data={"value": "7", "reason": "补记一次会议"}
    )
    assert row.points_up == 7_000_000
    with pytest.raises(PortalError, match="不在重新打开的范围内"):
        reviewing.return_from_review(**save, version=sheet.version, reasons={"1.1": "请补充佐证材料"})
    with pytest.raises(PortalError, match="不在重新打开的范围内"):
        reviewing.return_from_review(**save, version=sheet.version, reasons={"claims": "请补充佐证材料"})
    reviewing.return_from_review(**save, version=sheet.version, reasons={"2.2": "请补充佐证材料"})
    assert read(sheet).status == "returned"


def test_claims_polls_and_whole_components_stay(granted, office):
    sheet = read(granted.revision)
    said = {"item_code": "B1", "matter": "通报批评一次", "document": "市直党工7号", "happened_on": None}
    with pytest.raises(PermissionDenied, match="登记事项不在重新打开的范围内"):
        record_claim(sheet=sheet, actor=office, kind=ClaimKind.PENALTY, **said)
    polled = Polled(origin="poll 1", digest="0" * 64, score_up=50_000_000, whole_up=0, row="2.4")
    assert not put_polled(sheet=sheet, actor=office, polled=polled)
    with pytest.raises(PortalError):
        put_component(sheet=sheet, source="onsite", score_up=1, actor=office, at=granted.decided_at)


def test_a_part_must_hold_something_and_only_what_is_on_the_sheet(asked, authority):
    decide = {"reopening": asked, "actor": authority, "grant": True, "reason": "只更正一项"}
    with pytest.raises(PortalError, match="请勾选"):
        decide_reopening(**decide, codes=[])
    with pytest.raises(PortalError, match=r"9\.9"):
        decide_reopening(**decide, codes=["2.2", "9.9"])
    asked.refresh_from_db()
    assert (asked.status, asked.is_partial, ReopenedIndicator.objects.count()) == ("asked", False, 0)


def test_a_veto_opens_the_records_with_any_part(city, inspector, office, authority):
    make_approved(city.sheet, inspector, marks=BEST, points=9)
    city.sheet.refresh_from_db()
    veto = next(iter(city.scheme.content["veto"]))["code"]
    asked = record_request(sheet=city.sheet, actor=office, reason="纪检机关来函", veto_code=veto, veto_document="函1号")
    granted = decide_reopening(reopening=asked, actor=authority, grant=True, reason="依据函件登记", codes=["2.2"])
    assert granted.opens_claims
    assert granted.revision.claims.filter(item_code=veto, status="recorded").exists()


def test_audit_and_course_name_the_part(granted, city):
    rows = AuditEntry.objects.filter(action__in=("sheet.reopened", "sheet.revised")).order_by("pk")
    assert [(row.after["indicators"], row.after["claims"]) for row in rows] == [(["2.2"], False)] * 2
    assert "重新打开更正（部分）：2.2 经费使用" in [step["label"] for step in timeline(granted.sheet)]
    assert [step["label"] for step in timeline(granted.revision)][-1].endswith("（部分）：2.2 经费使用")


def test_the_authority_ticks_rows_and_the_branch_reads_which(asked, authority, secretary, sign_in):
    page, address = sign_in(authority), f"/sheets/reopenings/{asked.pk}/"
    slip = page.post(address, {"decision": "grant", "codes": ["2.2"], "reason": "只更正一项"})
    assert (slip.status_code, "您勾选了1项" in slip.content.decode()) == (422, True)
    page.post(address, {"decision": "part", "codes": ["2.2"], "reason": "只更正第2.2项"})
    asked.refresh_from_db()
    assert (asked.status, asked.is_partial, asked.opens_claims) == ("granted", True, False)
    read_by_branch = sign_in(secretary).get(reverse("sheets:detail", args=[asked.revision_id])).content.decode()
    assert "第2版：部分重新打开更正。" in read_by_branch
    assert "只更正第2.2项" in read_by_branch


RAW = {
    "a mark outside": "UPDATE assessments_mark SET points_up = 1 WHERE sheet_id = %s AND indicator_id <> {opened}",
    "a mark gone": "DELETE FROM assessments_mark WHERE sheet_id = %s AND indicator_id <> {opened}",
    "a mark moved in": "UPDATE assessments_mark SET sheet_id = %s WHERE indicator_id <> {opened}",
    "the part widened": "UPDATE assessments_reopening SET is_partial = NOT is_partial WHERE revision_id = %s",
    "claims opened": "UPDATE assessments_reopening SET opens_claims = NOT opens_claims WHERE revision_id = %s",
    "the request removed": "DELETE FROM assessments_reopening WHERE revision_id = %s",
    "the row exchanged": "UPDATE assessments_reopenedindicator SET indicator_id = indicator_id + 1 WHERE %s > 0",
    "the row removed": "DELETE FROM assessments_reopenedindicator WHERE %s > 0",
}


@pytest.mark.parametrize("way", RAW)
def test_the_database_refuses_what_was_not_opened(granted, way):
    opened = granted.opened.get().indicator_id
    with (
        pytest.raises(DatabaseError, match=r"cannot be changed|is not replaced"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(RAW[way].format(opened=opened), [granted.revision_id])


def test_the_database_lets_the_opened_row_change(granted):
    opened = granted.opened.get().indicator_id
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE assessments_mark SET note = 'x' WHERE sheet_id = %s AND indicator_id = %s",
            [granted.revision_id, opened],
        )
        assert cursor.rowcount >= 1
