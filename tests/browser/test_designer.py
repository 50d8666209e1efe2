"""The scheme designer in a real browser: typing, examples, order by keyboard and drag, problems, undo."""

import copy
import re

import pytest
from playwright.sync_api import expect

from assessments.schemes.services import drafts

from .conftest import DESKTOP, PHONE, check_fits

BOTH = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
LEAF = "indicators[0].children[0]"


@pytest.fixture
def draft(city, office):
    return drafts.start_draft(source=city.scheme, number="2", actor=office)


def names(draft):
    draft.refresh_from_db()
    return [node["name"] for node in draft.content["indicators"][0]["children"]]


def saved(page, words):
    page.locator(".designer-said", has_text=words).wait_for()
    settled(page)


def settled(page):
    """Until then a press is an ordinary one, without htmx."""
    expect(page.locator(".htmx-request, .htmx-settling, .htmx-added")).to_have_count(0)


@BOTH
@pytest.mark.parametrize(
    "place", ["indicators", LEAF, "basics", "components", "bonus.items[0]", "veto[0]", "bands[0]", "year"]
)
def test_places_are_accessible_and_fit(open_as, office, draft, size, place, check_accessible):
    page = open_as(office, f"/schemes/{draft.pk}/design/?at={place}", size=size)
    check_fits(page)
    check_accessible(page)


def test_typing_shows_the_example_and_saving_the_problems(open_as, office, draft):
    page = open_as(office, f"/schemes/{draft.pk}/design/?at={LEAF}")
    page.fill("#id_criteria-0-points", "3")
    page.locator("#designer-example", has_text="2次 → 20 − 6 = 14分").wait_for()
    expect(page.locator(".designer-dirty")).to_be_visible()
    page.fill("#id_points", "18")
    page.click("#designer-save")
    saved(page, "已保存")
    expect(page.locator("#designer-count")).to_contain_text("1个问题")
    expect(page.locator(".designer-dirty")).to_be_hidden()
    page.click("#designer-problems li a")
    page.locator("#designer-heading", has_text="1 组织建设").wait_for()
    settled(page)
    expect(page.locator("#id_points")).to_be_focused()
    page.click("#designer-undo-button")
    saved(page, "已撤销")
    expect(page.locator("#designer-count")).to_contain_text("没有问题")


def test_order_by_buttons_and_keyboard_keeps_the_focus(open_as, office, draft):
    page = open_as(office, f"/schemes/{draft.pk}/design/?at={LEAF}")
    page.fill("#id_name", "改过的名称")
    page.focus("#do-down")
    page.keyboard.press("Enter")
    saved(page, "下移")
    assert names(draft)[:2] == ["组织生活会", "改过的名称"]
    expect(page.locator("#do-down")).to_be_focused()
    page.focus("#designer-here")
    page.keyboard.press("Alt+ArrowUp")
    saved(page, "上移")
    assert names(draft)[0] == "改过的名称"
    expect(page.locator("#designer-here")).to_be_focused()


def test_the_focus_goes_where_the_work_is(open_as, office, draft):
    page = open_as(office, f"/schemes/{draft.pk}/design/?at=indicators[0]")
    page.click("#do-child")
    saved(page, "添加")
    expect(page.locator("#id_name")).to_be_focused()
    page.click("#do-remove")
    page.locator("#designer-remove").wait_for()
    settled(page)
    expect(page.locator("#designer-remove")).to_be_focused()
    page.keyboard.press("Enter")
    saved(page, "删除")
    expect(page.locator("#designer-heading")).to_be_focused()
    page.focus(".designer-tree a:has-text('2 服务作用')")
    page.keyboard.press("Enter")
    page.locator("#designer-heading", has_text="2 服务作用").wait_for()
    settled(page)
    expect(page.locator("#designer-here")).to_be_focused()
    expect(page.locator("#designer-live")).not_to_contain_text("服务作用")
    page.click("text=基本信息")
    page.locator("#id_notes").wait_for()
    page.wait_for_function("document.activeElement.textContent.trim() === '基本信息'")


def test_a_long_list_stays_where_it_was_scrolled_to(open_as, office, draft):
    content = copy.deepcopy(draft.content)
    content["indicators"] = [
        {"code": str(number), "name": f"第{number}项", "points": 2, "rule": "entry"} for number in range(50)
    ]
    drafts.save_draft(version=draft, edition=1, content=content, summary="更多", actor=office)
    page = open_as(office, f"/schemes/{draft.pk}/design/?at=indicators[0]")
    page.click(".designer-tree a:has-text('第45项')")
    page.locator("#designer-heading", has_text="第45项").wait_for()
    settled(page)
    sight = "[document.querySelector('.designer-left'), document.getElementById('designer-here')]"
    page.wait_for_function(
        f"() => {{ const [box, here] = {sight}.map((each) => each.getBoundingClientRect());"
        " return box.top <= here.top && here.top <= box.bottom; }"
    )


def test_an_indicator_is_dragged_to_its_place(open_as, office, draft):
    page = open_as(office, f"/schemes/{draft.pk}/design/?at={LEAF}")
    page.fill("#id_name", "未保存的名称")
    third, first = (page.locator(f"[data-drag='indicators[0].children[{at}]']") for at in (2, 0))
    third.drag_to(first, target_position={"x": 60, "y": 3})
    saved(page, "移动")
    assert names(draft) == ["党费收缴", "未保存的名称", "组织生活会"]
    expect(page.locator("#designer-here")).to_have_text(re.compile(r"^\s*1\.3"))


def test_another_place_saves_first_and_a_wrong_number_stays(open_as, office, draft, watch):
    page = open_as(office, f"/schemes/{draft.pk}/design/?at={LEAF}")
    page.fill("#id_name", "顺手改的")
    page.click("text=组织生活会")
    page.locator("#designer-heading", has_text="1.2").wait_for()
    settled(page)
    assert names(draft)[0] == "顺手改的"
    watch.expect("422")
    page.fill("#id_points", "四分")
    page.click("text=党费收缴")
    page.locator(".designer-wrong").wait_for()
    expect(page.locator("#id_points")).to_have_value("四分")
    expect(page.locator("#id_points")).to_be_focused()  # and so in sight, on a phone too
    expect(page.locator("#designer-heading")).to_have_text(re.compile(r"^\s*1\.2"))


def test_the_way_back_saves_first(open_as, office, draft):
    page = open_as(office, f"/schemes/{draft.pk}/design/?at={LEAF}")
    page.click("text=组织生活会")
    page.locator("#designer-heading", has_text="1.2").wait_for()
    settled(page)
    page.fill("#id_name", "返回前写的")
    page.go_back()
    page.locator("#designer-heading", has_text="1.1").wait_for()
    settled(page)
    assert names(draft)[1] == "返回前写的"
    page.click(".designer-tree a:has-text('返回前写的')")
    page.locator("#designer-heading", has_text="1.2").wait_for()
    settled(page)
    page.go_back()
    page.locator("#designer-heading", has_text="1.1").wait_for()
    settled(page)


def test_rows_and_another_rule_come_without_saving(open_as, office, draft):
    page = open_as(office, f"/schemes/{draft.pk}/design/?at={LEAF}", size=PHONE)
    page.click("#add-criteria")
    page.locator("#id_criteria-2-text").wait_for()
    settled(page)
    expect(page.locator("#id_criteria-2-text")).to_be_focused()
    page.keyboard.type("新的细则")
    page.select_option("#id_rule", "add")
    page.locator("#id_highest_only").wait_for()
    expect(page.locator("#id_criteria-2-text")).to_have_value("新的细则")
    draft.refresh_from_db()
    assert draft.edition == 1


def test_a_conflict_keeps_what_was_typed(open_as, office, draft, watch):
    page = open_as(office, f"/schemes/{draft.pk}/design/?at={LEAF}")
    page.fill("#id_name", "我写的")
    changed = draft.content | {"notes": "别人写的"}
    drafts.save_draft(version=draft, edition=1, content=changed, summary="基本信息：说明", actor=office)
    watch.expect("409")
    page.click("#designer-save")
    saved(page, "草案已被他人修改")
    assert page.input_value("#id_name") == "我写的"
    page.click("#designer-save")
    saved(page, "已保存")
    assert names(draft)[0] == "我写的"


def test_a_lost_connection_keeps_what_was_typed(open_as, office, draft, watch):
    watch.expect("ERR_INTERNET_DISCONNECTED")
    watch.expect("htmx:")
    page = open_as(office, f"/schemes/{draft.pk}/design/?at={LEAF}")
    page.fill("#id_name", "断网时写的")
    page.context.set_offline(True)
    page.click("#designer-save")
    page.locator("#designer-fault", has_text="无法连接").wait_for()
    page.context.set_offline(False)
    assert page.input_value("#id_name") == "断网时写的"
    page.click("#designer-save")
    saved(page, "已保存")


def test_everything_works_without_script(open_as, office, draft):
    page = open_as(office, f"/schemes/{draft.pk}/design/?at={LEAF}", java_script_enabled=False)
    page.fill("#id_name", "无脚本")
    page.click("#do-down")
    expect(page.locator("#messages")).to_contain_text("下移")
    page.select_option("#id_rule", "add")
    page.click("text=显示所选规则的栏目")
    expect(page.locator("#id_highest_only")).to_be_visible()
    page.click("#do-remove")
    with page.expect_navigation():
        page.click("#designer-remove")
    assert len(names(draft)) == 2
