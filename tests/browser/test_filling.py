"""The secretary's journey in a real browser: fill in, lose the session, two windows, the phone, submit."""

import re

from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page, expect

from assessments.sheets.models import EvidenceLink, Mark, MarkCount, Remark, Sheet
from tests.assessments.sheets.files import jpeg_bytes, pdf_bytes
from tests.factories.assessments import make_marks
from tests.factories.members import PASSWORD

from .conftest import PHONE, check_fits

SAVED = re.compile("已保存")


def row(page: Page, code: str):
    return page.locator(f"[data-row='{code}']")


def saved(page: Page, code: str) -> None:
    expect(row(page, code).locator("[data-save-text]")).to_have_text(SAVED)


def test_a_sheet_is_filled_in_and_submitted(open_as, city, secretary, check_accessible):
    page = open_as(secretary, "/sheets/")
    check_accessible(page)
    page.get_by_role("link", name=re.compile("^填写")).click()
    expect(page.locator("h1")).to_contain_text("自评")
    check_accessible(page)

    row(page, "1.1").get_by_role("button", name="加一：记录不规范").click()
    row(page, "1.1").get_by_role("button", name="加一：记录不规范").click()
    saved(page, "1.1")
    expect(row(page, "1.1").locator("[data-points]")).to_have_text("19.00")
    row(page, "1.2").get_by_label("较好").check()
    saved(page, "1.2")
    row(page, "1.3").get_by_label("实际").fill("98")
    row(page, "1.3").get_by_label("应有").fill("100")
    expect(row(page, "1.3").locator("[data-ratio]")).to_have_text("98.00%")
    saved(page, "1.3")
    row(page, "2.1").get_by_role("spinbutton").fill("4")
    row(page, "2.2").get_by_label("得分").fill("9.5")
    row(page, "2.2").get_by_label("备注").fill("专款专用")
    row(page, "2.3").get_by_label("本支部不适用").check()
    for code in ("2.1", "2.2", "2.3"):
        saved(page, code)
    expect(page.locator("#totals [data-total=total]")).to_have_text("79.50")
    expect(page.locator("#totals [data-total=grade]")).to_have_text("三星")
    expect(page.locator("#totals [data-missing]:visible")).to_have_count(0)
    assert Sheet.objects.get(pk=city.sheet.pk).self_total_up == 79_500_000
    assert Mark.objects.get(sheet=city.sheet, indicator__code="2.2").note == "专款专用"

    page.locator(".page-header a[href$='/submit/']").click()
    check_accessible(page)
    page.get_by_label("会议日期").fill(page.evaluate("new Date().toISOString().slice(0, 10)"))
    page.get_by_label("到会人数").fill("12")
    page.get_by_label(re.compile("所填内容真实")).check()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator("h1")).to_have_text("提交回执")
    expect(page.locator(".fill-digest")).to_have_text(re.compile("^[0-9a-f]{64}$"))
    check_accessible(page)
    page.get_by_role("link", name="查看自评表").click()
    expect(page.locator(".fill-timeline")).to_contain_text("提交自评")
    check_accessible(page)


def test_a_refused_value_is_said_beside_its_field(open_as, city, secretary, watch):
    watch.expect("400")
    page = open_as(secretary, f"/sheets/{city.sheet.pk}/")
    row(page, "2.2").get_by_label("得分").fill("9.3")
    expect(row(page, "2.2").locator("[data-error]")).to_contain_text("0.5")
    expect(row(page, "2.2").locator("[data-save-text]")).to_have_text("未保存")
    assert not Mark.objects.exists()
    row(page, "2.2").get_by_label("得分").fill("9.5")
    saved(page, "2.2")


def test_an_ended_session_keeps_the_text_and_goes_on(open_as, city, secretary, watch, check_accessible):
    watch.expect("401")
    page = open_as(secretary, f"/sheets/{city.sheet.pk}/")
    Session.objects.all().delete()
    row(page, "2.2").get_by_label("得分").fill("8")
    row(page, "2.2").get_by_label("备注").fill("未丢失的文字")
    expect(page.locator("#fill-signed-out")).to_be_visible()
    expect(row(page, "2.2").get_by_label("备注")).to_have_value("未丢失的文字")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="在新窗口登录").click()
    window = opened.value
    window.locator("[name=username]").fill("secretary")
    window.locator("[name=password]").fill(PASSWORD)
    window.locator("[name=password]").press("Enter")
    expect(window.locator("h1")).to_have_text("您已重新登录")
    check_accessible(window)
    window.close()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    saved(page, "2.2")
    assert Mark.objects.get(indicator__code="2.2").note == "未丢失的文字"
    expect(page.locator("#fill-signed-out")).to_be_hidden()


def test_text_typed_before_the_window_closed_comes_back(open_as, city, secretary):
    page = open_as(secretary, f"/sheets/{city.sheet.pk}/")
    page.route("**/marks/**", lambda route: route.abort())
    page.evaluate("window.addEventListener('error', function (e) { e.preventDefault(); })")
    row(page, "2.2").get_by_label("得分").fill("7.5")
    expect(row(page, "2.2").locator(".save-mark")).to_have_attribute("data-state", "dirty")
    page.on("dialog", lambda dialog: dialog.accept())
    page.unroute("**/marks/**")
    page.evaluate("window.stop()")
    page.goto(f"/sheets/{city.sheet.pk}/?again")
    expect(row(page, "2.2").get_by_label("得分")).to_have_value("7.5")
    saved(page, "2.2")
    assert Mark.objects.get(indicator__code="2.2").value_up == 7_500_000


def test_a_lost_connection_is_said_and_made_good(open_as, city, secretary, watch):
    watch.expect("ERR_INTERNET_DISCONNECTED")
    page = open_as(secretary, f"/sheets/{city.sheet.pk}/")
    page.context.set_offline(True)
    row(page, "1.2").get_by_label("较好").check()
    expect(row(page, "1.2").locator("[data-save-text]")).to_contain_text("网络中断")
    expect(page.locator("#fill-offline")).to_be_visible()
    page.context.set_offline(False)
    saved(page, "1.2")
    expect(page.locator("#fill-offline")).to_be_hidden()


def test_two_windows_on_one_sheet_show_both_values(open_as, city, secretary, watch):
    watch.expect("409")
    page = open_as(secretary, f"/sheets/{city.sheet.pk}/")
    other = page.context.new_page()
    other.goto(f"/sheets/{city.sheet.pk}/")
    row(other, "1.1").get_by_role("spinbutton", name="每缺1次会议").fill("1")
    saved(other, "1.1")
    row(page, "1.1").get_by_role("spinbutton", name="每缺1次会议").fill("3")
    conflict = row(page, "1.1").locator("[data-conflict]")
    expect(conflict).to_be_visible()
    expect(conflict.locator("[data-theirs]")).to_contain_text("每缺1次会议 1 次")
    expect(conflict.locator("[data-mine]")).to_contain_text("3")
    assert MarkCount.objects.get().value_up == 1_000_000
    conflict.get_by_role("button", name="保留我的").click()
    saved(page, "1.1")
    assert MarkCount.objects.get().value_up == 3_000_000
    row(other, "1.1").get_by_role("spinbutton", name="每缺1次会议").fill("2")
    row(other, "1.1").get_by_role("button", name="保留这个").click()
    expect(row(other, "1.1").get_by_role("spinbutton", name="每缺1次会议")).to_have_value("3")
    assert MarkCount.objects.get().value_up == 3_000_000


def test_on_a_phone_one_indicator_a_screen(open_as, city, secretary, check_accessible):
    page = open_as(secretary, f"/sheets/{city.sheet.pk}/", size=PHONE, has_touch=True, is_mobile=True)
    expect(page.locator("[data-row]:visible")).to_have_count(1)
    expect(row(page, "1.1")).to_be_visible()
    check_fits(page)
    check_accessible(page)
    page.get_by_role("button", name="下一项").click()
    expect(row(page, "1.2")).to_be_visible()
    expect(page.locator("[data-row]:visible")).to_have_count(1)
    row(page, "1.2").get_by_label("较好").check()
    saved(page, "1.2")
    page.get_by_role("button", name="下一项").click()
    page.reload()
    expect(row(page, "1.3")).to_be_visible()
    expect(page.locator("[data-row]:visible")).to_have_count(1)
    expect(page.locator("[data-at]")).to_contain_text("3")
    for _step in range(5):
        page.get_by_role("button", name="下一项").click()
    expect(page.get_by_role("link", name="申报加分")).to_be_visible()
    expect(page.locator("[data-row]:visible")).to_have_count(0)


def test_files_are_uploaded_previewed_reused_and_removed(open_as, city, secretary, watch, check_accessible):
    watch.expect("400")
    page = open_as(secretary, f"/sheets/{city.sheet.pk}/")
    files = [
        {"name": "会议记录.pdf", "mimeType": "application/pdf", "buffer": pdf_bytes()},
        {"name": "现场照片.jpg", "mimeType": "image/jpeg", "buffer": jpeg_bytes()},
        {"name": "假的.pdf", "mimeType": "application/pdf", "buffer": b"MZ\x90\x00 not a pdf"},
    ]
    row(page, "1.1").locator("input[type=file]").first.set_input_files(files)
    expect(row(page, "1.1").locator(".fill-file-bad")).to_contain_text("请先勾选")
    row(page, "1.1").locator("[name=no_secrets]").check()
    expect(row(page, "1.1").locator(".fill-files li")).to_have_count(2)
    expect(row(page, "1.1").locator(".fill-file-bad")).to_contain_text("假的.pdf")
    row(page, "1.1").get_by_role("link", name="现场照片.jpg", exact=True).click()
    expect(page.locator("#fill-preview img")).to_be_visible()
    page.wait_for_function("document.querySelector('#fill-preview img').naturalWidth > 0")
    check_accessible(page)
    page.get_by_role("button", name="关闭").click()
    row(page, "1.2").locator("summary").click()
    row(page, "1.2").get_by_role("button", name=re.compile("会议记录.pdf")).click()
    expect(row(page, "1.2").locator(".fill-files").first.locator("li")).to_have_count(1)
    assert EvidenceLink.objects.filter(sheet=city.sheet).count() == 3
    page.on("dialog", lambda dialog: dialog.accept())
    row(page, "1.1").get_by_role("button", name="移除 现场照片.jpg").click()
    expect(row(page, "1.1").locator(".fill-files li")).to_have_count(1)


def test_everything_works_without_script(open_as, city, secretary):
    page = open_as(secretary, f"/sheets/{city.sheet.pk}/", java_script_enabled=False)
    row(page, "2.2").get_by_label("得分").fill("9.5")
    with page.expect_navigation():
        row(page, "2.2").get_by_role("button", name="保存").click()
    assert Mark.objects.get(indicator__code="2.2").value_up == 9_500_000
    make_marks(city.sheet, secretary, marks={"1.2": {"counts": {"fair": 1}}})
    row(page, "1.2").locator("[value=good]").check()
    row(page, "1.1").locator("input[type=file]").first.set_input_files(
        {"name": "记录.pdf", "mimeType": "application/pdf", "buffer": pdf_bytes()}
    )
    row(page, "1.1").locator("[name=no_secrets]").check()
    row(page, "1.1").get_by_role("button", name="上传", exact=True).click()
    expect(row(page, "1.1").locator(".fill-files li")).to_have_count(1)


def test_a_returned_sheet_opens_at_what_came_back(open_as, city, secretary, reviewer):
    make_marks(city.sheet, secretary)
    Sheet.objects.filter(pk=city.sheet.pk).update(status="returned", submitted_at=timezone.now())
    Remark.objects.create(
        sheet=city.sheet, indicator=Mark.objects.get(indicator__code="2.2").indicator, stage="preliminary",
        text="请核对凭证", author=reviewer, written_at=timezone.now(),
    )  # fmt: skip
    page = open_as(secretary, f"/sheets/{city.sheet.pk}/", size=PHONE)
    expect(row(page, "2.2")).to_be_visible()
    expect(row(page, "2.2")).to_contain_text("请核对凭证")
    expect(row(page, "1.1")).to_be_hidden()
