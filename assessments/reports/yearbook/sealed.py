"""Sealed sheets of a period, scored stage by stage: for what a report says of indicators.

Reads the sealed columns in the layout of their scheme version (`results/frozen.py`), never rows of marks: 7,000 sheets
take one statement and some tenths of a second.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from operator import itemgetter

import numpy as np
from django.db.models import QuerySet

from ...cycles.models import Cycle
from ...results.frozen import frozen_groups
from ...schemes.loading import scheme_and_layout
from ...scoring import MARKED, Batch, Layout, Scheme, StageScore, score_stage
from ...scoring.numbers import BoolArray, IntArray
from ...scoring.scheme import Indicator
from ...sheets.freezing import read_claims_of
from ...sheets.models import Sheet


@dataclass(frozen=True)
class Sealed:
    """Sealed sheets of one cycle under one scheme version, in the order of their ids."""

    cycle: Cycle
    scheme: Scheme
    layout: Layout = field(repr=False)
    sheets: Sequence[int]
    paths: Sequence[str]  # of the organizations that they belong to
    sectors: Sequence[str]  # codes, as they were sealed
    batch: Batch = field(repr=False)

    @cached_property
    def stage(self) -> str:
        """The marks that count: the review, or the heaviest component made of marks where the review has no weight."""
        weights = {component.source: component.weight_up for component in self.scheme.components}
        marked = [name for name in self.layout.stages if weights.get(name)]
        return max(marked, key=lambda name: (name == "review", weights[name]), default="review")

    def score(self, stage: str = "") -> StageScore:
        """States and points of every indicator in a stage; without a name, in the one that counts."""
        return score_stage(self.scheme, self.batch, stage or self.stage)

    def leaves(self) -> Iterator[tuple[int, Indicator]]:
        """Every indicator that carries marks, with its column."""
        return enumerate(self.scheme.leaves)


def sealed_of(sheets: QuerySet[Sheet], cycles: Iterable[Cycle]) -> list[Sealed]:
    """The sealed ones of `sheets` in these cycles, by cycle and scheme version. Two queries."""
    known = {cycle.pk: cycle for cycle in cycles}
    rows = sheets.filter(cycle__in=known).exclude(digest="").order_by("cycle_id", "scheme_version_id", "pk")
    columns = rows.values_list(
        "cycle_id", "scheme_version_id", "scheme_version__digest", "pk", "organization__path", "frozen_claims"
    )
    groups = [(key, list(lines)) for key, lines in groupby(columns, key=itemgetter(0, 1, 2))]
    if not groups:
        return []
    read = [scheme_and_layout(digest, version) for (_cycle, version, digest), _lines in groups]
    tables = frozen_groups(
        [(layout, [line[3] for line in lines]) for (_scheme, layout), (_key, lines) in zip(read, groups, strict=True)]
    )
    return [
        _sealed(known[key[0]], *rules, lines, table)
        for (key, lines), rules, table in zip(groups, read, tables, strict=True)
    ]


def _sealed(
    cycle: Cycle, scheme: Scheme, layout: Layout, lines: list[tuple], table: tuple[IntArray, IntArray]
) -> Sealed:
    facts = read_claims_of([line[5] for line in lines]).facts
    batch = Batch.of(scheme, cycle.period, facts, marks=table[0], given=table[1])
    ids, paths = [line[3] for line in lines], [line[4] for line in lines]
    return Sealed(cycle, scheme, layout, ids, paths, [fact.sector for fact in facts], batch)


def counted(score: StageScore, at: int) -> BoolArray:
    """Which sheets have a mark of their own in a column: no empty row, none that does not apply or was not due."""
    return score.states[:, at] == MARKED


def lost_up(score: StageScore, at: int, leaf: Indicator) -> IntArray:
    """Points that each sheet lost in a column; none where it earned more than the row's points."""
    return np.maximum(leaf.points_up - score.points_up[:, at], 0)
