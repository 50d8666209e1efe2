"""Why these stars, and why not the next one: score, conditions, vetoes, quota, decision, as sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from branchportal.figures import plain_text, points_text

from ..cycles.models import Cycle
from ..results.models import Result
from ..scoring import SCALE, Scheme
from ..scoring.explain import ThemeTried
from ..scoring.scheme import YEAR, Band
from ..scoring.working import Working
from . import sentences
from .result_working import Explained

FATES = ("cut", "tied", "waiting")


@dataclass(frozen=True)
class StarTold:
    """`stars` is None where none is granted (progress cycle, undecided, no total).

    `next_told` says why not `next_grade`, the grade above; both may be empty.
    """

    stars: int | None
    grade: str
    opened: int | None
    told: Sequence[str]
    next_told: Sequence[str] = ()
    next_grade: str = ""


def stars_told(result: Result, explained: Explained, ranked: Mapping[str, int]) -> StarTold:
    """The whole chain from the graded score to the star, and what stands before the next one."""
    scheme, working = explained.scheme, explained.working
    if working is None or result.total_up is None:
        told = [sentences.reason_sentence(reason, scheme) for reason in result.reasons]
        return StarTold(result.stars, result.grade, None, told)
    next_grade, next_told = _next(result, working, scheme, ranked)
    told = [_opened(working, scheme), *map(theme_sentence, working.themes), *_held(working, scheme)]
    told += _decided(result, scheme)
    if result.tally.cycle and result.tally.cycle.purpose == Cycle.Purpose.PROGRESS:
        told = [_("This cycle gives feedback only; no stars are granted."), *told]
    told = [text for text in told if text not in next_told]
    return StarTold(result.stars, result.grade, result.stars_opened, told, next_told, next_grade)


def _next(result: Result, working: Working, scheme: Scheme, ranked: Mapping[str, int]) -> tuple[str, list[str]]:
    """The grade above and why not: a quota that took it away, else points, conditions and vetoes."""
    bands = {band.stars: band for band in reversed(scheme.bands_for(_period(result)))}
    limits = [reason for reason in result.reasons if reason["code"] in FATES]
    if limits:
        population = {reason["stars"]: _population(bands[reason["stars"]], ranked) for reason in limits}
        told = [
            sentences.quota_sentence(
                bands[reason["stars"]],
                reason["code"],
                places(bands[reason["stars"]], population[reason["stars"]]),
                population[reason["stars"]],
            )
            for reason in limits
        ]
        return bands[limits[-1]["stars"]].grade, told
    step = working.next_star
    return (step.grade if step else ""), sentences.next_star_sentences(step, scheme)


def _opened(working: Working, scheme: Scheme) -> str:
    """What the score alone opens."""
    places = scheme.round_before_banding
    score = plain_text(working.banded_up) if places is None else points_text(working.banded_up, places)
    reached = next((band for band in working.bands if band.reached), None)
    if reached is None:
        return _("The graded score %(score)s reaches no grade.") % {"score": score}
    if scheme.star_mode == "thematic":
        return _("The first-level indicators passed open %(grade)s.") % {"grade": reached.grade}
    return _("The graded score %(score)s opens %(grade)s (from %(from)s).") % {
        "score": score,
        "grade": reached.grade,
        "from": plain_text(reached.from_up),
    }


def theme_sentence(theme: ThemeTried) -> str:
    """One star or flag that is won apart, by its own points: in full, so that a near miss is seen to be one."""
    said = {
        "name": theme.name,
        "earned": plain_text(theme.earned_up),
        "possible": plain_text(theme.possible_up),
        "share": sentences.limit_percent(theme.pass_up),
    }
    if theme.possible_up <= 0:
        return _("“%(name)s” passed: nothing could be earned.") % said
    if theme.passed:
        return _("“%(name)s” passed: %(earned)s of %(possible)s points, at least %(share)s needed.") % said
    return _("“%(name)s” missed: %(earned)s of %(possible)s points, at least %(share)s needed.") % said


def _held(working: Working, scheme: Scheme) -> list[str]:
    """What lowered it: vetoes, and conditions of grades that the score reached."""
    told = [sentences.veto_sentence(veto, scheme) for veto in working.vetoes]
    for band in working.bands:
        if band.carried:
            break
        if band.reached:
            told += [sentences.condition_sentence(one, scheme) for one in band.conditions if not one.holds]
    return told


def _decided(result: Result, scheme: Scheme) -> list[str]:
    """Whether people settled a tie for this branch."""
    return [sentences.reason_sentence(reason, scheme) for reason in result.reasons if reason["code"] == "decided"]


def _period(result: Result) -> str:
    return result.tally.cycle.period if result.tally.cycle else YEAR


def _population(band: Band, ranked: Mapping[str, int]) -> int:
    within = band.quota.within if band.quota else "all"
    return ranked[within] if within in ("sector", "committee") else ranked["all"]


def places(band: Band, population: int) -> int | None:
    """Places of a quota in a group of so many ranked branches, rounded down; None without a limit."""
    if band.quota is None:
        return None
    if band.quota.max_share_up is not None:
        return population * band.quota.max_share_up // SCALE
    return band.quota.max_number
