"""The designer's pages through the client: one press after another, without script."""

import copy
import random

import pytest
import time_machine

from assessments.schemes.designer.places import at
from assessments.schemes.models import SchemeVersion
from assessments.schemes.services import drafts, publishing
from assessments.schemes.views.designer_start import proposed_number
from assessments.scoring import Mark, Scheme, check, points_of
from branchportal.models import AuditEntry
from members.models import User
from tests.assessments.schemes.designer_posts import every_path, form_at, posted
from tests.conftest import City

LEAF = "indicators[0].children[0]"
FORM = "application/x-www-form-urlencoded"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def draft(city: City, office: User) -> SchemeVersion:
    return drafts.start_draft(source=city.scheme, number="2", actor=office)


def url(draft, tail=""):
    return f"/schemes/{draft.pk}/design/{tail}"


def fields(draft, path, do="save", **changes):
    """What the browser sends from the page of `path`: its fields as they stand, some of them changed."""
    data = posted(form_at(draft.content, path), **changes)
    node = form_at(draft.content, path).node
    was = node.get("grade" if "bands" in path else "code", "") if path.endswith("]") else ""
    data.update({"at": path, "edition": str(draft.edition), "was": was})
    data["row" if do.startswith("row ") else "do"] = do.removeprefix("row ")
    return data


def press(client, draft, path, do="save", status=200, **changes):
    """One press of a button on the page of `path`; the draft is read anew afterwards."""
    draft.refresh_from_db()
    answer = client.post(url(draft), fields(draft, path, do, **changes).urlencode(), content_type=FORM, follow=True)
    assert answer.status_code == status, answer.content.decode()[:3000]
    draft.refresh_from_db()
    return answer.content.decode()


def test_every_place_of_a_draft_opens(draft, office, sign_in):
    client = sign_in(office)
    for path in every_path(draft.content):
        page = client.get(url(draft), {"at": path}).content.decode()
        assert 'id="designer"' in page, path
        part = client.get(url(draft), {"at": path}, headers=HTMX).content.decode()
        assert part.lstrip().startswith('<div id="designer"'), path
    assert "删除“1 组织建设”？" in client.get(url(draft), {"at": "indicators[0]", "ask": "remove"}).content.decode()
    for nonsense in ("indicators[99]", "bands[7].x", "../etc", "indicators[0].children[5].children[1]", "[" * 50):
        assert client.get(url(draft), {"at": nonsense}).status_code == 200


def test_a_changed_field_is_saved_named_and_can_be_undone(draft, office, sign_in):
    client = sign_in(office)
    page = press(client, draft, LEAF, name="“三会一课”制度", points="４．５")
    assert (at(draft.content, LEAF)["name"], at(draft.content, LEAF)["points"]) == ("“三会一课”制度", "4.5")
    assert "已保存：1.1 “三会一课”制度：名称、分值。" in page
    assert "撤销：1.1 “三会一课”制度：名称、分值" in page
    assert "44.5/60" in page
    assert AuditEntry.objects.filter(action="scheme.edited", object_id=draft.pk, actor=office).count() == 1
    undone = client.post(url(draft, "undo/"), {"edition": draft.edition, "at": LEAF}, follow=True).content.decode()
    draft.refresh_from_db()
    assert (at(draft.content, LEAF)["points"], "没有可撤销的修改" in undone) == (20, True)
    again = client.post(url(draft, "undo/"), {"edition": draft.edition, "at": LEAF})
    assert (again.status_code, 'id="designer"' in again.content.decode()) == (400, True)
    history = client.get(url(draft, "history/")).content.decode()
    assert history.count("<tr>") == 4
    assert "郑干事" in history


def test_a_wrong_number_is_refused_with_the_typing_kept(draft, office, sign_in):
    page = press(sign_in(office), draft, LEAF, status=422, name="没有丢", points="四分")
    assert 'value="四分"' in page
    assert 'value="没有丢"' in page
    assert "“四分”不是数字" in page
    assert draft.edition == 1


def test_problems_are_listed_with_links_to_their_fields(draft, office, sign_in):
    page = press(sign_in(office), draft, LEAF, points="18")
    assert "1个问题" in page
    assert f"at={LEAF.rpartition('.')[0]}&amp;field=id_points#id_points" in page
    assert "58/60" in page
    assert "差2分" in page


def test_rows_are_added_without_saving(draft, office, sign_in):
    page = press(sign_in(office), draft, LEAF, "row criteria add", name="尚未保存的名称")
    assert (draft.edition, 'value="尚未保存的名称"' in page, "criteria-2-text" in page) == (1, True, True)


def test_steps_take_what_was_typed_along(draft, office, sign_in):
    page = press(sign_in(office), draft, LEAF, f"down {LEAF}", name="改名")
    assert [node["name"] for node in draft.content["indicators"][0]["children"][:2]] == ["组织生活会", "改名"]
    assert "已保存：1.1 改名：名称；下移1.1 改名。" in page
    assert 'name="at" value="indicators[0].children[1]"' in page


def test_removing_asks_and_names_what_goes(draft, office, sign_in):
    client = sign_in(office)
    page = client.get(url(draft), {"at": "indicators[0]", "ask": "remove"}).content.decode()
    assert "其下3个指标一并删除" in page
    data = {"edition": 1, "at": "indicators[0]", "do": "remove indicators[0]"}
    client.post(url(draft), data)
    draft.refresh_from_db()
    assert [node["code"] for node in draft.content["indicators"]] == ["2"]


def test_an_impossible_step_says_why(draft, office, sign_in):
    page = press(sign_in(office), draft, "indicators[0]", "out indicators[0]", status=422, name="仍在")
    assert "本项已是一级指标" in page
    assert 'value="仍在"' in page


def test_the_example_follows_the_typing_and_stores_nothing(draft, office, sign_in):
    client = sign_in(office)
    data = fields(draft, LEAF, **{"criteria-0-points": "3"})
    said = client.post(url(draft, "example/"), data.urlencode(), content_type=FORM).content.decode()
    assert "每缺1次会议：2次 → 20 − 6 = 14分" in said
    wrong = client.post(url(draft, "example/"), {"at": LEAF, "points": "x"}).content.decode()
    assert "不是数字" in wrong
    assert client.post(url(draft, "example/"), {"at": "nowhere"}).status_code == 200
    draft.refresh_from_db()
    assert draft.edition == 1


def test_a_conflict_shows_both_and_keeps_the_typing(draft, office, sign_in):
    client = sign_in(office)
    mine = fields(draft, LEAF, name="我写的", **{"criteria-0-text": "我的细则"})
    press(client, draft, LEAF, f"down {LEAF}", name="别人写的")
    answer = client.post(url(draft), mine.urlencode(), content_type=FORM)
    page = answer.content.decode()
    assert (answer.status_code, "草案已被他人修改" in page, 'value="我写的"' in page) == (409, True, True)
    assert "别人写的" in page
    assert "a 我的细则 2 次 10" in page
    assert 'name="at" value="indicators[0].children[1]"' in page
    assert f'name="edition" value="{draft.edition}"' in page
    mine.update({})
    mine["edition"], mine["at"] = str(draft.edition), "indicators[0].children[1]"
    client.post(url(draft), mine.urlencode(), content_type=FORM)
    draft.refresh_from_db()
    assert at(draft.content, "indicators[0].children[1]")["name"] == "我写的"


def test_a_conflict_leaves_alone_what_was_not_touched(draft, office, sign_in):
    """One changes the points and the criteria, the other the name: both stay."""
    client = sign_in(office)
    mine = fields(draft, LEAF, name="我改名称")
    press(client, draft, LEAF, points="19", **{"criteria-0-text": "别人改的细则"})
    page = client.post(url(draft), mine.urlencode(), content_type=FORM).content.decode()
    assert ('value="19"' in page, "别人改的细则" in page, 'value="我改名称"' in page) == (True, True, True)
    assert page.count("<td class=") == 2


def test_line_ends_of_browsers_change_nothing(draft, office, sign_in):
    client = sign_in(office)
    press(client, draft, "basics", notes="第一行\r\n第二行")
    assert draft.content["notes"] == "第一行\n第二行"
    press(client, draft, "basics", notes="第一行\r\n第二行")
    assert draft.edition == 2


def test_a_conflict_over_a_removed_entry_lists_what_was_typed(draft, office, sign_in):
    client = sign_in(office)
    mine = fields(draft, LEAF, name="我写的")
    client.post(url(draft), {"edition": 1, "at": LEAF, "do": f"remove {LEAF}"})
    answer = client.post(url(draft), mine.urlencode(), content_type=FORM, headers=HTMX)
    page = answer.content.decode()
    assert (answer.status_code, "<dd>我写的</dd>" in page, "已被他人删除" in page) == (409, True, True)


def test_nobody_but_the_office_edits(draft, city, authority, auditor, secretary, outsider, sysadmin, sign_in):
    addresses = [url(draft), url(draft, "history/"), f"/schemes/{draft.pk}/delete/", f"/schemes/{draft.pk}/start/"]
    posts = [url(draft), url(draft, "undo/"), url(draft, "example/"), *addresses[2:]]
    for user, expected in ((authority, 403), (auditor, 403), (secretary, 404), (outsider, 404), (sysadmin, 404)):
        client = sign_in(user)
        assert {client.get(each).status_code for each in addresses} == {expected}, user
        assert {client.post(each, {"at": "basics", "edition": 1}).status_code for each in posts} == {expected}, user
    assert {sign_in(each).get("/schemes/new/").status_code for each in (authority, secretary)} == {403}
    assert sign_in(authority).get(f"/schemes/{draft.pk}/").status_code == 200
    draft.refresh_from_db()
    assert (draft.edition, SchemeVersion.objects.count()) == (1, 2)


@pytest.mark.parametrize("status", ["proposed", "published"])
def test_no_address_of_the_designer_changes_a_version_that_is_no_draft(draft, city, office, authority, sign_in, status):
    publishing.propose_scheme(version=draft, edition=1, actor=office)
    if status == "published":
        publishing.publish_scheme(version=draft, actor=authority)
    before = SchemeVersion.objects.filter(pk=draft.pk).values().get()
    client = sign_in(office)
    assert client.get(url(draft)).status_code == client.get(f"/schemes/{draft.pk}/delete/").status_code == 302
    assert client.post(f"/schemes/{draft.pk}/delete/").status_code == 302
    for do in ("save", f"up {LEAF}", f"remove {LEAF}", "add indicators", f"drop {LEAF}", "refresh", "go basics"):
        answer = client.post(url(draft), fields(draft, LEAF, do, name="不许改").urlencode(), content_type=FORM)
        assert (answer.status_code, "不许改" in answer.content.decode()) == (409, True)
    assert client.post(url(draft, "undo/"), {"edition": draft.edition}).status_code == 409
    assert client.post(url(draft, "example/"), {"at": LEAF}).status_code == 200
    assert SchemeVersion.objects.filter(pk=draft.pk).values().get() == before
    assert draft.edits.count() == 1


def test_a_new_version_is_proposed_with_the_next_number(city, office, sign_in):
    client = sign_in(office)
    drafts.start_draft(source=city.scheme, number="2", actor=office)
    page = client.get(f"/schemes/{city.scheme.pk}/start/").content.decode()
    assert 'value="3"' in page
    taken = client.post(f"/schemes/{city.scheme.pk}/start/", {"version": "2"})
    assert (taken.status_code, "版本2已经存在" in taken.content.decode()) == (422, True)
    client.post(f"/schemes/{city.scheme.pk}/start/", {"version": "3"})
    made = SchemeVersion.objects.get(version="3")
    assert (made.based_on, made.status, made.content | {"version": "1"}) == (city.scheme, "draft", city.scheme.content)


@pytest.mark.parametrize(
    ("have", "proposed"),
    [("2026.1", "2026.2"), ("2024.3", "2026.1"), ("v9", "v10"), ("试行", "试行.2"), ("1", "2")],
)
def test_numbers_of_new_versions(city, office, have, proposed):
    source = city.scheme if have == "1" else drafts.start_draft(source=city.scheme, number=have, actor=office)
    with time_machine.travel("2026-11-21 12:00 +0800", tick=False):
        assert proposed_number(source) == proposed


def test_a_draft_is_deleted_after_asking(draft, office, sign_in):
    client = sign_in(office)
    assert "全部内容" in client.get(f"/schemes/{draft.pk}/delete/").content.decode()
    assert SchemeVersion.objects.filter(pk=draft.pk).exists()
    client.post(f"/schemes/{draft.pk}/delete/")
    assert not SchemeVersion.objects.filter(pk=draft.pk).exists()


def test_the_filled_example_is_a_draft_without_problems(city, office, sign_in):
    begin = {"name": "示例", "code": "from-example", "version": "2027.1", "begin": "example"}
    sign_in(office).post("/schemes/new/", begin)
    made = SchemeVersion.objects.get(scheme__code="from-example")
    assert (made.name, check(made.content), len(made.content["indicators"])) == ("示例", [], 6)


def test_a_new_scheme_refuses_what_cannot_be_its_code(city, office, sign_in):
    answer = sign_in(office).post("/schemes/new/", {"name": "x", "code": "考评", "version": "1", "begin": "blank"})
    assert (answer.status_code, "只能使用字母" in answer.content.decode()) == (422, True)
    assert sign_in(office).post("/schemes/new/", {}).status_code in (200, 422)


def rows(name, *entries):
    found = {f"{name}-order": ",".join(str(number) for number in range(len(entries)))}
    for number, entry in enumerate(entries):
        found |= {f"{name}-{number}-{key}": value for key, value in entry.items()}
    return found


def test_a_whole_scheme_comes_about_by_presses_alone(city, office, sign_in):
    """From an empty scheme to one without problems, by what a browser without script sends; then a case by hand."""
    client = sign_in(office)
    begin = {"name": "街道党支部考评", "code": "street", "version": "2027.1", "begin": "blank"}
    assert client.post("/schemes/new/", begin, follow=True).status_code == 200
    draft = SchemeVersion.objects.get(scheme__code="street")
    press(client, draft, "indicators", "add indicators")
    press(client, draft, "indicators[0]", "child indicators[0]", name="组织生活", points="60")
    first = "indicators[0].children[0]"
    press(client, draft, first, "refresh", rule="deduct")
    lost = {"code": "a", "text": "会议每缺1次", "points": "2", "unit": "次", "max": "10"}
    press(client, draft, first, f"add {first}", name="三会一课", points="40", rule="deduct", **rows("criteria", lost))
    second = "indicators[0].children[1]"
    slope = {"slope_target": "90%", "slope_per": "1%", "slope_points": "1", "slope_max": "20", "slope_direction": "up"}
    press(client, draft, second, "add indicators", name="满意率", points="20", rule="measure", **slope)
    press(client, draft, "indicators[1]", name="服务群众", points="40", rule="entry", step="0.5")
    press(client, draft, "bonus", "add bonus", cap="5")
    levels = rows("levels", {"name": "省级", "points": "3"}, {"name": "市级", "points": "1.5"})
    press(client, draft, "bonus.items[0]", text="获得表彰", **levels)
    press(client, draft, "veto", "add veto")
    press(client, draft, "veto[0]", text="弄虚作假", effect="grade")
    press(client, draft, "bands[0]", quota_max_share="30%", quota_within="sector",
          **rows("requires", {"kind": "dimension_share", "code": "1", "min": "0.8"}))  # fmt: skip
    page = press(client, draft, "year", method="weighted", weight_Q1="0.25", weight_Q2="0.25")
    assert "送审前须改正" in page
    page = press(client, draft, "year", weight_Q3="0.25", weight_Q4="0.25")
    assert check(draft.content) == []
    assert "草案可以送审" in page
    scheme = Scheme.from_data(draft.content)
    assert scheme.to_data() == draft.content
    # 40 − 2 × 3 = 34; 85 % is 5 % below 90 %: 20 − 5 = 15; 36.5 as typed: 85.5 of 100
    marks = {"1.1": Mark(counts={"a": 3}), "1.2": Mark(850_000), "2": Mark(36_500_000)}
    assert sum(points_of(scheme, code, mark) for code, mark in marks.items()) == 85_500_000
    assert publishing.propose_scheme(version=draft, edition=draft.edition, actor=office).status == "proposed"


WORDS = [
    "",
    "0",
    "-1",
    "1e9",
    "９",
    "甲" * 700,
    "\x00",
    "indicators[0]",
    "on",
    "requires",
    "a,b,1,99999999",
    "<b>",
    "%",
]


@pytest.mark.parametrize("seed", range(12))
def test_no_post_is_a_server_error(draft, office, sign_in, seed):
    rnd, client = random.Random(seed), sign_in(office)
    client.raise_request_exception = True
    for _round in range(12):
        draft.refresh_from_db()
        path = rnd.choice([*every_path(draft.content), "nowhere"])
        data = posted(form_at(draft.content, path)) if path != "nowhere" else posted(form_at(draft.content, "basics"))
        for name in rnd.sample(sorted(data), min(3, len(data))):
            data[name] = rnd.choice(WORDS)
        verb = rnd.choice(["save", "go", "up", "in", "child", "copy", "drop", "remove", "refresh", "add", "??"])
        data.update({"at": path, "edition": rnd.choice([str(draft.edition)] * 4 + ["x", "0"])})
        data["do"] = f"{verb} {rnd.choice([path, 'bands[0]', 'x'])}"
        data["to"], data["go"], data["where"] = rnd.choice(WORDS), rnd.choice(WORDS), "into"
        if rnd.random() < 0.3:
            data["row"] = rnd.choice(
                ["criteria add", "requires add", "criteria remove 0", "x y z q", " ", "bands up 1"]
            )
        headers = HTMX if rnd.random() < 0.5 else {}
        answer = client.post(url(draft), data.urlencode(), content_type=FORM, headers=headers)
        assert answer.status_code in (200, 302, 400, 409, 422), answer.content.decode()[:2000]
        assert client.post(url(draft, "example/"), data.urlencode(), content_type=FORM).status_code in (200, 400)


def test_text_of_users_is_escaped(draft, office, sign_in):
    page = press(sign_in(office), draft, LEAF, name="<script>alert(1)</script>")
    assert "<script>alert" not in page


@pytest.mark.parametrize("many", [False, True])
def test_the_page_asks_a_fixed_number_of_queries(draft, office, sign_in, django_assert_num_queries, many):
    if many:
        content = copy.deepcopy(draft.content)
        content["indicators"] *= 6
        drafts.save_draft(version=draft, edition=1, content=content, summary="更多", actor=office)
        for number in range(5):
            drafts.save_draft(
                version=draft,
                edition=draft.edition,
                content=content | {"notes": str(number)},
                summary="x",
                actor=office,
            )
    client = sign_in(office)
    with django_assert_num_queries(7):
        client.get(url(draft), {"at": LEAF})
    with django_assert_num_queries(6):
        client.get(url(draft, "history/"))
