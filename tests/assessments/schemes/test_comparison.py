"""Two versions compared: typed differences matched by code, and the pages and tables that show them."""

import copy
import io
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.schemes.comparison import Comparison, compare
from assessments.schemes.services.drafts import import_scheme, save_draft, start_draft
from assessments.scoring import Scheme
from tests.factories.schemes import SCHEME

SECTORS = {"organ": "机关", "village": "村"}


def changed(**parts: object) -> dict:
    return copy.deepcopy(SCHEME) | parts


def indicators() -> list[dict]:
    return copy.deepcopy(SCHEME["indicators"])


def against(new: dict, old: dict = SCHEME) -> Comparison:
    return compare(old, new, SECTORS)


def said(new: dict) -> list[tuple]:
    """Of every difference: what, key, old, new."""
    return [(change.what, change.key, change.old, change.new) for change in against(new).changes]


def test_a_copy_shows_no_difference():
    assert against(copy.deepcopy(SCHEME)).changes == []


def test_defaults_written_out_and_other_spellings_of_a_number_are_no_difference():
    rows = indicators()
    rows[0]["points"] = "60.00"
    rows[0]["children"][0] |= {"evidence": "optional", "due": "every", "floor": 0, "ceiling": "20", "step": "0.5"}
    rows[0]["children"][0]["criteria"][0]["unit"] = "次"
    new = changed(indicators=rows, places=2, sectors=[], components=[{"source": "review", "weight": "1.0"}])
    assert said(new) == []
    assert said(Scheme.from_data(SCHEME).to_data()) == []


def test_codes_are_text_and_not_numbers():
    rows = indicators()
    rows[0]["children"][0]["code"] = "1.10"
    found = against(changed(indicators=rows))
    assert [(row.code, row.status) for row in found.rows if row.status in ("added", "removed")] == [
        ("1.1", "removed"),
        ("1.10", "added"),
    ]


def test_points_moved_between_dimensions_are_added_up():
    rows = indicators()
    rows[0]["points"], rows[1]["points"] = 55, 45
    rows[0]["children"][0]["points"], rows[1]["children"][0]["points"] = 15, 15
    found = against(changed(indicators=rows))
    assert [(each.code, each.old, each.new, each.moved) for each in found.dimensions] == [
        ("1", 60, 55, -5),
        ("2", 40, 45, 5),
    ]
    assert (found.moved, found.counts["points"], found.counts["changed"]) == (Decimal(5), 4, 4)
    assert found.rows[0].changes[0].sentence == "“1 组织建设”：分值由“60 分”改为“55 分”。"


def test_rows_added_removed_renamed_and_moved():
    rows = indicators()
    rows[0]["children"][1]["name"] = "专题组织生活会"
    del rows[0]["children"][2]
    rows[1]["children"].append({"code": "2.5", "name": "志愿服务", "points": 20, "rule": "entry"})
    rows[0]["children"].append(rows[1]["children"].pop(1))
    found = against(changed(indicators=rows))
    assert [(row.code, row.status) for row in found.rows if row.status != "same"] == [
        ("1.2", "changed"),
        ("1.3", "removed"),
        ("2.2", "changed"),
        ("2.5", "added"),
    ]
    assert [(change.what, change.key, change.old, change.new) for change in found.changes] == [
        ("changed", "name", "组织生活会", "专题组织生活会"),
        ("removed", "indicator", "20 分", ""),
        ("moved", "parent", "2 服务作用", "1 组织建设"),
        ("added", "indicator", "", "20 分"),
    ]


def test_a_changed_order_is_named():
    rows = indicators()
    rows[0]["children"].reverse()
    assert said(changed(indicators=rows)) == [("moved", "children", "1.1、1.2、1.3", "1.3、1.2、1.1")]


def test_a_changed_code_is_hinted_at():
    rows = indicators()
    rows[0]["children"][2]["code"] = "1.9"
    found = {row.code: row.hint for row in against(changed(indicators=rows)).rows if row.hint}
    assert found == {
        "1.3": "与新增的1.9同名，可能只是编码改变。",
        "1.9": "与删除的1.3同名，可能只是编码改变。",
    }


def test_criteria_and_rules():
    rows = indicators()
    rows[0]["children"][0]["criteria"] = [
        {"code": "a", "text": "每缺1次会议或党课", "points": "2.5", "max": 10},
        {"code": "c", "text": "不签到", "points": 1, "unit": "人次"},
    ]
    rows[0]["children"][1]["rule"] = "entry"
    assert said(changed(indicators=rows)) == [
        ("changed", "text", "每缺1次会议", "每缺1次会议或党课"),
        ("changed", "points", "2 分", "2.5 分"),
        ("removed", "criteria", "分值 0.5 分", ""),
        ("added", "criteria", "", "分值 1 分；计量单位 人次"),
        ("changed", "rule", "分档评定", "酌情赋分"),
    ]


def test_the_other_parts():
    bonus = copy.deepcopy(SCHEME["bonus"])
    bonus["cap"], bonus["items"][0]["levels"]["市级"] = 15, 1
    bands = copy.deepcopy(SCHEME["bands"])
    bands[0]["quota"]["max_share"] = "0.3"
    bands[0]["requires"] = [{"dimension_share": {"code": "1", "min": "0.8"}}, {"no_veto": True}]
    new = changed(
        bonus=bonus,
        bands=bands,
        veto=[],
        sectors=["organ", "village"],
        components=[{"source": "review", "weight": "0.7"}, {"source": "poll", "weight": "0.3"}],
        year=SCHEME["year"] | {"method": "weighted", "weights": {"Q1": "0.4", "Q2": "0.6"}},
    )
    found = against(new)
    told = {part.title: [(change.key, change.old, change.new) for change in part.changes] for part in found.parts}
    assert told == {
        "基本信息": [("sectors", "所有领域", "机关、村")],
        "得分构成": [("weight", "100%", "70%"), ("components", "", "权重 30%")],
        "加分": [
            ("cap", "10 分", "15 分"),
            (
                "levels",
                "国家级 5 分、省级 3 分、市级 2 分、县级 1 分",
                "国家级 5 分、省级 3 分、市级 1 分、县级 1 分",
            ),
        ],
        "一票否决": [("veto", "处理结果 最高2星", "")],
        "等次": [
            ("quota", "最多50%、同领域内", "最多30%、同领域内"),
            ("requires", "无", "“组织建设”得分率不低于 80%；无一票否决情形"),
        ],
        "年度": [("method", "各周期平均", "各周期加权平均"), ("weights", "无", "第一季度 40%、第二季度 60%")],
    }


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["NaN", "1e999", "0.5", "1.1"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["code", "name", "points", "rule", "children", "criteria", "bands", "stars", "requires",
                             "quota", "slope", "levels", "items", "effect", "from", "weights", "text", "range"]),
            inner, max_size=6,
        )
    ),
    max_leaves=25,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(("indicators", "bonus", "veto", "bands", "year", "components"), plain)))
def test_whatever_a_draft_holds_it_is_compared_as_far_as_it_can_be_read(junk):
    for old, new in ((SCHEME, junk), (junk, SCHEME), (junk, junk)):
        found = compare(old, new, SECTORS)
        assert all(isinstance(change.sentence, str) for change in found.changes)
    assert found.changes == []


def test_what_is_no_scheme_at_all_is_compared_as_empty():
    for junk in (None, [], "x", 3):
        assert against(junk).counts["removed"] == 9


# pages


@pytest.fixture
def draft(city, office):
    rows = indicators()
    rows[0]["children"][0]["criteria"][0]["points"] = 3
    version = start_draft(source=city.scheme, number="2", actor=office)
    content = version.content | {"indicators": rows}
    return save_draft(version=version, edition=version.edition, content=content, summary="改", actor=office)


def test_the_page_compares_with_the_version_it_was_started_from(city, draft, office, sign_in):
    import_scheme(SCHEME | {"version": "1.5"})
    page = sign_in(office).get(f"/schemes/{draft.pk}/compare/").content.decode()
    assert ("2版与1版比较" in page, "2 分" in page, "3 分" in page, "1.5 · 草稿" in page) == (True,) * 4
    assert ("党费收缴" in page, "活动场所" in page) == (False, False)
    whole = sign_in(office).get(f"/schemes/{draft.pk}/compare/?all=1").content.decode()
    assert ("党费收缴" in whole, "活动场所" in whole) == (True, True)


def test_another_version_is_chosen_and_a_foreign_one_refused(city, draft, office, sign_in):
    other = import_scheme(SCHEME | {"version": "1.5"})
    foreign = import_scheme(SCHEME | {"code": "foreign"})
    client = sign_in(office)
    assert "2版与1.5版比较" in client.get(f"/schemes/{draft.pk}/compare/?with={other.pk}").content.decode()
    refused = client.get(f"/schemes/{draft.pk}/compare/?with={foreign.pk}")
    assert (refused.status_code, "不能与本版本比较" in refused.content.decode()) == (400, True)
    assert "2版与1版比较" in client.get(f"/schemes/{draft.pk}/compare/?with=abc").content.decode()


def test_drafts_stay_hidden_from_those_who_see_published_versions_only(city, draft, secretary, sign_in):
    client = sign_in(secretary)
    assert client.get(f"/schemes/{draft.pk}/compare/").status_code == 404
    assert client.get(f"/schemes/{city.scheme.pk}/compare/?with={draft.pk}").status_code == 400
    page = client.get(f"/schemes/{city.scheme.pk}/compare/").content.decode()
    assert "没有其他版本可以比较" in page
    assert client.get(f"/schemes/{city.scheme.pk}/compare/file/", follow=True).status_code == 200


def test_a_draft_with_problems_says_so(city, draft, office, sign_in):
    content = draft.content | {"full_marks": "许多"}
    save_draft(version=draft, edition=draft.edition, content=content, summary="改", actor=office)
    page = sign_in(office).get(f"/schemes/{draft.pk}/compare/").content.decode()
    assert ("仅就可以读取的内容进行比较" in page, "许多" in page) == (True, True)


def test_the_table_holds_every_difference(city, draft, office, sign_in):
    answer = sign_in(office).get(f"/schemes/{draft.pk}/compare/file/")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["变化明细", "一级指标分值"]
    rows = [[cell.value for cell in row] for row in book["变化明细"].iter_rows(min_row=3)]
    sentence = "“1.1 “三会一课””：“a 每缺1次会议” 分值由“2 分”改为“3 分”。"
    assert rows[0] == ["指标", "“1.1 “三会一课””", "修改", "“a 每缺1次会议” 分值", "2 分", "3 分", sentence]
    assert [cell.value for cell in book["一级指标分值"][3]] == ["1", "组织建设", 60, 60, 0]


@pytest.mark.parametrize("many", [False, True])
def test_the_page_asks_a_fixed_number_of_queries(city, draft, office, sign_in, django_assert_num_queries, many):
    for number in range(5 if many else 0):
        import_scheme(SCHEME | {"version": f"x{number}"})
    client = sign_in(office)
    with django_assert_num_queries(6):
        client.get(f"/schemes/{draft.pk}/compare/")
