"""Micro-points: exact decimals in, half away from zero, nothing overflows."""

from decimal import Decimal

import numpy as np
import pytest

from assessments.scoring.numbers import NumberError, divide, mul_div, parse_up, plain, printed, product, round_to

array = np.array


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0.1", 100000),
        (" 3 ", 3000000),
        ("-0.000001", -1),
        (".5", 500000),
        ("2.", 2000000),
        (7, 7000000),
        (Decimal("1.10"), 1100000),
        ("0.5000000000", 500000),
        ("+4.25", 4250000),
        ("1000000", 10**12),
    ],
)
def test_decimal_text_becomes_micro_points(value, expected):
    assert parse_up(value) == expected


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("0.0000001", "too_many_places"),
        ("1000000.000001", "too_large"),
        (-1000001, "too_large"),
        (0.1, "float"),
        ("1e3", "not_number"),
        ("NaN", "not_number"),
        ("１", "not_number"),
        ("1,000", "not_number"),
        (True, "not_number"),
        ("", "not_number"),
        (".", "not_number"),
        ("inf", "not_number"),
        ("9" * 100, "not_number"),
        (None, "not_number"),
    ],
)
def test_anything_else_is_refused_with_its_reason(value, code):
    with pytest.raises(NumberError) as caught:
        parse_up(value)
    assert caught.value.code == code


def test_a_tenth_and_two_tenths_are_three_tenths():
    assert plain(parse_up("0.1") + parse_up("0.2")) == "0.3"


def test_halves_are_rounded_away_from_zero():
    assert divide(array([5, -5, 4, -4, 15]), 10).tolist() == [1, -1, 0, 0, 2]
    assert round_to(array([89_995_000, -89_995_000, 89_994_999]), 2).tolist() == [90_000_000, -90_000_000, 89_990_000]
    assert [printed(89_995_000, 2), printed(-4_999, 2), printed(2_500_000, 0)] == ["90.00", "0.00", "3"]


def test_products_beyond_64_bits_stay_exact():
    million_up = 10**12
    assert mul_div(array([million_up]), million_up, million_up).tolist() == [million_up]
    assert product(array([million_up]), array([million_up])).tolist() == [10**24]
    assert divide(array([2**62 - 1]), 1).tolist() == [2**62 - 1]
