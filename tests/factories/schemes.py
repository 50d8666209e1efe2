"""A small scheme with one indicator of each common rule: two dimensions, 100 points, a quota on five stars."""

import copy

from django.utils import timezone

from assessments.schemes.models import SchemeVersion
from assessments.schemes.services.drafts import import_scheme
from assessments.schemes.services.rows import write_rows
from assessments.scoring import Scheme

SCHEME = {
    "code": "small",
    "version": "1",
    "name": "测试用考评标准",
    "full_marks": 100,
    "round_before_banding": 2,
    "indicators": [
        {
            "code": "1",
            "name": "组织建设",
            "points": 60,
            "children": [
                {
                    "code": "1.1",
                    "name": "“三会一课”",
                    "points": 20,
                    "standard": "按期召开支部党员大会、支委会、党小组会，按时上好党课。",
                    "rule": "deduct",
                    "criteria": [
                        {"code": "a", "text": "每缺1次会议", "points": 2, "max": 10},
                        {"code": "b", "text": "记录不规范", "points": "0.5"},
                    ],
                },
                {
                    "code": "1.2",
                    "name": "组织生活会",
                    "points": 20,
                    "rule": "choice",
                    "criteria": [
                        {"code": "good", "text": "好", "points": 20},
                        {"code": "fair", "text": "较好", "points": 15},
                        {"code": "poor", "text": "差", "points": 0},
                    ],
                },
                {
                    "code": "1.3",
                    "name": "党费收缴",
                    "points": 20,
                    "rule": "measure",
                    "slope": {"target": 1, "per": "0.01", "points": 1, "max": 20},
                },
            ],
        },
        {
            "code": "2",
            "name": "服务作用",
            "points": 40,
            "children": [
                {
                    "code": "2.1",
                    "name": "办实事",
                    "points": 10,
                    "rule": "add",
                    "criteria": [{"code": "a", "text": "每办1件", "points": 2, "unit": "件"}],
                },
                {"code": "2.2", "name": "经费使用", "points": 10, "rule": "entry"},
                {
                    "code": "2.3",
                    "name": "活动场所",
                    "points": 10,
                    "rule": "choice",
                    "not_applicable": "counts_full",
                    "criteria": [
                        {"code": "yes", "text": "达标", "points": 10},
                        {"code": "no", "text": "不达标", "points": 0},
                    ],
                },
                {"code": "2.4", "name": "群众满意度", "points": 10, "rule": "poll"},
            ],
        },
    ],
    "bonus": {
        "cap": 10,
        "items": [
            {"code": "B1", "text": "获得表彰", "levels": {"国家级": 5, "省级": 3, "市级": 2, "县级": 1}},
            {"code": "B2", "text": "经验推广", "points": 1, "max": 3, "per_matter": "each"},
        ],
    },
    "penalty": {"items": [{"code": "P1", "text": "通报批评", "points": 2, "per_matter": "each"}]},
    "veto": [{"code": "V1", "text": "支部书记受撤职以上处分", "effect": {"max_stars": 2}}],
    "bands": [
        {"stars": 5, "grade": "五星", "from": 90, "quota": {"max_share": "0.5", "within": "sector"}},
        {"stars": 4, "grade": "四星", "from": 80},
        {"stars": 3, "grade": "三星", "from": 70},
        {"stars": 2, "grade": "二星", "from": 60},
        {"stars": 1, "grade": "一星", "from": 0},
    ],
    "year": {"periods": ["Q1", "Q2", "Q3", "Q4"], "method": "mean", "missing": "block"},
}


def sector_indicators() -> list[dict]:
    """The small scheme's indicators with sector rows (个性): 2.5 for organs, 2.6 for villages; each sector has 100."""
    found = copy.deepcopy(SCHEME["indicators"])
    second = found[1]["children"]
    second[0]["points"] = 5
    second += [
        {"code": "2.5", "name": "机关服务", "points": 5, "rule": "entry", "sectors": ["organ"]},
        {
            "code": "2.6",
            "name": "村务公开",
            "points": 5,
            "rule": "deduct",
            "sectors": ["village"],
            "criteria": [{"code": "a", "text": "每缺1次公开", "points": 1}],
        },
    ]
    return found


def make_scheme(**changes: object) -> SchemeVersion:
    """A published version of the small scheme; `changes` replace top-level keys."""
    version = import_scheme(SCHEME | changes)
    write_rows(version, Scheme.from_data(version.content))
    SchemeVersion.objects.filter(pk=version.pk).update(
        status=SchemeVersion.Status.PUBLISHED, published_at=timezone.now()
    )
    version.refresh_from_db()
    return version
