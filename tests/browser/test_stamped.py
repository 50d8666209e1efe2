"""A stamped scan goes beside its sheet on a phone and is withdrawn; what a person may see is read and asked for."""

from django.utils import timezone
from playwright.sync_api import expect

from assessments.sheets.models import Sheet
from tests.assessments.sheets.files import jpeg_bytes
from tests.factories.results import make_approved

from .conftest import PHONE, check_fits


def test_a_stamped_scan_on_a_phone(city, secretary, open_as, check_accessible):
    Sheet.objects.filter(pk=city.sheet.pk).update(submitted_at=timezone.now(), submitted_by=secretary)
    make_approved(city.sheet, secretary)
    page = open_as(secretary, f"/sheets/{city.sheet.pk}/view/", size=PHONE)
    page.on("dialog", lambda dialog: dialog.accept())
    part = page.locator("#stamped")
    expect(part.get_by_text("尚未上传盖章扫描件。")).to_be_visible()
    part.locator("input[type=file]").set_input_files(
        [{"name": "盖章第1页.jpg", "mimeType": "image/jpeg", "buffer": jpeg_bytes()}]
    )
    part.locator("[name=no_secrets]").check()
    with page.expect_navigation():
        part.get_by_role("button", name="上传", exact=True).click()
    expect(part.get_by_role("link", name="盖章第1页.jpg")).to_be_visible()
    check_fits(page)
    check_accessible(page)
    part.locator("summary").click()
    part.get_by_label("理由").fill("第二页缺章，另行扫描")
    with page.expect_navigation():
        part.get_by_role("button", name="撤回此扫描件").click()
    expect(part.get_by_text("已撤回", exact=True)).to_be_visible()
    expect(page.locator("#h-timeline ~ ol").get_by_text("撤回盖章扫描件")).to_be_visible()


def test_who_may_see_what(city, secretary, secadmin, open_as, check_accessible):
    page = open_as(secadmin, "/reports/rights/", size=PHONE)
    with page.expect_navigation():
        page.get_by_role("link", name=secretary.name).click()
    page.get_by_label("支部代码或名称").fill(city.far_branch.code)
    with page.expect_navigation():
        page.get_by_role("button", name="查询").click()
    expect(page.get_by_text("该支部不在其中")).to_be_visible()
    expect(page.locator(".rights-matrix").get_by_text("本支部").first).to_be_visible()
    check_fits(page)
    check_accessible(page)
    page.set_viewport_size({"width": 1366, "height": 900})
    check_fits(page)
