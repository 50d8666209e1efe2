"""What the engine returns for one period, or for the year, as arrays in the order of the branches."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .adjustments import Adjusted
from .banding import Settled
from .components import StageScore
from .conditions import Facts
from .numbers import BoolArray, IntArray
from .scheme import Scheme

RATED, UNDECIDED, MISSING_STATUS, EXEMPT = 0, 1, 2, 3
STATUSES = ("rated", "undecided", "missing", "exempt")
NO_STARS = -1


@dataclass(frozen=True)
class Figures:
    """What the year needs of one period; a caller may build it from stored results. Arrays are (n,) or (n, x)."""

    has_total: BoolArray
    base_up: IntArray
    bonus_up: IntArray
    penalty_up: IntArray
    total_up: IntArray
    graded_up: IntArray
    band: IntArray  # position in `scheme.bands`, -1: none or undecided
    earned_up: IntArray  # (n, dimensions)
    possible_up: IntArray  # (n, dimensions)
    part: BoolArray  # (n, dimensions)
    dimensions_known: BoolArray
    vetoes: BoolArray  # (n, vetoes)


@dataclass(frozen=True)
class Outcome:
    """One period of all branches. Figures of a branch without a total are 0 and mean nothing: ask `has_total`.

    `status` indexes STATUSES. `stars` is NO_STARS where nothing is rated or undecided; `stars_score` is what the score
    opens, `stars_open` what conditions and vetoes leave of it, `stars` what the quota leaves. Rank 0: unranked.
    """

    period: str
    status: IntArray
    has_total: BoolArray
    components_up: IntArray  # (n, components): as they enter the base, a penalty `from` one taken off
    components_raw_up: IntArray  # (n, components): before that
    components_present: BoolArray  # (n, components)
    base_up: IntArray
    bonus_up: IntArray
    penalty_up: IntArray
    total_up: IntArray
    graded_up: IntArray
    banded_up: IntArray  # graded, rounded as `round_before_banding` says
    ranked_up: IntArray  # the figure ranks compare, as printed
    rank_all: IntArray
    rank_sector: IntArray
    rank_committee: IntArray
    stars_score: IntArray
    stars_open: IntArray
    stars: IntArray
    settled: Settled
    facts: Facts
    vetoes: BoolArray
    stages: Mapping[str, StageScore]  # of the stages computed; empty for the year
    bonus: Adjusted | None
    penalty: Adjusted | None
    missing_periods: BoolArray | None = None  # (n, periods), year only
    used_periods: BoolArray | None = None  # (n, periods), year only

    def __len__(self) -> int:
        return len(self.status)

    def figures(self) -> Figures:
        """This period as the year takes it up."""
        dimensions = self.facts.dimensions
        return Figures(
            self.has_total,
            self.base_up,
            self.bonus_up,
            self.penalty_up,
            self.total_up,
            self.graded_up,
            np.where(self.status == RATED, self.settled.band, -1),
            dimensions.earned_up,
            dimensions.possible_up,
            dimensions.part,
            dimensions.known,
            self.vetoes,
        )

    def grade(self, scheme: Scheme, at: int) -> str:
        """The grade of one branch; empty where it carries none."""
        if self.status[at] != RATED:
            return ""
        band = int(self.settled.band[at])
        return UNGRADED if band < 0 else scheme.bands_for(self.period)[band].grade

    def bars_honours(self, scheme: Scheme, at: int) -> bool:
        """Whether a veto takes the branch out of honours."""
        return any(
            self.vetoes[at, position] for position, veto in enumerate(scheme.veto) if veto.effect == "bar_honours"
        )


UNGRADED = "不定星"
