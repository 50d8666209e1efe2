"""Whatever stands in the cells, reading ends with data or with sentences, and every place named is a cell."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assessments.schemes.filekinds import SchemeFile, read_scheme, write_scheme
from assessments.schemes.sentences import scheme_sentence
from assessments.schemes.workbook import words
from assessments.schemes.workbook.layout import PAGES
from assessments.schemes.workbook.reading import read_sheets
from assessments.scoring import Scheme, SchemeError
from branchportal.workbooks import Row, SheetCells, read_workbook

TEMPLATE = Path("fixtures/schemes/template.yaml")
TITLES = "|".join(page.title for page in PAGES)
PLACE = re.compile(f"(?:{TITLES})(?:![A-Z]{{1,2}}[0-9]+)?")
WORDS = [
    word for name, table in vars(words).items() if name.isupper() and isinstance(table, dict) for word in table.values()
]
MARKS = [block.marker for page in PAGES for block in page.blocks]
HEADS = [field.heading for page in PAGES for block in page.blocks for field in block.fields]
JUNK = st.sampled_from([*WORDS, *MARKS, *HEADS, "", " ", "0", "-1", "1e9", "NaN", "30%", "“", "“、", "@", "1.1", "B1"])
SPOILT = st.tuples(
    st.integers(0, 5), st.integers(0, 40), st.integers(0, 26), JUNK | st.text(max_size=6), st.sampled_from("tnbd")
)


@pytest.fixture(scope="module")
def sheets() -> list[SheetCells]:
    content = write_scheme(Scheme.from_data(read_scheme("a.yaml", TEMPLATE.read_bytes()).data), "xlsx")
    return read_workbook(content, most_sheets=6, most_rows=1000, most_columns=40)


def spoil(sheet: SheetCells, row: int, column: int, text: str, kind: str) -> None:
    old = sheet.rows[row % len(sheet.rows)]
    cells = old.cells + [""] * (column + 1 - len(old.cells))
    kinds = old.kinds.ljust(column + 1, "-")
    cells[column] = text
    kinds = kinds[:column] + (kind if text else "-") + kinds[column + 1 :]
    sheet.rows[row % len(sheet.rows)] = Row(old.number, cells, kinds)


@settings(
    max_examples=300,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(changes=st.lists(SPOILT, min_size=1, max_size=8))
def test_any_cell_may_hold_anything(sheets, changes):
    copies = [SheetCells(sheet.title, list(sheet.rows)) for sheet in sheets]
    for at, *change in changes:
        spoil(copies[at], *change)
    try:
        data, problems, cells = read_sheets(copies)
        problems = SchemeFile(data, tuple(problems), cells).check()
    except SchemeError as error:
        problems = error.problems
    for problem in problems:
        assert PLACE.fullmatch(problem.path), problem
        assert scheme_sentence(problem)
