"""What is kept of a trial: one compact row a branch, a summary for the page, a digest. No database here."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ...cycles.models import Cycle
from ...scoring import ENGINE_VERSION
from ..computing import COLUMNS, QUOTA_COLUMNS, Scored, quotas_of
from ..digests import sha256
from .computing import Tried
from .effects import causes_of, shown_stars
from .mapping import SAME

FORMAT = 1
ROW_COLUMNS = (
    "branch", "organization", "sector", "old_status", "new_status", "old_total_up", "new_total_up", "old_rank",
    "new_rank", "old_stars", "new_stars", "ranks_up", "stars_up", "is_moved", "position", "causes",
)  # fmt: skip
DIGESTED = slice(ROW_COLUMNS.index("old_status"), ROW_COLUMNS.index("is_moved"))
OLD_STARS, NEW_STARS, RANKS_UP, STARS_UP, IS_MOVED, POSITION = (
    ROW_COLUMNS.index(name) for name in ("old_stars", "new_stars", "ranks_up", "stars_up", "is_moved", "position")
)
OLD_STATUS, NEW_STATUS = ROW_COLUMNS.index("old_status"), ROW_COLUMNS.index("new_status")
LEFT_OR_CAME = 10**9  # a branch that loses or gains its rank stands before all others
BIN_UP = 5_000_000
MOST_BINS = 24


def rows_of(tried: Tried) -> list[list[Any]]:
    """Rows in the order of branch codes and of ROW_COLUMNS."""
    at = {name: COLUMNS.index(name) for name in ("branch", "organization", "sector", "status", "total_up", "rank_all")}
    rows: list[list[Any]] = []
    for old, new, causes in zip(tried.old.rows, tried.new.rows, causes_of(tried), strict=True):
        stars = shown_stars(old), shown_stars(new)
        ranks = old[at["rank_all"]], new[at["rank_all"]]
        statuses = old[at["status"]], new[at["status"]]
        ranks_up = ranks[0] - ranks[1] if ranks[0] and ranks[1] else 0
        stars_up = stars[1] - stars[0] if None not in stars else 0
        rows.append([
            *(new[at[name]] for name in ("branch", "organization", "sector")), *statuses,
            old[at["total_up"]], new[at["total_up"]], *ranks, *stars, ranks_up, stars_up,
            ranks[0] != ranks[1] or stars[0] != stars[1] or statuses[0] != statuses[1], 0, causes,
        ])  # fmt: skip
    order = sorted(range(len(rows)), key=lambda place: _order(rows[place]))
    for position, place in enumerate(order, start=1):
        rows[place][POSITION] = position
    return rows


def _order(row: Sequence[Any]) -> tuple:
    """Moved first, the largest move of rank first, then of stars."""
    has_rank = [row[ROW_COLUMNS.index(name)] is not None for name in ("old_rank", "new_rank")]
    size = abs(row[RANKS_UP]) if all(has_rank) or not any(has_rank) else LEFT_OR_CAME
    return (not row[IS_MOVED], -size, -abs(row[STARS_UP]))


def category(status: str, stars: int | None) -> str:
    """What a branch counts as in the matrix: its stars, or why it has none."""
    return status if status != "rated" else str(stars or 0)


def summary_of(tried: Tried, rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """All that the page shows beside its table, as plain data."""
    matrix = Counter(
        (category(row[OLD_STATUS], row[OLD_STARS]), category(row[NEW_STATUS], row[NEW_STARS])) for row in rows
    )
    return {
        "tried_on": str(tried.old.group.version),
        "counts": {
            "stars_up": sum(1 for row in rows if row[STARS_UP] > 0),
            "stars_down": sum(1 for row in rows if row[STARS_UP] < 0),
            "ranks_up": sum(1 for row in rows if row[RANKS_UP] > 0),
            "ranks_down": sum(1 for row in rows if row[RANKS_UP] < 0),
            "moved": sum(1 for row in rows if row[IS_MOVED]),
            "status": sum(1 for row in rows if row[OLD_STATUS] != row[NEW_STATUS]),
        },
        "matrix": [[*key, count] for key, count in sorted(matrix.items())],
        "ladders": [_ladder(tried.old), _ladder(tried.new)],
        "is_progress": _is_progress(tried.old),
        "bins": _bins(tried),
        "means_up": [_mean_up(side) for side in (tried.old, tried.new)],
        "quotas": [_quotas(tried.old), _quotas(tried.new)],
        "mapping": _mapping(tried),
        "decisions": [tried.decisions_given, tried.decisions_used],
    }


def _is_progress(side: Scored) -> bool:
    return side.group.cycle is not None and side.group.cycle.purpose == Cycle.Purpose.PROGRESS


def _quotas(side: Scored) -> list[dict[str, Any]]:
    return [dict(zip(QUOTA_COLUMNS, line, strict=True)) for line in quotas_of(side)]


def _ladder(side: Scored) -> list[list[Any]]:
    bands = side.group.scheme.bands_for(side.outcome.period)
    return [[band.stars, band.grade, band.from_up] for band in bands]


def _bins(tried: Tried) -> dict[str, Any]:
    """The distribution of totals on both sides in steps of five points, or larger ones on a larger scale."""
    totals = [side.outcome.total_up[side.outcome.rank_all > 0] for side in (tried.old, tried.new)]
    found = [values for values in totals if len(values)]
    if not found:
        return {"width_up": BIN_UP, "first": 0, "old": [], "new": []}
    low, high = min(int(values.min()) for values in found), max(int(values.max()) for values in found)
    width = BIN_UP * max(1, -(-(high - low) // (BIN_UP * MOST_BINS)))
    first, last = low // width, high // width
    counts = [Counter((values // width).tolist()) for values in totals]
    places = range(first, last + 1)
    return {
        "width_up": width,
        "first": first,
        "old": [counts[0][place] for place in places],
        "new": [counts[1][place] for place in places],
    }


def _mean_up(side: Scored) -> int | None:
    """The mean total, rounded half up once."""
    totals = side.outcome.total_up[side.outcome.rank_all > 0]
    return (2 * int(totals.sum()) + len(totals)) // (2 * len(totals)) if len(totals) else None


def _mapping(tried: Tried) -> dict[str, Any]:
    """What was not simply taken over: assumptions with the branches they met, clauses, items and what fell away."""
    mapped = tried.mapped
    parts = [
        {
            "key": part.key, "code": part.code, "name": part.name, "kind": part.kind, "is_wider": part.is_wider,
            "choice": tried.assumptions.get(part.key, ""), "met": tried.met.get(part.key, 0),
            "notes": [list(note) for note in part.notes],
        }
        for part in mapped.parts
        if part.kind != SAME or part.is_wider or part.notes
    ]  # fmt: skip
    return {
        "parts": parts,
        "same": sum(1 for part in mapped.parts if part.kind == SAME),
        "dropped": [list(pair) for pair in mapped.dropped],
        "dropped_items": [list(pair) for pair in mapped.dropped_items],
        "dropped_components": list(mapped.dropped_components),
        "dropped_claims": tried.dropped_claims,
        "new_flags": [list(pair) for pair in mapped.new_flags],
        "is_rescaled": mapped.is_rescaled,
        "outside": _outside(tried),
    }


def _outside(tried: Tried) -> int:
    """Branches with a total before whose sector the scheme tried is not for."""
    sectors = tried.scheme.sectors
    ranked = (tried.old.outcome.rank_all > 0).tolist()
    return sum(
        1
        for entry, has in zip(tried.old.group.entries, ranked, strict=True)
        if has and sectors and entry.sector not in sectors
    )


def digest_of(tried: Tried, rows: Sequence[Sequence[Any]], content_digest: str) -> str:
    """SHA-256 over everything that decides a trial and all it says; no ids, no times: equal trials, equal digests."""
    said: Mapping[str, Any] = {
        "format": FORMAT,
        "engine": ENGINE_VERSION,
        "scheme": content_digest,
        "compared": tried.compared,
        "assumptions": dict(tried.assumptions),
        "rows": [
            [entry.code, *row[DIGESTED]] for entry, row in zip(tried.new.group.entries, rows, strict=True)
        ],
    }  # fmt: skip
    return sha256(said)
