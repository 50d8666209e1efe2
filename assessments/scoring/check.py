"""Every problem of a scheme at once, each with its path (scoring.md, section 5)."""

from collections.abc import Iterator

from . import building, check_bands
from .following import follows, without_echoes
from .numbers import SCALE, plain
from .problems import ERROR, WARNING, Problem
from .scheme import COUNT_RULES, PERIODS, Adjustment, Indicator, Scheme

ANY_SECTOR = ""
BY_RULE = {
    "step": ("entry",),
    "start": ("mixed", "external"),
    "highest_only": ("add",),
    "bands": ("measure",),
    "slope": ("measure",),
    "factor": ("external",),
}


def check(data: object) -> list[Problem]:
    """Every error and warning, in the order of the file's parts; empty for a perfect scheme."""
    return read_and_check(data)[1]


def read_and_check(data: object) -> tuple[Scheme | None, list[Problem]]:
    """The scheme, or None where there is an error, and all problems."""
    problems: list[Problem] = []
    scheme = building.scheme(data, problems)
    problems = without_echoes(problems)
    unread = [problem.path for problem in problems if problem.severity == ERROR and problem.code != "duplicate"]
    for finder in (_codes, _rules, _sums, _sectors, _components, _adjustments, check_bands.bands, check_bands.year):
        problems.extend(problem for problem in finder(scheme) if not follows(problem, unread))
    if isinstance(data, dict):
        problems.extend(_ineffective(scheme, data))
    faulty = any(problem.severity == ERROR for problem in problems)
    return (None if faulty else scheme), problems


def indicator_paths(scheme: Scheme) -> Iterator[tuple[str, Indicator]]:
    """Every indicator with its path."""

    def visit(indicator: Indicator, path: str) -> Iterator[tuple[str, Indicator]]:
        yield path, indicator
        for at, child in enumerate(indicator.children):
            yield from visit(child, f"{path}.children[{at}]")

    for at, dimension in enumerate(scheme.indicators):
        yield from visit(dimension, f"indicators[{at}]")


def _codes(scheme: Scheme) -> Iterator[Problem]:
    """Marks name indicators, items, vetoes and flags in one column, so their codes are one family."""
    named = [(f"{path}.code", indicator.code) for path, indicator in indicator_paths(scheme)]
    for name, part in (("bonus", scheme.bonus), ("penalty", scheme.penalty)):
        named += [(f"{name}.items[{at}].code", item.code) for at, item in enumerate(part.items)]
        yield from _repeated([(f"{name}.groups[{at}].code", group.code) for at, group in enumerate(part.groups)])
    named += [(f"veto[{at}].code", veto.code) for at, veto in enumerate(scheme.veto)]
    named += [(f"flags[{at}].code", flag.code) for at, flag in enumerate(scheme.flags)]
    yield from _repeated(named)
    for path, leaf in indicator_paths(scheme):
        yield from _repeated([(f"{path}.criteria[{at}].code", each.code) for at, each in enumerate(leaf.criteria)])


def _repeated(named: list[tuple[str, str]]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for path, code in named:
        if code and code in seen:
            yield Problem(path, "duplicate_code", code, {"first": seen[code]})
        seen.setdefault(code, path)


def _rules(scheme: Scheme) -> Iterator[Problem]:
    for path, leaf in indicator_paths(scheme):
        if leaf.children:
            continue
        if leaf.ceiling_up is not None and leaf.floor_up > leaf.ceiling_up:
            params = {"ceiling": plain(leaf.ceiling_up)}
            yield Problem(f"{path}.floor", "floor_above_ceiling", plain(leaf.floor_up), params)
        if leaf.rule == "choice" and not leaf.criteria:
            yield Problem(f"{path}.criteria", "choice_without_options")
        elif leaf.rule in COUNT_RULES and not leaf.criteria:
            yield Problem(f"{path}.criteria", "criteria_missing", None, {"rule": leaf.rule})
        elif leaf.rule and leaf.criteria and leaf.rule not in (*COUNT_RULES, "choice"):
            yield Problem(f"{path}.criteria", "criteria_unused", len(leaf.criteria), {"rule": leaf.rule}, WARNING)
        if leaf.rule == "measure":
            yield from _measure(path, leaf)
        yield from _due(scheme, path, leaf)
        yield from _awards(path, leaf)


def _measure(path: str, leaf: Indicator) -> Iterator[Problem]:
    if bool(leaf.bands) == bool(leaf.slope):
        yield Problem(path, "only_one_of" if leaf.bands else "one_of", None, {"keys": ("bands", "slope")})
    starts: dict[int, int] = {}
    for at, band in enumerate(leaf.bands):
        if band.from_up in starts:
            first = f"{path}.bands[{starts[band.from_up]}].from"
            yield Problem(f"{path}.bands[{at}].from", "duplicate_from", plain(band.from_up), {"first": first})
        starts.setdefault(band.from_up, at)


def _due(scheme: Scheme, path: str, leaf: Indicator) -> Iterator[Problem]:
    if isinstance(leaf.due, str):
        return
    for at, period in enumerate(leaf.due):
        if period not in scheme.year.periods:
            yield Problem(f"{path}.due[{at}]", "unknown_period", period, {"allowed": scheme.year.periods})


def _awards(path: str, leaf: Indicator) -> Iterator[Problem]:
    """A warning where one award or option is larger than what the row can give."""
    if leaf.ceiling_up is None:
        return
    if leaf.rule in ("add", "mixed", "choice"):
        for at, criterion in enumerate(leaf.criteria):
            most_up, key = (
                (criterion.range_up[1], "range[1]") if criterion.range_up else (criterion.points_up, "points")
            )
            if most_up > leaf.ceiling_up:
                yield _larger(f"{path}.criteria[{at}].{key}", most_up, leaf.ceiling_up)
    for at, band in enumerate(leaf.bands):
        if band.points_up > leaf.ceiling_up:
            yield _larger(f"{path}.bands[{at}].points", band.points_up, leaf.ceiling_up)


def _larger(path: str, award_up: int, most_up: int) -> Problem:
    return Problem(path, "award_larger", plain(award_up), {"most": plain(most_up)}, WARNING)


def points_for(indicator: Indicator, sector: str | None) -> int | None:
    """What an indicator adds to the sheet of a sector; None: it is no part of that sheet."""
    if sector is not None and indicator.sectors and sector not in indicator.sectors:
        return None
    if not indicator.children:
        return indicator.points_up
    found = [points for child in indicator.children if (points := points_for(child, sector)) is not None]
    if not found:
        return None
    return indicator.points_up if indicator.scaled else sum(found)


def sectors_of(scheme: Scheme) -> tuple[str, ...]:
    """The sectors whose sums are checked: the scheme's; or those that rows name, and one that no row names."""
    if scheme.sectors:
        return scheme.sectors
    named = {sector for _, indicator in indicator_paths(scheme) for sector in indicator.sectors}
    return (*sorted(named), ANY_SECTOR)


def _sums(scheme: Scheme) -> Iterator[Problem]:
    """Sums of each sector; one that is the same in all of them names none."""
    reported: set[tuple[str, int]] = set()
    sectors = sectors_of(scheme)
    alike = len({sum(points_for(each, sector) or 0 for each in scheme.indicators) for sector in sectors}) == 1
    for sector in sectors:
        bare = sector == ANY_SECTOR and not scheme.sectors and len(sectors) > 1
        severity = WARNING if bare else ERROR
        own = True  # the points that the file states stand in for a sum that is named as wrong already
        for path, indicator in indicator_paths(scheme):
            actual = points_for(indicator, sector)
            if not indicator.children or actual is None or actual == indicator.points_up:
                continue
            own = False
            if (path, actual) not in reported:
                everywhere = all(points_for(indicator, each) == actual for each in sectors)
                params = {
                    "expected": plain(indicator.points_up),
                    "sector": "" if everywhere else sector,
                    "name": indicator.name,
                    "others": bare and not everywhere,
                }
                yield Problem(f"{path}.points", "sum_points", plain(actual), params, severity)
            reported.add((path, actual))
        pairs = [(each, points) for each in scheme.indicators if (points := points_for(each, sector)) is not None]
        found = [points if own else each.points_up for each, points in pairs]
        if sum(found) != scheme.full_marks_up and not scheme.rescale and ("", sum(found)) not in reported:
            params = {
                "expected": plain(scheme.full_marks_up),
                "sector": "" if alike else sector,
                "others": bare and not alike,
            }
            yield Problem("full_marks", "sum_full_marks", plain(sum(found)), params, severity)
            reported.add(("", sum(found)))
        elif not sum(found) and not bare:
            yield Problem("indicators", "no_points", None, {"sector": sector})
    for path, indicator in indicator_paths(scheme):
        if indicator.scaled and indicator.children and not any(child.points_up for child in indicator.children):
            yield Problem(path, "scaled_nothing", plain(indicator.points_up))


def _sectors(scheme: Scheme) -> Iterator[Problem]:
    if not scheme.sectors:
        return
    for path, indicator in indicator_paths(scheme):
        for at, sector in enumerate(indicator.sectors):
            if sector not in scheme.sectors:
                yield Problem(f"{path}.sectors[{at}]", "unknown_sector", sector, {"allowed": scheme.sectors})


def _components(scheme: Scheme) -> Iterator[Problem]:
    yield from _repeated([(f"components[{at}].source", each.source) for at, each in enumerate(scheme.components)])
    total = sum(component.weight_up for component in scheme.components)
    if total != SCALE:
        yield Problem("components", "weights_sum", plain(total), {"expected": "1"})
    sources = tuple(component.source for component in scheme.components)
    if scheme.penalty.source not in ("total", *sources):
        params = {"allowed": ("total", *sources)}
        yield Problem("penalty.from", "unknown_component", scheme.penalty.source, params)
    elif scheme.penalty.items and (scheme.penalty.source, 0) in ((c.source, c.weight_up) for c in scheme.components):
        yield Problem("penalty.from", "penalty_from_nothing", scheme.penalty.source, {}, WARNING)


def _adjustments(scheme: Scheme) -> Iterator[Problem]:
    for name, part in (("bonus", scheme.bonus), ("penalty", scheme.penalty)):
        yield from _groups(name, part)
    most = max((band.stars for band in (*scheme.bands, *scheme.year.bands)), default=0)
    for at, veto in enumerate(scheme.veto):
        if veto.effect == "max_stars" and most and veto.stars >= most:
            params = {"most": most}
            yield Problem(f"veto[{at}].effect.max_stars", "veto_closes_nothing", veto.stars, params, WARNING)


def _groups(name: str, part: Adjustment) -> Iterator[Problem]:
    codes = tuple(group.code for group in part.groups)
    for at, item in enumerate(part.items):
        if item.group is not None and item.group not in codes:
            yield Problem(f"{name}.items[{at}].group", "unknown_group", item.group, {"allowed": codes})


def _ineffective(scheme: Scheme, data: dict[str, object]) -> Iterator[Problem]:
    """A warning for every key that its rule never reads."""
    given = dict(_raw_indicators(data.get("indicators"), "indicators"))
    for path, leaf in indicator_paths(scheme):
        if leaf.children or not leaf.rule:
            continue
        for key, rules in BY_RULE.items():
            if leaf.rule not in rules and given.get(path, {}).get(key) is not None:
                params = {"rule": leaf.rule, "rules": rules}
                yield Problem(f"{path}.{key}", "no_effect", given[path][key], params, WARNING)


def _raw_indicators(entries: object, path: str) -> Iterator[tuple[str, dict[str, object]]]:
    for at, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict):
            yield f"{path}[{at}]", entry
            yield from _raw_indicators(entry.get("children"), f"{path}[{at}].children")


def known_periods(scheme: Scheme) -> tuple[str, ...]:
    """The periods of its year, without names that do not exist."""
    return tuple(period for period in scheme.year.periods if period in PERIODS)
