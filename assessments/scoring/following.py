"""Which problems of a scheme only follow from a value that could not be read, and are left out until it is mended."""

import re
from collections.abc import Sequence

from .problems import Problem

_NODE = r"(indicators|children)(\[\d+\])?"
_SUMMED = re.compile(rf"full_marks|sectors.*|(.*\.)?{_NODE}(\.(points|scaled|children|sectors.*))?")
_LADDER = re.compile(r"(year\.)?bands(\[\d+\](\.(stars|from))?)?")
_COMPONENTS = re.compile(r"components.*")
_LISTS = {
    f"unknown_{name}": re.compile(rf"{part}(\[\d+\](\.(code|grade))?)?")
    for name, part in (
        ("dimension", "indicators"),
        ("flag", "flags"),
        ("group", r"(bonus|penalty)(\.groups)?"),
        ("grade", "bands"),
        ("sector", "sectors"),
    )
}


def follows(problem: Problem, unread: Sequence[str]) -> bool:
    """Whether a problem compares a value that is named as unreadable already. `unread`: the paths of those values."""
    return any(_depends(problem, path) for path in unread)


def without_echoes(problems: Sequence[Problem]) -> list[Problem]:
    """Without the keys that are missing only because what should hold them is no group of keys at all."""
    shapeless = {problem.path for problem in problems if problem.code == "not_mapping"}
    return [each for each in problems if each.code != "required" or each.path.rpartition(".")[0] not in shapeless]


def _depends(problem: Problem, path: str) -> bool:
    code, place = problem.code, problem.path
    if not path:  # the whole file
        return True
    if code in ("sum_points", "sum_full_marks", "no_points", "scaled_nothing"):
        owner = "" if code in ("sum_full_marks", "no_points") else place.removesuffix(".points")
        return bool(_SUMMED.fullmatch(path)) and path.startswith(owner)
    if code in ("bands_order", "band_unreachable", "stars_order"):
        return bool(_LADDER.fullmatch(path)) and path.startswith("year") == place.startswith("year")
    if code == "band_too_high":
        return bool(_SUMMED.fullmatch(path) or _LADDER.fullmatch(path)) or path.startswith(("bonus", "max_total"))
    if code == "too_many_stars":
        return path.startswith(("indicators", place))
    if code in ("penalty_from_nothing", "veto_closes_nothing"):
        return path.startswith(("components", "penalty.from", "bands", "year.bands", place))
    if code == "weights_sum":
        return path.startswith(place)
    if code == "unknown_component":
        return bool(_COMPONENTS.fullmatch(path))
    if code == "unknown_period" and not place.startswith("year.periods["):
        return path in ("year", "year.periods") or path.startswith("year.periods[")
    if code in ("unknown_dimension", "unknown_flag", "unknown_group", "unknown_grade", "unknown_sector"):
        return bool(_LISTS[code].fullmatch(path))
    owner = place.rpartition(".")[0] if code in ("floor_above_ceiling", "award_larger") else place
    if code == "floor_above_ceiling":
        return path in (f"{owner}.points", f"{owner}.floor", f"{owner}.ceiling")
    if code in ("award_larger", "choice_without_options", "criteria_missing", "one_of"):
        owner = owner.partition(".criteria")[0].partition(".bands")[0]
        return path.startswith((f"{owner}.criteria", f"{owner}.bands", f"{owner}.slope")) or path in (
            f"{owner}.points", f"{owner}.floor", f"{owner}.ceiling",
        )  # fmt: skip
    if code in ("required", "year_bands_missing"):
        return path == "year" or path.startswith(place)
    return False
