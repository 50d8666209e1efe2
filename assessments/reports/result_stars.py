"""Why these stars, and why not the next one: score, conditions, vetoes, quota, decision, as sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from branchportal.figures import plain_text, points_text

from ..cycles.models import Cycle
from ..results.models import Result
from ..scoring import SCALE, Scheme
from ..scoring.scheme import YEAR, Band
from ..scoring.working import Working
from . import sentences
from .result_working import Explained

FATES = ("cut", "tied", "waiting")


@dataclass(frozen=True)
class StarTold:
    """`stars` is None where none is granted (progress cycle, undecided, no total); `next_told` may be empty."""

    stars: int | None
    grade: str
    opened: int | None
    told: Sequence[str]
    next_told: Sequence[str]


def stars_told(result: Result, explained: Explained, ranked: Mapping[str, int]) -> StarTold:
    """The whole chain from the graded score to the star, most important first."""
    scheme, working = explained.scheme, explained.working
    if working is None or result.total_up is None:
        told = [sentences.reason_sentence(reason, scheme) for reason in result.reasons]
        return StarTold(result.stars, result.grade, None, told, ())
    held = _held(result, working, scheme, ranked)
    told = [_opened(working, scheme), *held]
    if result.tally.cycle and result.tally.cycle.purpose == Cycle.Purpose.PROGRESS:
        told = [_("This cycle gives feedback only; no stars are granted."), *told]
    cut = any(reason["code"] in FATES for reason in result.reasons)
    wanted = [] if cut else sentences.next_star_sentences(working.next_star, scheme)
    next_told = [text for text in wanted if text not in told]
    return StarTold(result.stars, result.grade, result.stars_opened, told, next_told)


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


def _held(result: Result, working: Working, scheme: Scheme, ranked: Mapping[str, int]) -> list[str]:
    """What lowered it: vetoes, conditions of grades that the score reached, places, a decision."""
    told = [sentences.veto_sentence(veto, scheme) for veto in working.vetoes]
    for band in working.bands:
        if band.carried:
            break
        if band.reached:
            told += [sentences.condition_sentence(one, scheme) for one in band.conditions if not one.holds]
    bands = {band.stars: band for band in reversed(scheme.bands_for(_period(result)))}
    for reason in result.reasons:
        if reason["code"] in FATES:
            band = bands[reason["stars"]]
            population = _population(band, ranked)
            told.append(sentences.quota_sentence(band, reason["code"], places(band, population), population))
        elif reason["code"] == "decided":
            told.append(sentences.reason_sentence(reason, scheme))
    return told


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
