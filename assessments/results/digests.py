"""What makes a tally reproducible: canonical JSON of its inputs, decisions and results, and SHA-256 over it.

Figures are whole micro-points, keys are sorted, branches stand in the order of their codes; no ids of the database,
no times, no paths. (RFC 8785 asks for the same bytes: no number here needs more than 53 bits.)
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ..scoring import ENGINE_VERSION
from .gather import Inputs

FORMAT = 1
RESULT_FIELDS = (
    "status", "base_up", "bonus_up", "penalty_up", "total_up", "graded_up", "stars_opened", "stars_limited", "stars",
    "grade", "rank_all", "rank_sector", "reasons", "is_vetoed",
)  # fmt: skip


def canonical(content: object) -> bytes:
    """JSON with sorted keys and no spaces, as UTF-8: equal content, equal bytes."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def sha256(content: object) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()


def input_content(inputs: Inputs, engine: str = ENGINE_VERSION) -> dict[str, object]:
    """Everything that decides the figures: engine, scheme, period, sealed sheets by digest, facts of branches."""
    version = inputs.version
    return {
        "format": FORMAT,
        "engine": engine,
        "scheme": {"code": version.scheme.code, "version": version.version, "digest": version.digest},
        "period": inputs.period,
        "purpose": str(inputs.cycle.purpose) if inputs.cycle else "year",
        "quarters": {period: tally.digest for period, tally in inputs.quarters.items()},
        "inputs": [
            {
                "branch": entry.code,
                "committee": entry.organization,
                "exempt": entry.exempt_reason if entry.is_exempt else None,
                "previous_stars": entry.previous_stars,
                "sector": entry.sector,
                "sheet": entry.digest or None,
                "status": str(entry.status),
            }
            for entry in inputs.entries
        ],
    }


def tally_digest(
    content: Mapping[str, object], decisions: Iterable[Mapping[str, object]], results: Sequence[Mapping[str, object]]
) -> str:
    """The digest that a publication shows: inputs, people's decisions and results together."""
    said = sorted(decisions, key=lambda decision: str(decision["branch"]))
    return sha256({**content, "decisions": said, "results": list(results)})


def decision_content(branch: str, stars: int, reason: str) -> dict[str, object]:
    return {"branch": branch, "stars": stars, "reason": reason}


def result_content(branch: str, values: Sequence[object], dimensions: bytes) -> dict[str, object]:
    """One result; `values` in the order of RESULT_FIELDS, `dimensions` as the column holds them."""
    pairs = np.frombuffer(bytes(dimensions), dtype="<i8").reshape(-1, 2).tolist()
    found = dict(zip(RESULT_FIELDS, values, strict=True))
    return {**found, "branch": branch, "dimensions": pairs}
