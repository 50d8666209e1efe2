"""Codes of the engine and of stored results as sentences: why these points, why these stars, why not more.

The engine returns codes and whole numbers; nothing here computes a figure that a rule or a band would need.
"""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branchportal.figures import plain_text, points_text

from ..scoring import Scheme
from ..scoring.explain import ConditionTried, NextStar, VetoWorking
from ..scoring.scheme import Band, Indicator
from ..scoring.working import ClaimWorking, CriterionShare, IndicatorWorking, StepWorking
from ..sheets.choices import Status

MICRO = 1_000_000


def percent(part: int, whole: int) -> str:
    """part ÷ whole in per cent with as many of two decimals as it needs, rounded half up once."""
    if whole <= 0:
        return "—"
    hundredths = (part * 10_000 * 2 + whole) // (whole * 2)
    return plain_text(hundredths * 10_000) + "%"


def limit_percent(limit: int) -> str:
    """A limit in millionths in per cent."""
    return plain_text(limit * 100) + "%"


def stars_text(stars: int, scheme: Scheme | None = None) -> str:
    """What so many stars are called in the scheme ("五星"), or their number."""
    for band in scheme.bands if scheme else ():
        if band.stars == stars:
            return band.grade
    return ngettext("%(count)d star", "%(count)d stars", stars) % {"count": stars}


# One indicator


def mark_sentences(row: IndicatorWorking, leaf: Indicator) -> list[str]:
    """How the points of one indicator came about, down to the clause."""
    if row.state == "missing":
        return [_("Not marked.")]
    if row.state == "not_applicable":
        if leaf.not_applicable == "counts_full":
            return [_("Not applicable: counts in full.")]
        return [_("Not applicable: left out of the sum.")]
    if row.state != "marked":
        return [_("Not assessed in this period.")]
    told = _value_sentences(row, leaf) if leaf.rule not in ("deduct", "add", "mixed", "choice") else []
    told += [text for share in row.criteria if (text := _criterion_sentence(share, leaf))]
    if not told:
        told = [_nothing_found(leaf)]
    if row.clipped == "floor":
        told.append(
            _("By the clauses %(raw)s; never below %(floor)s.")
            % {"raw": plain_text(row.raw_up), "floor": plain_text(row.counted_up)}
        )
    elif row.clipped == "ceiling":
        told.append(
            _("By the clauses %(raw)s; at most %(ceiling)s.")
            % {"raw": plain_text(row.raw_up), "ceiling": plain_text(row.counted_up)}
        )
    return told


def _nothing_found(leaf: Indicator) -> str:
    if leaf.rule == "deduct":
        return _("Looked at, nothing to deduct.")
    if leaf.rule == "add":
        return _("Looked at, nothing to add.")
    return _("Looked at, nothing found.")


def _value_sentences(row: IndicatorWorking, leaf: Indicator) -> list[str]:
    value = plain_text(row.value_up)
    if leaf.rule == "entry":
        return [_("Points given: %(value)s.") % {"value": value}]
    if leaf.rule == "poll":
        return [_("Poll score %(value)s × %(points)s ÷ 100.") % {"value": value, "points": plain_text(leaf.points_up)}]
    if leaf.rule == "external":
        return [_("Figure from outside: %(value)s.") % {"value": value}]
    told = [_measured(row, value)]
    if leaf.slope is not None:
        words = _("Target %(target)s; each %(per)s short of it costs %(points)s.")
        if leaf.slope.direction == "down":
            words = _("Target %(target)s; each %(per)s above it costs %(points)s.")
        as_share = _is_ratio(row)
        shown = limit_percent if as_share else plain_text
        told.append(
            words
            % {
                "target": shown(leaf.slope.target_up),
                "per": shown(leaf.slope.per_up),
                "points": plain_text(leaf.slope.points_up),
            }
        )
    elif leaf.bands:
        shown = limit_percent if _is_ratio(row) else plain_text
        steps = "；".join(
            _("from %(from)s: %(points)s") % {"from": shown(band.from_up), "points": plain_text(band.points_up)}
            for band in leaf.bands
        )
        told.append(_("Bands: %(bands)s.") % {"bands": steps})
    return told


def _is_ratio(row: IndicatorWorking) -> bool:
    return row.denominator_up is not None and row.denominator_up != MICRO


def _measured(row: IndicatorWorking, value: str) -> str:
    if not _is_ratio(row):
        return _("Figure: %(value)s.") % {"value": value}
    return _("%(value)s ÷ %(whole)s = %(share)s.") % {
        "value": value,
        "whole": plain_text(row.denominator_up),
        "share": percent(row.value_up or 0, row.denominator_up or 0),
    }


def _criterion_sentence(share: CriterionShare, leaf: Indicator) -> str:
    if not share.count:
        return ""
    effect = signed(share.effect_up)
    if leaf.rule == "choice":
        return _("%(text)s: %(points)s") % {"text": share.text, "points": plain_text(share.effect_up)}
    if share.waived:
        words = _("%(text)s: %(count)s, waived")
    elif share.lost_up:
        words = _("%(text)s: %(count)s, %(effect)s (the limit of the clause held back %(lost)s)")
    else:
        words = _("%(text)s: %(count)s, %(effect)s")
    count = plain_text(share.count) if share.is_size else f"{share.count} {share.unit}"
    return words % {"text": share.text, "count": count, "effect": effect, "lost": plain_text(abs(share.lost_up))}


def signed(points_up: int) -> str:
    """With its sign: "+1.5", "−2", "0"."""
    if points_up == 0:
        return "0"
    return ("+" if points_up > 0 else "−") + plain_text(abs(points_up))


# Bonus and penalty


def claim_cut(claim: ClaimWorking) -> str:
    """What "once per matter" took from one claim; empty when nothing."""
    if claim.same_matter:
        return _("Not counted: the same matter counts once, by its largest item.")
    if claim.counted_up != claim.claimed_up:
        return _("Counted once: the same matter does not count several times.")
    return ""


def step_cut(step: StepWorking, kind: str, name: str = "") -> str:
    """What the limit of an item, a group or the whole took away; empty when nothing. `kind`: item, group, overall."""
    if not step.taken_up:
        return ""
    words = {
        "item": _("“%(name)s” counts at most %(limit)s: %(taken)s fall away."),
        "group": _("The group “%(name)s” counts at most %(limit)s: %(taken)s fall away."),
        "overall": _("All together count at most %(limit)s: %(taken)s fall away."),
    }[kind]
    return words % {"name": name, "limit": plain_text(step.limit_up), "taken": plain_text(step.taken_up)}


# Stars


def veto_sentence(veto: VetoWorking, scheme: Scheme) -> str:
    """A veto and what it does."""
    words = {
        "max_stars": _("Veto “%(text)s”: at most %(stars)s."),
        "grade": _("Veto “%(text)s”: the lowest grade."),
        "bar_honours": _("Veto “%(text)s”: no honours this year."),
        "zero_total": _("Veto “%(text)s”: the total counts 0."),
    }[veto.effect]
    return words % {"text": veto.text, "stars": stars_text(veto.stars, scheme)}


def condition_sentence(condition: ConditionTried, scheme: Scheme) -> str:
    """A condition that failed, with the figure found and the figure asked for."""
    teller = _CONDITIONS.get(condition.kind)
    return teller(condition, scheme) if teller else _("A condition of this grade is not met.")


def _share_condition(condition: ConditionTried, scheme: Scheme) -> str:
    name = scheme.by_code[condition.code].name
    if condition.actual is None:
        return _("The share of “%(name)s” is not known.") % {"name": name}
    return _("“%(name)s” reached %(actual)s of its points, short of %(limit)s.") % {
        "name": name,
        "actual": percent(condition.actual, condition.of),
        "limit": limit_percent(condition.limit),
    }


def _poll_condition(condition: ConditionTried, scheme: Scheme) -> str:
    if condition.actual is None:
        return _("There is no poll result; this grade asks for one.")
    if condition.kind == "poll_top_share":
        words = _("The share of “excellent” in the poll is %(actual)s, short of %(limit)s.")
        actual, limit = percent(condition.actual, condition.of), limit_percent(condition.limit)
    else:
        words = _("The poll score is %(actual)s, short of %(limit)s.")
        actual, limit = points_text(condition.actual * MICRO // condition.of), plain_text(condition.limit)
    return words % {"actual": actual, "limit": limit}


def _previous_condition(condition: ConditionTried, scheme: Scheme) -> str:
    wanted = stars_text(condition.limit, scheme)
    if condition.actual is None:
        return _("The stars of the year before are not known; this grade asks for at least %(wanted)s.") % {
            "wanted": wanted
        }
    return _("The year before brought %(had)s; this grade asks for at least %(wanted)s.") % {
        "had": stars_text(condition.actual, scheme),
        "wanted": wanted,
    }


def _periods_condition(condition: ConditionTried, scheme: Scheme) -> str:
    return _("%(actual)s periods reached “%(grade)s”; %(limit)s are needed.") % {
        "actual": condition.actual or 0,
        "grade": condition.code,
        "limit": condition.limit,
    }


def _flag_condition(condition: ConditionTried, scheme: Scheme) -> str:
    texts = {flag.code: flag.text for flag in scheme.flags}
    return _("Not confirmed by the reviewers: %(fact)s.") % {"fact": texts.get(condition.code, condition.code)}


def _zero_condition(condition: ConditionTried, scheme: Scheme) -> str:
    return _("A first-level indicator has no points at all.")


def _veto_condition(condition: ConditionTried, scheme: Scheme) -> str:
    return _("This grade is closed to branches with a veto.")


_CONDITIONS = {
    "dimension_share": _share_condition,
    "poll_min": _poll_condition,
    "poll_top_share": _poll_condition,
    "previous_stars_min": _previous_condition,
    "good_periods": _periods_condition,
    "flag": _flag_condition,
    "no_zero_dimension": _zero_condition,
    "no_veto": _veto_condition,
}


def next_star_sentences(step: NextStar | None, scheme: Scheme) -> list[str]:
    """Why not the next star: points short, conditions missed, vetoes; the quota is told by `quota_sentence`."""
    if step is None:
        return []
    told = []
    if step.short_up:
        told.append(
            _("%(points)s points short of %(grade)s.") % {"points": plain_text(step.short_up), "grade": step.grade}
        )
    told += [condition_sentence(condition, scheme) for condition in step.failed]
    if step.closed_by:
        told.append(_("A veto closes %(grade)s.") % {"grade": step.grade})
    return told


def quota_sentence(band: Band, fate: str, places: int | None, population: int) -> str:
    """What a limited number of places did: cut, tied or waiting."""
    words = {
        "cut": _("The score opens %(grade)s, but its %(places)s places among %(population)s branches are filled."),
        "tied": _("Tied across the last of the %(places)s places of %(grade)s: the deciding authority settles it."),
        "waiting": _("Waits for a tie above to be settled before %(grade)s can be filled."),
    }[fate]
    return words % {
        "grade": band.grade,
        "places": "—" if places is None else places,
        "population": population,
    }


# Stored reasons of a result


def reason_sentence(reason: Mapping[str, object], scheme: Scheme) -> str:
    """One reason of a stored result (`results/reasons.py`) as a sentence."""
    teller = _REASONS.get(str(reason.get("code")))
    return teller(reason, scheme) if teller else str(reason.get("code", ""))


def _stars_of(reason: Mapping[str, object], scheme: Scheme) -> str:
    return stars_text(int(str(reason["stars"])), scheme)


def _condition_reason(reason: Mapping[str, object], scheme: Scheme) -> str:
    code = str(reason.get("of", ""))
    limit = int(str(reason.get("limit", 0)))
    kind = str(reason["kind"])
    stars = _stars_of(reason, scheme)
    if kind == "dimension_share":
        words = _("%(stars)s asks for %(limit)s of the points of “%(name)s”.")
        return words % {"stars": stars, "limit": limit_percent(limit), "name": scheme.by_code[code].name}
    return _("A condition of %(stars)s is not met: %(kind)s.") % {"stars": stars, "kind": CONDITION_NAMES[kind]()}


CONDITION_NAMES = {
    "no_zero_dimension": lambda: _("no first-level indicator without points"),
    "poll_min": lambda: _("the poll score"),
    "poll_top_share": lambda: _("the share of “excellent” in the poll"),
    "previous_stars_min": lambda: _("the stars of the year before"),
    "good_periods": lambda: _("enough good periods"),
    "flag": lambda: _("a fact confirmed by the reviewers"),
    "no_veto": lambda: _("no veto"),
}


def _veto_reason(reason: Mapping[str, object], scheme: Scheme) -> str:
    for veto in scheme.veto:
        if veto.code == reason["item"]:
            return veto_sentence(VetoWorking(veto.code, veto.text, veto.effect, veto.stars), scheme)
    return _("A veto applies.")


def _not_approved(reason: Mapping[str, object], scheme: Scheme) -> str:
    label = Status(str(reason["status"])).label
    return _("No total: the sheet is not approved yet (%(status)s).") % {"status": label}


def _missing_periods(reason: Mapping[str, object], scheme: Scheme) -> str:
    periods = "、".join(str(period) for period in reason["periods"])
    return _("No year total: these periods have none: %(periods)s.") % {"periods": periods}


_REASONS = {
    "exempt": lambda reason, scheme: _("Not rated: %(text)s") % {"text": reason["text"]},
    "missing_periods": _missing_periods,
    "no_sheet": lambda reason, scheme: _("No total: the branch has no sheet in this cycle."),
    "not_approved": _not_approved,
    "incomplete": lambda reason, scheme: _("No total: the marks are not complete."),
    "veto": _veto_reason,
    "condition": _condition_reason,
    "cut": lambda reason, scheme: _("The places of %(stars)s are filled.") % {"stars": _stars_of(reason, scheme)},
    "tied": lambda reason, scheme: _("Tied across the last place of %(stars)s.") % {"stars": _stars_of(reason, scheme)},
    "waiting": lambda reason, scheme: _("Waits for a tie above %(stars)s.") % {"stars": _stars_of(reason, scheme)},
    "decided": lambda reason, scheme: _("A tie across the last place was settled by the deciding authority."),
}
