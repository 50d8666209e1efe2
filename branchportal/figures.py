"""Micro-points for people: integers in, text out; and back. No floats on the way."""

from decimal import Decimal, InvalidOperation

MICRO = 1_000_000


def points_text(points_up: int | None, places: int = 2) -> str:
    """Micro-points as decimal text, rounded half away from zero to `places`; "—" when missing."""
    if points_up is None:
        return "—"
    unit = 10 ** (6 - places)
    whole, rest = divmod(abs(int(points_up)), unit)
    rounded = whole + (1 if rest * 2 >= unit else 0)
    sign = "-" if points_up < 0 and rounded else ""
    if not places:
        return f"{sign}{rounded}"
    return f"{sign}{rounded // 10**places}.{rounded % 10**places:0{places}d}"


def plain_text(points_up: int | None) -> str:
    """Micro-points with as many decimals as they need ("3.5", "0.000001"); "—" when missing."""
    if points_up is None:
        return "—"
    text = points_text(points_up, 6).rstrip("0").rstrip(".")
    return text or "0"


def micro(text: str) -> int:
    """Micro-points from decimal text. Raises ValueError for text, NaN, more than 6 places or beyond ±1,000,000."""
    try:
        number = Decimal(str(text).strip())
    except InvalidOperation:
        raise ValueError(text) from None
    if not number.is_finite() or abs(number) > MICRO or number != number.quantize(Decimal("0.000001")):
        raise ValueError(text)
    return int(number * MICRO)
