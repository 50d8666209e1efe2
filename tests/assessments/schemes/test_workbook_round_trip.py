"""Scheme → workbook → scheme loses nothing: random schemes of all rules, odd texts, other programs in between."""

import io
import random
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assessments.schemes.filekinds import read_scheme, write_scheme
from assessments.scoring import Scheme
from assessments.scoring.numbers import SCALE, plain
from branchportal.errors import PortalError
from tests.assessments.scoring.random_schemes import Case

FIXTURES = sorted((Path(__file__).parents[3] / "fixtures" / "schemes").rglob("*.yaml"))
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # a smaller scheme says no more, and takes minutes to find
PROPERTY = {
    "deadline": None,
    "phases": PHASES,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}
ODD = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("“”、，= +-@'\n\r\t【】※_x0041_"),
    max_size=12,
)
TEXT = ODD.filter(str.strip)


def read_back(scheme: Scheme, content: bytes | None = None) -> Scheme:
    content = content or write_scheme(scheme, "xlsx")
    file = read_scheme("方案.xlsx", content)
    assert [problem for problem in file.check() if problem.severity == "error"] == []
    return Scheme.from_data(file.data)


def saved_by_openpyxl(content: bytes) -> bytes:
    out = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(content)).save(out)
    return out.getvalue()


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_yaml_to_workbook_to_yaml_is_the_same_file(path):
    scheme = Scheme.from_data(read_scheme(path.name, path.read_bytes()).data)
    assert write_scheme(read_back(scheme), "yaml") == write_scheme(scheme, "yaml")


@settings(max_examples=25, **PROPERTY)
@given(seed=st.integers(0, 2**32))
def test_random_scheme_comes_back_equal(seed):
    scheme = Scheme.from_data(Case(random.Random(seed), branches=0).scheme)
    found = read_back(scheme)
    assert found == scheme
    assert write_scheme(found, "yaml") == write_scheme(scheme, "yaml")


@settings(max_examples=8, **PROPERTY)
@given(seed=st.integers(0, 2**32))
def test_random_scheme_survives_another_program(seed):
    scheme = Scheme.from_data(Case(random.Random(seed), branches=0).scheme)
    assert read_back(scheme, saved_by_openpyxl(write_scheme(scheme, "xlsx"))) == scheme


@st.composite
def odd_schemes(draw: st.DrawFn) -> Scheme:
    """A scheme whose texts, codes and figures are as odd as they may be."""
    code = TEXT.map(str.strip).filter(lambda text: text and text[0] != "@" and not set(text) & set("\n\r\t"))
    codes = draw(st.lists(code, min_size=9, max_size=9, unique=True))
    up = st.integers(0, 10**12).map(lambda value: plain(value))
    sectors = draw(st.lists(TEXT.map(str.strip).filter(bool), max_size=3, unique=True))
    points = draw(st.integers(SCALE, 10**11))
    levels = draw(st.dictionaries(TEXT, up, min_size=1, max_size=3))
    leaf = {
        "code": codes[1], "name": draw(TEXT), "points": plain(points), "standard": draw(ODD), "rule": "measure",
        "sectors": sectors[:1], "reviewer_unit": draw(ODD), "source": draw(ODD), "ceiling": "none",
        "due": draw(st.sampled_from(["every", "year_end", "on_event", ["year_end"], ["Q1", "M01"]])),
        "bands": [{"from": draw(up), "points": "-0.000001"}],
        "criteria": [{"code": codes[2], "text": draw(TEXT), "points": "-1.5", "unit": draw(ODD)}],
    }  # fmt: skip
    other = {"code": codes[6], "name": draw(TEXT), "points": plain(points), "rule": "entry", "sectors": sectors[1:]}
    rows = [leaf] if len(sectors) < 2 else [leaf, other]
    data = {
        "code": codes[0], "version": draw(code), "name": draw(TEXT), "notes": draw(ODD), "sectors": sectors,
        "full_marks": plain(points), "round_before_banding": "none", "tie_break": [codes[3]], "rescale": True,
        "indicators": [{"code": codes[3], "name": draw(TEXT), "points": plain(points), "children": rows}],
        "bonus": {"items": [{"code": codes[4], "text": draw(TEXT), "levels": levels, "unit": draw(ODD)}]},
        "flags": [{"code": codes[5], "text": draw(TEXT)}],
        "veto": [{"code": codes[7], "text": draw(TEXT), "effect": {"max_stars": 0}}],
        "bands": [{"stars": 1, "grade": draw(TEXT), "from": "-0.5", "requires": [{"flag": codes[5]}]}],
        "year": {"periods": ["Q1", "M01", "year_end"], "method": "last", "missing": "skip"},
    }  # fmt: skip
    data["year"]["bands"] = [
        {"stars": 1, "grade": "年", "from": 0, "requires": [
            {"good_periods": {"grade": data["bands"][0]["grade"], "count": 1}},
            {"dimension_share": {"code": codes[3], "min": Decimal("0.333333")}},
        ]},
    ]  # fmt: skip
    return Scheme.from_data(data)


@settings(max_examples=60, **PROPERTY)
@given(scheme=odd_schemes())
def test_odd_texts_codes_and_figures_come_back(scheme):
    assert read_back(scheme) == scheme
    assert Scheme.from_data(read_scheme("方案.yaml", write_scheme(scheme, "yaml")).data) == scheme


def test_a_text_longer_than_a_cell_is_refused_when_written():
    data = Case(random.Random(1), branches=0).scheme | {"notes": "长" * 32_768}
    with pytest.raises(PortalError) as refused:
        write_scheme(Scheme.from_data(data), "xlsx")
    assert "说明!B16" in refused.value.message
    assert "YAML" in refused.value.message
    assert read_back(Scheme.from_data(data | {"notes": "长" * 32_767})).notes == "长" * 32_767
