"""A version's page says every rule that decides a figure: whoever reads it can work the total out by hand."""

import copy

import pytest

from tests.factories.schemes import SCHEME, make_scheme


def full_scheme() -> dict:
    """The small scheme with each key that belongs to no single criterion, and keys of rows that are seldom used."""
    indicators = copy.deepcopy(SCHEME["indicators"])
    first, second = indicators[0]["children"], indicators[1]["children"]
    first[0]["criteria"][0]["applies_if"] = "has_committee"
    first[0] |= {"due": ["Q2", "Q4"], "reviewer_unit": "组织科"}
    second[0] |= {"ceiling": "none", "floor": 1}
    second[1] = {"code": "2.2", "name": "平台得分", "points": 10, "rule": "external", "start": 10, "factor": -2}
    indicators[1]["pass"] = "0.8"
    return {
        "indicators": indicators,
        "components": [{"source": "review", "weight": "0.7"}, {"source": "poll", "weight": "0.3"}],
        "rescale_due": True,
        "max_total": 105,
        "rank_on": "graded",
        "tie_break": ["1", "bonus"],
        "flags": [{"code": "F1", "text": "有创新项目"}],
        "bonus": SCHEME["bonus"]
        | {
            "counts": False,
            "groups": [{"code": "G", "cap": 4}],
            "items": [item | {"group": "G"} for item in SCHEME["bonus"]["items"]],
        },
        "penalty": SCHEME["penalty"] | {"from": "review", "cap": 20},
        "bands": [
            SCHEME["bands"][0] | {"quota": {"about": "0.1"}},
            SCHEME["bands"][1] | {"quota": {"min_share": "0.05"}},
            *SCHEME["bands"][2:],
        ],
        "year": {
            "periods": ["Q2", "Q4"], "method": "weighted", "weights": {"Q2": "0.4", "Q4": "0.6"}, "missing": "block",
            "adjustments": "summed", "bonus_cap": 6, "bands": [{"stars": 5, "grade": "年度优秀", "from": 95}],
        },
    }  # fmt: skip


SAID = (
    "满分100分。",
    "基础分 = 考评 × 70% + 民主测评 × 30%。",
    "当期有指标不考评的，其余指标折算为满分。",
    "加分不计入定等得分，也不计入排名。",
    "总分最高105分。",
    "按定等得分排名，保留2位小数。 得分相同的，依次比较：“组织建设”、加分。",
    "得分率达到80%为达标。",
    "考评时间：第二季度、第四季度。",
    "由组织科评分。",
    "每次扣 2 分，最多 10 分（设支委会的支部）",
    "10 + 外部导入得分 × -2。",
    "最低1分。",
    "上不封顶。",
    "合计最多10分。",
    "获得表彰、经验推广：合计最多4分。",
    "从考评得分中扣减，扣完为止。",
    "合计最多20分。",
    "有创新项目",
    "占党支部总数约10%，不符时提醒。",
    "不少于党支部总数的5%，不足时提醒。",
    "权重：第二季度 × 40%，第四季度 × 60%。",
    "各期加分、减分按年度另行合计，不在各期得分内平均。",
    "全年加分最多6分。",
    "年度优秀",
)


@pytest.fixture
def html(city, office, sign_in) -> str:
    version = make_scheme(version="whole", **full_scheme())
    return sign_in(office).get(f"/schemes/{version.pk}/").content.decode()


def test_every_key_that_decides_a_figure_is_said(html):
    assert [sentence for sentence in SAID if sentence not in html] == []


def test_a_plain_scheme_says_no_more_than_it_has(city, office, sign_in):
    version = make_scheme(version="plain")
    page = sign_in(office).get(f"/schemes/{version.pk}/").content.decode()
    assert "基础分 = 考评 × 100%。" in page
    assert [word for word in ("上不封顶", "折算", "依次比较", "得分中扣减", "年度等次", "提醒。") if word in page] == []
