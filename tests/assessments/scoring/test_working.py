"""The working says what a cap, a matter, a condition or a quota took away."""

from assessments.reports.result_stars import theme_sentence
from assessments.scoring import Batch, BranchFacts, Claim, Mark, evaluate, layout_of, parse_up, stage_working, working

from .helpers import BANDS, batch_of, entry, make

LEAF = {
    "code": "1.1",
    "name": "学习",
    "points": 4,
    "rule": "deduct",
    "criteria": [
        {"code": "a", "text": "缺课", "points": "0.5", "max": 1},
        {"code": "b", "text": "缺记录", "points": 1},
        {"code": "c", "text": "党小组", "points": 1, "applies_if": "has_groups"},
    ],
}
SCHEME = make(
    {"code": "1", "name": "政治", "points": 10, "children": [LEAF, entry("1.2", 6)]},
    entry("2", 90),
    bonus={
        "cap": 5,
        "groups": [{"code": "g", "cap": 3}],
        "items": [
            {"code": "B1", "text": "表彰", "group": "g", "levels": {"省级": 4, "市级": 2}},
            {"code": "B2", "text": "推广", "points": 1, "max": 2, "per_matter": "each"},
        ],
    },
    bands=[{**BANDS[0], "requires": [{"dimension_share": {"code": "1", "min": "0.8"}}]}, *BANDS[1:]],
)
CLAIMS = [
    Claim(0, "B1", level="省级", matter="文"),
    Claim(0, "B1", level="市级", matter="文"),
    Claim(0, "B2", count=5, matter="经验"),
]


def sample():
    layout = layout_of(SCHEME)
    marks, given = layout.empty(1)
    row = marks[0, layout.stage_index("review")]
    layout.put(row, "1.1", Mark(counts={"a": 5, "b": 2, "c": 1}, waived=frozenset("b")))
    layout.put(row, "1.2", Mark(parse_up("4.5")))
    layout.put(row, "2", Mark(parse_up("83.75")))
    facts = [BranchFacts("甲", has_groups=False)]
    return Batch.of(SCHEME, "Q1", facts, marks=marks, given=given, claims=CLAIMS)


def test_an_indicator_shows_every_criterions_share():
    batch = sample()
    shown = stage_working(SCHEME, batch, 0, "review").indicators[0]
    assert (shown.code, shown.dimension, shown.raw_up, shown.counted_up) == ("1.1", "1", 3_000_000, 3_000_000)
    shares = [(each.code, each.effect_up, each.lost_up, each.waived, each.asked) for each in shown.criteria]
    assert shares == [
        ("a", -1_000_000, -1_500_000, False, True),  # 5 × 0.5 = 2.5, at most 1
        ("b", 0, 0, True, True),
        ("c", 0, 0, False, False),
    ]


def test_total_band_and_next_star_are_explained():
    batch = sample()
    found = working(SCHEME, batch, evaluate(SCHEME, batch), 0)
    assert (found.base_up, found.bonus_up, found.total_up) == (91_250_000, 5_000_000, 96_250_000)
    bonus = found.bonus
    assert [(claim.claimed_up, claim.counted_up, claim.same_matter) for claim in bonus.claims] == [
        (4_000_000, 4_000_000, False),
        (2_000_000, 0, True),
        (5_000_000, 5_000_000, False),
    ]
    assert [step.taken_up for step in bonus.items] == [0, 3_000_000]
    assert [step.taken_up for step in bonus.groups] == [1_000_000]
    assert (found.stars_score, found.stars_open, found.stars, found.grade) == (5, 4, 4, "四星")
    assert [str(reason) for reason in found.reasons] == ["condition:五星/dimension_share/1"]
    top, second = found.bands[:2]
    assert (top.reached, top.carried, second.carried) == (True, False, True)
    condition = top.conditions[0]
    assert (condition.holds, condition.actual, condition.of) == (False, 7_500_000, 10_000_000)
    assert (found.next_star.stars, found.next_star.short_up) == (5, 0)
    assert found.next_star.failed == (condition,)


def test_the_quota_shows_its_places_and_cut_off():
    scheme = make(bands=[{**BANDS[0], "quota": {"max_share": "0.4", "within": "sector"}}, *BANDS[1:]])
    branches = [BranchFacts(f"b{at}", sector="organ") for at in range(5)]
    batch = batch_of(scheme, ["99", "97", "96", "95", "60"], facts=branches)
    outcome = evaluate(scheme, batch)
    found = working(scheme, batch, outcome, 2)
    quota = found.bands[0].quota
    assert (quota.group, quota.population, quota.places, quota.candidates) == ("organ", 5, 2, 4)
    assert (quota.cutoff_up, found.bands[0].fate, found.next_star.cut) == (97_000_000, "cut", True)
    assert [str(reason) for reason in found.reasons] == ["quota:五星"]
    assert (found.rank_all, found.ranked_all, found.rank_sector) == (3, 5, 3)
    assert working(scheme, batch, outcome, 4).next_star.short_up == 10_000_000


def test_stars_won_apart_are_told_one_by_one():
    flags = [entry(code, 20, **{"pass": "0.8"}) for code in ("1", "2")]
    bands = [{**band, "from": 0} for band in BANDS[3:]]
    scheme = make(*flags, entry("3", 60), star_mode="thematic", bands=bands)
    batch = batch_of(scheme, ["16"])
    layout = layout_of(scheme)
    for code, points in (("2", "15.999999"), ("3", "60")):
        layout.put(batch.marks[0, layout.stage_index("review")], code, Mark(parse_up(points)))
    found = working(scheme, batch, evaluate(scheme, batch), 0)
    assert (found.stars, [(each.code, each.passed) for each in found.themes]) == (1, [("1", True), ("2", False)])
    assert [theme_sentence(each) for each in found.themes] == [
        "“指标1”达标：得16分（共20分），须达到80%。",
        "“指标2”未达标：得15.999999分（共20分），须达到80%。",
    ]


def test_a_sheet_without_a_mark_says_what_is_missing():
    batch = Batch.of(SCHEME, "Q1", [BranchFacts("甲")])
    found = working(SCHEME, batch, evaluate(SCHEME, batch), 0)
    assert (found.status, found.total_up, found.stars, found.next_star) == ("missing", None, None, None)
    assert [str(reason) for reason in found.reasons] == [f"missing:review/{code}" for code in ("1.1", "1.2", "2")]
    assert {each.state for each in found.stages[-1].indicators} == {"missing"}
