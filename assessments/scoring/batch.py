"""What the engine is given: facts of branches, marks, given values, claims and vetoes of one period, as arrays."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .layout import Mark, layout_of
from .numbers import BoolArray, IntArray
from .scheme import GIVEN_RULES, Adjustment, Scheme

UNKNOWN_STARS = -1


@dataclass(frozen=True, slots=True)
class BranchFacts:
    """What the engine knows of one branch. `committee` is its organization, for a quota `within: committee`."""

    code: str
    sector: str = ""
    committee: str = ""
    exempt: bool = False
    previous_stars: int | None = None
    has_committee: bool = True  # a 支委会 of its own
    has_groups: bool = True  # 党小组


@dataclass(frozen=True)
class Branches:
    """Branches as columns; `sector` and `committee` are numbers into their names."""

    codes: tuple[str, ...]
    sector: IntArray
    sector_names: tuple[str, ...]
    committee: IntArray
    committee_names: tuple[str, ...]
    exempt: BoolArray
    previous_stars: IntArray
    has_committee: BoolArray
    has_groups: BoolArray

    @staticmethod
    def of(facts: Sequence[BranchFacts]) -> "Branches":
        sectors = tuple(sorted({fact.sector for fact in facts}))
        committees = tuple(sorted({fact.committee for fact in facts}))
        sector_at = {name: at for at, name in enumerate(sectors)}
        committee_at = {name: at for at, name in enumerate(committees)}
        stars = [UNKNOWN_STARS if fact.previous_stars is None else fact.previous_stars for fact in facts]
        return Branches(
            codes=tuple(fact.code for fact in facts),
            sector=np.array([sector_at[fact.sector] for fact in facts], dtype=np.int64),
            sector_names=sectors,
            committee=np.array([committee_at[fact.committee] for fact in facts], dtype=np.int64),
            committee_names=committees,
            exempt=np.array([fact.exempt for fact in facts], dtype=np.bool_),
            previous_stars=np.array(stars, dtype=np.int64),
            has_committee=np.array([fact.has_committee for fact in facts], dtype=np.bool_),
            has_groups=np.array([fact.has_groups for fact in facts], dtype=np.bool_),
        )

    def __len__(self) -> int:
        return len(self.codes)

    def only(self, at: int) -> "Branches":
        """The same for one branch."""
        pick = slice(at, at + 1)
        return replace(
            self,
            codes=self.codes[pick],
            sector=self.sector[pick],
            committee=self.committee[pick],
            exempt=self.exempt[pick],
            previous_stars=self.previous_stars[pick],
            has_committee=self.has_committee[pick],
            has_groups=self.has_groups[pick],
        )

    def facts(self, at: int) -> BranchFacts:
        stars = int(self.previous_stars[at])
        return BranchFacts(
            self.codes[at],
            self.sector_names[self.sector[at]],
            self.committee_names[self.committee[at]],
            bool(self.exempt[at]),
            None if stars == UNKNOWN_STARS else stars,
            bool(self.has_committee[at]),
            bool(self.has_groups[at]),
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """A bonus claim or a recorded penalty. Only accepted ones count; an empty matter is a matter of its own."""

    branch: int
    item: str
    count: int = 1
    level: str = ""
    matter: str = ""
    accepted: bool = True


@dataclass(frozen=True)
class Claims:
    """Accepted claims of the bonus or of the penalty part, sparse. `unit_up` is what one occurrence gives."""

    branch: IntArray
    item: IntArray  # position in `Adjustment.items`
    level: IntArray  # position among the item's levels, 0 without levels
    matter: IntArray  # equal numbers: the same matter
    count: IntArray
    unit_up: IntArray
    matters: tuple[str, ...]  # the text of each claim's matter, for the working

    @staticmethod
    def of(part: Adjustment, claims: Iterable[Claim]) -> "Claims":
        items = {item.code: at for at, item in enumerate(part.items)}
        levels = [{name: at for at, name in enumerate(sorted(item.levels_up))} for item in part.items]
        units = [{"": item.points_up, **item.levels_up} for item in part.items]
        kept = [claim for claim in claims if claim.item in items and claim.accepted]
        keys: dict[str, int] = {}
        matters = tuple([claim.matter for claim in kept])
        pairs = [(items[claim.item], claim.level) for claim in kept]
        level_of = {(at, level): levels[at].get(level, 0) for at, level in set(pairs)}
        unit_of = {(at, level): units[at][level] for at, level in level_of}
        return Claims(
            branch=_column([claim.branch for claim in kept]),
            item=_column([at for at, _level in pairs]),
            level=_column([level_of[pair] for pair in pairs]),
            matter=_column([keys.setdefault(text, len(keys)) if text else -1 - at for at, text in enumerate(matters)]),
            count=_column([claim.count for claim in kept]),
            unit_up=_column([unit_of[pair] for pair in pairs]),
            matters=matters,
        )

    def __len__(self) -> int:
        return len(self.branch)

    def only(self, at: int) -> "Claims":
        keep = np.flatnonzero(self.branch == at)
        return Claims(
            branch=np.zeros(len(keep), dtype=np.int64),
            item=self.item[keep],
            level=self.level[keep],
            matter=self.matter[keep],
            count=self.count[keep],
            unit_up=self.unit_up[keep],
            matters=tuple(self.matters[index] for index in keep),
        )


def _column(values: list[int]) -> IntArray:
    return np.array(values, dtype=np.int64)


@dataclass(frozen=True)
class Batch:
    """One period of many sheets under one scheme, in the positions of its layout."""

    period: str
    branches: Branches
    marks: IntArray  # (n, stages, width)
    given: IntArray  # (n, given_width)
    bonus: Claims
    penalty: Claims
    vetoes: BoolArray  # (n, vetoes of the scheme)

    @staticmethod
    def of(
        scheme: Scheme,
        period: str,
        branches: Branches | Sequence[BranchFacts],
        *,
        marks: IntArray | None = None,
        given: IntArray | None = None,
        claims: Iterable[Claim] = (),
        vetoes: Iterable[tuple[int, str]] = (),
    ) -> "Batch":
        """A batch from arrays (as `Layout.unpack` returns them) and sparse records. `vetoes`: (branch, veto code)."""
        columns = branches if isinstance(branches, Branches) else Branches.of(branches)
        empty_marks, empty_given = layout_of(scheme).empty(len(columns))
        known = {veto.code: at for at, veto in enumerate(scheme.veto)}
        table = np.zeros((len(columns), len(scheme.veto)), dtype=np.bool_)
        for branch, code in vetoes:
            table[branch, known[code]] = True
        records = tuple(claims)
        return Batch(
            period=period,
            branches=columns,
            marks=empty_marks if marks is None else marks,
            given=empty_given if given is None else given,
            bonus=Claims.of(scheme.bonus, records),
            penalty=Claims.of(scheme.penalty, records),
            vetoes=table,
        )

    def __len__(self) -> int:
        return len(self.branches)

    def only(self, at: int) -> "Batch":
        """The same period for one branch, for its working."""
        pick = slice(at, at + 1)
        return Batch(
            self.period,
            self.branches.only(at),
            self.marks[pick],
            self.given[pick],
            self.bonus.only(at),
            self.penalty.only(at),
            self.vetoes[pick],
        )


def put_marks(scheme: Scheme, batch: Batch, at: int, stage: str, marks: Mapping[str, Mark | None]) -> None:
    """Write checked marks of one stage of one branch into a batch with arrays of its own."""
    layout = layout_of(scheme)
    row = batch.marks[at, layout.stage_index(stage)]
    for code, mark in marks.items():
        layout.put(batch.given[at] if scheme.by_code[code].rule in GIVEN_RULES else row, code, mark)
