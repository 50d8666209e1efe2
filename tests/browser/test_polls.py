"""A poll in a real browser: the department opens it, a voter fills in the ballot on a phone, the result appears."""

import pytest
from playwright.sync_api import Browser, expect

from assessments.polls.models import Counter, Poll
from members.models import User
from tests.conftest import City
from tests.factories.polls import ONE_GROUP, make_form, make_poll, make_secrets

from .conftest import check_fits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_voter_fills_in_the_ballot_on_a_phone_without_script(
    live_server: object, browser: Browser, city: City, reviewer: User
) -> None:
    form = make_form(reviewer, city.scheme, groups=ONE_GROUP, questions=(("政治功能", 500_000), ("服务群众", 500_000)))
    poll = make_poll(reviewer, city.cycle, city.branch, form=form, rosters=(6,))
    secret = make_secrets(reviewer, poll)[0][0]
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/vote/{secret}/")
    expect(page).to_have_url(f"{live_server.url}/vote/")
    expect(page.get_by_role("heading", name="党员群众测评表")).to_be_visible()
    for name, label in (("政治功能", "好"), ("服务群众", "不了解")):
        page.get_by_role("group", name=name).get_by_text(label, exact=True).click()
    page.get_by_label("意见建议（可不填）").fill("继续保持")
    page.get_by_role("button", name="提交测评票").click()
    expect(page.get_by_role("heading", name="您的测评票已计入")).to_be_visible()
    page.goto(f"{live_server.url}/vote/{secret}/")
    expect(page.get_by_text("可能已经使用过")).to_be_visible()
    context.close()
    assert sorted(Counter.objects.filter(poll=poll).values_list("n", flat=True))[-2:] == [1, 1]


def test_the_ballot_is_accessible_and_fits(
    open_as: object, check_accessible: object, city: City, reviewer: User
) -> None:
    poll = make_poll(reviewer, city.cycle, city.branch, groups=ONE_GROUP, rosters=(6,))
    secret = make_secrets(reviewer, poll)[0][0]
    page = open_as(None, f"/vote/{secret}/", size={"width": 360, "height": 700})
    expect(page.get_by_role("radio")).to_have_count(5)
    check_fits(page)
    check_accessible(page)
    heights = page.locator(".choice").evaluate_all("rows => rows.map(row => row.getBoundingClientRect().height)")
    assert min(heights) >= 44


def test_the_department_opens_issues_and_closes(
    open_as: object, check_accessible: object, city: City, reviewer: User
) -> None:
    poll = make_poll(reviewer, city.cycle, city.branch, groups=ONE_GROUP, rosters=(6,), is_open=False)
    page = open_as(reviewer, f"/polls/{poll.pk}/")
    page.on("dialog", lambda dialog: dialog.accept())
    check_accessible(page)
    page.get_by_role("button", name="开启测评").click()
    expect(page.get_by_role("heading", name="发放链接")).to_be_visible()
    check_fits(page)
    page.get_by_role("button", name="结束测评").click()
    expect(page.get_by_text("无有效票，不计分").first).to_be_visible()
    assert Poll.objects.get(pk=poll.pk).status == "closed"
