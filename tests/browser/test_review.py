"""The inspector's journey: accept by key, change with a reason, return one indicator, approve by a second person."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from assessments.sheets.choices import Stage, Status
from assessments.sheets.models import Evidence, EvidenceLink, Mark, Sheet
from assessments.sheets.services.review_marks import save_review_mark
from tests.factories.assessments import make_marks

from .conftest import PHONE, check_fits

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc000000301010018dd8db00000"
    "000049454e44ae426082"
)


def hand_in(sheet: Sheet, user: object, status: str) -> Sheet:
    make_marks(sheet, user)
    Sheet.objects.filter(pk=sheet.pk).update(
        status=status, submitted_by=user, submitted_at=timezone.now(), self_total_up=79_500_000
    )
    sheet.refresh_from_db()
    return sheet


def fresh(sheet: Sheet) -> Sheet:
    return Sheet.objects.for_filling().get(pk=sheet.pk)


@pytest.fixture
def in_review(city, secretary, reviewer, inspector):
    make_marks(city.sheet, reviewer, stage="poll", marks={"2.4": {"value": 90}})
    return hand_in(city.sheet, secretary, Status.REVIEW)


@pytest.fixture
def picture(in_review, secretary):
    key = "evidence/test-picture"
    path = Path(settings.MEDIA_ROOT) / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(PNG)
    found = Evidence.objects.create(
        branch=in_review.branch, name="会议照片.png", key=key, content_type="image/png", size=len(PNG), sha256="0" * 64,
        uploaded_by=secretary, uploaded_at=timezone.now(),
    )  # fmt: skip
    indicator = in_review.marks.get(indicator__code="1.1", stage=Stage.SELF).indicator
    EvidenceLink.objects.create(
        sheet=in_review, evidence=found, indicator=indicator, linked_by=secretary, linked_at=timezone.now()
    )
    return found


def points(sheet: Sheet, code: str) -> int | None:
    found = Mark.objects.filter(sheet=sheet, stage=Stage.REVIEW, indicator__code=code).first()
    return found.points_up if found else None


def test_rows_are_accepted_by_key_and_changed_with_a_reason(in_review, inspector, open_as, check_accessible, watch):
    page = open_as(inspector, f"/sheets/{in_review.pk}/review/")
    expect(page.locator("[id='row-1.1']")).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("[id='row-1.1']")).to_have_attribute("data-state", "accepted")
    expect(page.locator("[id='row-1.2']")).to_be_focused()
    assert points(in_review, "1.1") == 19_000_000

    watch.expect("400")
    page.keyboard.press("c")
    row = page.locator("[id='row-1.2']")
    row.get_by_label("差").check()
    expect(row.locator("[data-said]")).to_contain_text("请填写理由")
    row.get_by_label("改评理由").fill("测评结果与名册不符")
    row.get_by_label("改评理由").press("Tab")
    expect(row.locator("[data-said]")).to_have_text("已保存")
    expect(row).to_have_attribute("data-state", "changed")
    expect(row.locator("[data-shift]")).to_have_text("-15")
    expect(page.locator("[data-total]")).to_have_text("73.50")
    assert points(in_review, "1.2") == 0
    check_accessible(page)


@pytest.mark.parametrize(("choice", "left"), [("保留我的", 3_000_000), ("保留这个", 8_000_000)])
def test_a_row_changed_by_somebody_else_is_settled_without_a_reload(
    in_review, inspector, leader, open_as, watch, choice, left
):
    page = open_as(inspector, f"/sheets/{in_review.pk}/review/")
    said = {"value": "8", "reason": "实地核对后改评"}
    save_review_mark(sheet=fresh(in_review), code="2.2", data=said, version=0, actor=leader)
    watch.expect("409")
    other, row = page.locator("[id='row-2.1']"), page.locator("[id='row-2.2']")
    other.locator("[data-change]").click()
    other.get_by_label("改评理由").fill("未存的另一行")
    row.locator("[data-change]").click()
    row.get_by_label("改评理由").fill("按佐证计分")
    row.locator("input[name=value]").fill("3")
    row.locator("input[name=value]").press("Tab")
    box = row.locator("[data-conflict]")
    expect(box).to_be_visible()
    expect(box.locator("[data-theirs]")).to_contain_text("8")
    expect(box.locator("[data-mine]")).to_contain_text("3")
    box.get_by_role("button", name=choice).click()
    expect(row.locator("[data-points]")).to_have_text(str(left // 1_000_000))
    expect(row.locator("[data-conflict]")).to_be_hidden()
    expect(other.get_by_label("改评理由")).to_have_value("未存的另一行")
    page.wait_for_function("() => !document.querySelector('[id=\"row-2.2\"] [data-conflict]').offsetParent")
    assert points(in_review, "2.2") == left


def test_typing_a_letter_in_a_field_is_no_command(in_review, inspector, open_as):
    page = open_as(inspector, f"/sheets/{in_review.pk}/review/")
    expect(page.locator("[id='row-1.1']")).to_be_focused()
    page.keyboard.press("c")
    field = page.locator("[id='row-1.1']").get_by_label("改评理由")
    field.type("a reason")
    expect(field).to_have_value("a reason")
    assert points(in_review, "1.1") is None
    page.keyboard.press("Escape")
    expect(page.locator("[id='row-1.1']")).to_be_focused()


def test_evidence_opens_beside_the_row(in_review, picture, inspector, open_as):
    page = open_as(inspector, f"/sheets/{in_review.pk}/review/")
    expect(page.locator("[id='row-1.1']")).to_be_focused()
    page.keyboard.press("e")
    image = page.locator("#viewer img")
    expect(image).to_be_visible()
    page.wait_for_function("document.querySelector('#viewer img').naturalWidth === 1")
    expect(page.locator("[id='row-1.1']")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).to_be_hidden()
    expect(page.locator("[id='row-1.1']")).to_be_focused()


def test_two_windows_on_one_row(in_review, inspector, leader, open_as, watch):
    page = open_as(inspector, f"/sheets/{in_review.pk}/review/")
    other = open_as(leader, f"/sheets/{in_review.pk}/review/")
    expect(other.locator("[id='row-1.1']")).to_be_focused()
    other.keyboard.press("a")
    expect(other.locator("[id='row-1.1']")).to_have_attribute("data-state", "accepted")
    watch.expect("409")
    expect(page.locator("[id='row-1.1']")).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("[id='row-1.1'] [data-said]")).to_contain_text("在此期间已有变动")


def test_one_indicator_goes_back(in_review, inspector, open_as):
    page = open_as(inspector, f"/sheets/{in_review.pk}/review/")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=re.compile("采纳全部未审核项")).click()
    expect(page.locator("#messages")).to_contain_text("已按自评采纳 6 项")
    row = page.locator("[id='row-2.2']")
    row.locator(".return-tick").check()
    row.locator(".return-reason").fill("请补充三张报销凭证")
    page.get_by_role("button", name=re.compile("退回勾选项")).click()
    expect(page.locator("#messages")).to_contain_text("已退回支部")
    in_review.refresh_from_db()
    assert (in_review.status, points(in_review, "2.2"), points(in_review, "1.1")) == (Status.RETURNED, None, 19_000_000)


def test_the_second_person_approves(in_review, inspector, leader, open_as):
    page = open_as(inspector, f"/sheets/{in_review.pk}/review/")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=re.compile("采纳全部未审核项")).click()
    expect(page.get_by_text("须由本组其他成员或组长审定")).to_be_visible()
    second = open_as(leader, f"/sheets/{in_review.pk}/review/")
    second.on("dialog", lambda dialog: dialog.accept())
    second.get_by_role("button", name=re.compile("审定并办理下一份")).click()
    expect(second.locator("#messages")).to_contain_text("审定得分 88.50")
    in_review.refresh_from_db()
    assert (in_review.status, len(in_review.digest)) == (Status.APPROVED, 64)


def test_the_department_enters_the_poll_and_passes_on(city, secretary, reviewer, open_as, check_accessible, watch):
    watch.expect("422")
    sheet = hand_in(city.sheet, secretary, Status.SUBMITTED)
    page = open_as(reviewer, "/sheets/department/")
    check_accessible(page)
    page.get_by_role("link", name="市发展局机关第一党支部", exact=True).click()
    check_accessible(page)
    page.get_by_role("button", name="通过并办理下一份").click()
    expect(page.get_by_role("alert")).to_contain_text("请先录入测评结果")
    page.get_by_label("测评结果（0—100）").fill("92.5")
    page.get_by_role("button", name="通过并办理下一份").click()
    expect(page.locator("#messages")).to_contain_text("初审通过")
    sheet.refresh_from_db()
    assert sheet.status == Status.PASSED


def test_on_a_phone_nothing_runs_out_of_the_page(in_review, inspector, open_as):
    page = open_as(inspector, f"/sheets/{in_review.pk}/review/", size=PHONE)
    check_fits(page)
    row = page.locator("[id='row-1.1']")
    row.get_by_role("button", name=re.compile("采纳")).click()
    expect(row).to_have_attribute("data-state", "accepted")
