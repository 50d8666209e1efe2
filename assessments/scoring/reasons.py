"""Why a branch has no total, no stars or fewer than its score opens: short codes in a fixed order."""

from dataclasses import dataclass

import numpy as np

from .banding import CUT, SETTLED, TIED
from .batch import Batch
from .components import StageScore
from .layout import ALWAYS_STAGES, MARKED, MISSING, NOT_APPLICABLE
from .outcome import EXEMPT, Outcome
from .scheme import GIVEN_RULES, Scheme


@dataclass(frozen=True, slots=True)
class Reason:
    """`code` is exempt, missing, nothing_possible, missing_period, veto, condition, quota, tie or waiting.

    `parts` says of what: missing (component, indicator), condition (grade, kind, code), quota, tie, waiting (grade).
    """

    code: str
    parts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ":".join((self.code, "/".join(self.parts))) if self.parts else self.code


def reasons(scheme: Scheme, batch: Batch, outcome: Outcome, at: int) -> tuple[Reason, ...]:
    """Everything that held one branch back."""
    if outcome.status[at] == EXEMPT:
        return (Reason("exempt"),)
    vetoes = [Reason("veto", (veto.code,)) for number, veto in enumerate(scheme.veto) if outcome.vetoes[at, number]]
    if not outcome.has_total[at]:
        return (*_missing(scheme, outcome, at), *vetoes)
    return (*vetoes, *_held_back(scheme, outcome, at))


def _missing(scheme: Scheme, outcome: Outcome, at: int) -> list[Reason]:
    if outcome.missing_periods is not None:
        absent = zip(scheme.year.periods, outcome.missing_periods[at], strict=True)
        return [Reason("missing_period", (name,)) for name, missing in absent if missing]
    found: list[Reason] = []
    for number, component in enumerate(scheme.components):
        if component.weight_up == 0 or outcome.components_present[at, number]:
            continue
        score = outcome.stages.get(component.source)
        if score is None or (component.source not in ALWAYS_STAGES and not _any_mark(scheme, score, at)):
            found.append(Reason("missing", (component.source,)))
            continue
        absent_leaves = [
            leaf.code for leaf, state in zip(scheme.leaves, score.states[at], strict=True) if state == MISSING
        ]
        found += [Reason("missing", (component.source, code)) for code in absent_leaves]
        if not absent_leaves:
            found.append(Reason("nothing_possible", (component.source,)))
    return found


def _any_mark(scheme: Scheme, score: StageScore, at: int) -> bool:
    """Whether the stage holds a mark of its own; a meeting or a visit without any may be given as a whole."""
    own = [leaf.rule not in GIVEN_RULES for leaf in scheme.leaves]
    return bool(np.isin(score.states[at, own], (MARKED, NOT_APPLICABLE)).any())


def _held_back(scheme: Scheme, outcome: Outcome, at: int) -> list[Reason]:
    """Conditions failed in bands that the score reached, and what the quotas did, from the top down."""
    settled, ladder = outcome.settled, scheme.bands_for(outcome.period)
    undecided = int(settled.undecided[at])
    end = int(settled.undecided_band[at] if undecided != SETTLED else settled.band[at])
    found: list[Reason] = []
    for number, band in enumerate(ladder if end < 0 else ladder[:end]):
        if not settled.reached[at, number]:
            continue
        for condition, failed in zip(band.requires, settled.failed[number], strict=True):
            if failed[at]:
                parts = (band.grade, condition.kind, condition.code)
                found.append(Reason("condition", tuple(part for part in parts if part)))
        if settled.fates[at, number] == CUT:
            found.append(Reason("quota", (band.grade,)))
    if undecided != SETTLED:
        found.append(Reason("tie" if undecided == TIED else "waiting", (ladder[end].grade,)))
    return found
