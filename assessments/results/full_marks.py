"""What a result can reach without bonus, so that totals on different scales are compared as shares (得分率)."""

from collections.abc import Iterable

from branchportal.figures import points_text

from ..scoring import Scheme
from ..sheets.gather import full_marks_of


def year_full_up(scheme: Scheme, sector: str) -> int:
    """Full marks of a year in micro-points: those of its periods put together by its method."""
    parts = [full_marks_of(scheme, sector, period) for period in scheme.year.periods]
    if scheme.year.method == "sum":
        return sum(parts)
    return parts[0] if len(set(parts)) == 1 else scheme.full_marks_up


def share_up(total_up: int | None, full_up: int | None) -> int | None:
    """The total as a share of the full marks in millionths, rounded half up once; a bonus may lift it above 1."""
    if total_up is None or not full_up:
        return None
    return (2 * total_up * 1_000_000 + full_up) // (2 * full_up)


def differ(fulls_up: Iterable[int | None]) -> bool:
    """Whether these totals stand on different scales; what is unknown decides nothing."""
    return len({full_up for full_up in fulls_up if full_up}) > 1


def share_text(share: int | None) -> str:
    """As it is printed everywhere: per cent with one decimal."""
    return "—" if share is None else f"{points_text(share * 100, 1)}%"
