"""Rows of text out of columns: the same bytes as formatting each value would give."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from branchportal import cells
from branchportal.cells import EvenColumn, HexColumn, NumberColumn, TextColumn

WHOLE = st.integers(-(2**63) + 1, 2**63 - 1)


def text(column: cells.Column, count: int) -> list[bytes]:
    return b"".join(cells.rows([column, b"\n"], count)).split(b"\n")[:-1]


def utf8(values: list) -> list[bytes]:
    return [str(value).encode() for value in values]


@given(st.lists(st.none() | WHOLE | st.integers(-2, 12), min_size=1))
def test_numbers_are_decimal_digits_and_nothing_is_a_word(values):
    expected = [json.dumps(value).encode() for value in values]
    assert text(NumberColumn.of(values, b"null"), len(values)) == expected


@given(st.lists(st.text(st.characters(exclude_characters="\n\0", exclude_categories=["Cs"])), min_size=1))
def test_texts_stay_as_they_are(values):
    assert text(TextColumn.of(values, utf8), len(values)) == utf8(values)


@given(st.lists(st.binary(min_size=3, max_size=3), min_size=1))
def test_bytes_are_hexadecimal(values):
    column = HexColumn(np.frombuffer(b"".join(values), dtype=np.uint8).reshape(len(values), 3))
    assert text(column, len(values)) == [value.hex().encode() for value in values]


@given(st.lists(st.text("ab09-_. ", min_size=5, max_size=5), min_size=1))
def test_texts_of_one_length_are_quoted_at_once(values):
    assert text(EvenColumn.quoted(values), len(values)) == [json.dumps(value).encode() for value in values]


@pytest.mark.parametrize("values", [["a", "bb"], ["甲", "a"], [""]])
def test_other_texts_are_not(values):
    assert EvenColumn.quoted(values) is None


@pytest.mark.parametrize("count", [0, 1, cells.PORTION, cells.PORTION + 1])
def test_rows_stand_side_by_side_in_portions(count):
    numbers, names = list(range(count)), ["甲" if at % 2 else "Z" for at in range(count)]
    found = b"".join(cells.rows([b"<", NumberColumn.of(numbers, b""), b"|", TextColumn.of(names, utf8), b">"], count))
    assert found.decode() == "".join(f"<{number}|{name}>" for number, name in zip(numbers, names, strict=True))


def test_one_very_long_text_does_not_widen_all_rows(monkeypatch):
    monkeypatch.setattr(cells, "MOST_BYTES", 4_000)
    values = [f"{at}" for at in range(500)] + ["长" * 3_000]
    column = TextColumn.of(values, utf8)
    assert text(column, len(values)) == utf8(values)
    assert max(part.count(b"\n") for part in cells.rows([column, b"\n"], len(values))) == 1
