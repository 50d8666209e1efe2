"""A visit on a phone: begun, checked with a tap, a finding noted, signed by the leader, put right by the branch."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from assessments.inspections.models import Rectification, Visit
from assessments.inspections.services import plans

from .conftest import PHONE, check_fits


def plan_for(city, office):
    today = timezone.localdate()
    plan = plans.make_plan(
        actor=office, cycle=city.cycle, name="四季度实地考察", aim="", is_announced=True,
        days=(today, today + timedelta(days=20)),
    )  # fmt: skip
    plans.add_branches(actor=office, plan=plan, branches=[city.branch])
    return Visit.objects.get()


def test_a_visit_on_a_phone(city, office, inspector, leader, secretary, open_as, check_accessible):
    visit = plan_for(city, office)
    page = open_as(inspector, f"/visits/{visit.pk}/", size=PHONE)
    check_fits(page)
    with page.expect_navigation():
        page.get_by_role("button", name="开始考察").click()
    row = page.locator("[id='row-1.1']")
    row.get_by_text("符合要求").click()
    expect(row).to_have_attribute("data-state", "good")
    expect(page.locator("[data-done]")).to_have_text("1")
    row = page.locator("[id='row-1.2']")
    row.locator("label", has_text="有问题").click()
    expect(row.get_by_label("备注")).to_be_focused()
    row.get_by_label("备注").fill("组织生活会记录不完整")
    row.get_by_role("button", name="保存").click()
    expect(row).to_have_attribute("data-state", "problem")
    check_fits(page)
    check_accessible(page)

    form = page.locator("#finding-form")
    form.locator("[name=problem]").fill("组织生活会记录不完整")
    form.locator("[name=due_on]").fill((timezone.localdate() + timedelta(days=9)).isoformat())
    with page.expect_navigation():
        form.get_by_role("button", name="记录问题").click()
    page.locator("#present_name").fill("赵书记")
    page.locator("#course").fill("查阅台账，座谈3人")
    with page.expect_navigation():
        page.get_by_role("button", name="保存记录").click()

    page = open_as(leader, f"/visits/{visit.pk}/", size=PHONE)
    page.locator("#signature").fill("吴组长")
    page.on("dialog", lambda dialog: dialog.accept())
    with page.expect_navigation():
        page.get_by_role("button", name="签字确认").click()
    expect(page.get_by_text("与签字时一致")).to_be_visible()

    row = Rectification.objects.get()
    page = open_as(secretary, "/", size=PHONE)
    with page.expect_navigation():
        page.get_by_role("link", name="整改并回复").click()
    check_fits(page)
    page.locator("#measures").fill("已补齐发言提纲并存档")
    page.locator("#person").fill("钱委员")
    with page.expect_navigation():
        page.get_by_role("button", name="答复").click()
    row.refresh_from_db()
    assert row.status == "answered"

    page = open_as(inspector, f"/visits/rectifications/{row.pk}/")
    check_accessible(page)
    with page.expect_navigation():
        page.get_by_role("button", name="同意销号").click()
    row.refresh_from_db()
    assert row.status == "closed"


def test_plans_and_lists_fit_and_are_accessible(city, office, inspector, open_as, check_accessible):
    visit = plan_for(city, office)
    for address in ("/visits/", f"/visits/plans/{visit.plan_id}/", "/visits/rectifications/", "/sheets/calibration/"):
        page = open_as(inspector, address, size=PHONE)
        check_fits(page)
        check_accessible(page)
