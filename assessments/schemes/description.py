"""A scheme in words: what each rule, item, veto and band says. Shared by the scheme's page and the printed form."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branchportal.figures import plain_text

from ..scoring.scheme import Adjustment, Band, Condition, Criterion, Indicator, Item, Quota, Scheme, Veto
from . import comparison_words as words

MICRO = 1_000_000


def rule_name(rule: str) -> str:
    """The kind of a rule in the field's own words."""
    return {
        "entry": _("points at discretion"),
        "deduct": _("deduction"),
        "add": _("addition"),
        "mixed": _("addition and deduction"),
        "choice": _("one of several grades"),
        "measure": _("by ratio or number"),
        "poll": _("poll"),
        "external": _("imported figure"),
    }[rule]


def rule_lines(leaf: Indicator) -> list[str]:
    """The scoring rule of an indicator, a sentence each."""
    lines = [_criterion_line(leaf, criterion) for criterion in leaf.criteria]
    if leaf.rule == "entry":
        lines.append(_("Between %(floor)s and %(ceiling)s points in steps of %(step)s.") % {
            "floor": plain_text(leaf.floor_up), "ceiling": plain_text(leaf.ceiling_up), "step": plain_text(leaf.step_up)
        })  # fmt: skip
    lines += [
        _("From %(share)s on: %(points)s points.")
        % {"share": ratio_text(band.from_up), "points": plain_text(band.points_up)}
        for band in leaf.bands
    ]
    if leaf.slope:
        lines.append(_slope_line(leaf))
    if leaf.rule == "poll":
        lines.append(_("Poll score (0–100) × %(points)s ÷ 100.") % {"points": plain_text(leaf.points_up)})
    if leaf.rule in ("external", "mixed"):
        lines += _start_lines(leaf)
    if leaf.highest_only:
        lines.append(_("Only the highest one counts."))
    lines += _limit_lines(leaf)
    if leaf.not_applicable == "counts_full":
        lines.append(_("Where it does not apply, it counts in full."))
    elif leaf.not_applicable == "excluded":
        lines.append(_("Where it does not apply, it is left out."))
    if leaf.due != "every":
        lines.append(_("Assessed: %(periods)s.") % {"periods": words.periods(leaf.due, {})})
    if leaf.reviewer_unit:
        lines.append(_("Scored by %(unit)s.") % {"unit": leaf.reviewer_unit})
    return lines


def _start_lines(leaf: Indicator) -> list[str]:
    """What the points begin with, and what becomes of an imported figure."""
    start, factor = plain_text(leaf.start_up), plain_text(leaf.factor_up)
    if leaf.rule == "external":
        return [_("%(start)s + imported figure × %(factor)s.") % {"start": start, "factor": factor}]
    return [_("Begins with %(start)s points.") % {"start": start}] if leaf.start_up else []


def _limit_lines(leaf: Indicator) -> list[str]:
    """Floor and ceiling where they are not 0 and the row's points; points at discretion name them anyway."""
    if leaf.rule == "entry":
        return []
    lines = []
    if leaf.floor_up:
        lines.append(_("Not less than %(floor)s points.") % {"floor": plain_text(leaf.floor_up)})
    if leaf.ceiling_up is None:
        lines.append(_("There is no upper limit."))
    elif leaf.ceiling_up != leaf.points_up:
        lines.append(_("Not more than %(ceiling)s points.") % {"ceiling": plain_text(leaf.ceiling_up)})
    return lines


def _criterion_line(leaf: Indicator, criterion: Criterion) -> str:
    """What one occurrence gives or takes, and which branches are asked."""
    said = _effect_line(leaf, criterion)
    return f"{said}（{words.of_words(criterion.applies_if, {})}）" if criterion.applies_if else said


def _effect_line(leaf: Indicator, criterion: Criterion) -> str:
    if leaf.rule == "choice":
        return f"{criterion.text}：{_points(criterion.points_up)}"
    if criterion.range_up:
        low, high = (plain_text(end) for end in criterion.range_up)
        size = _("%(low)s to %(high)s points at discretion") % {"low": low, "high": high}
        return f"{criterion.text}：{'-' if leaf.rule == 'deduct' else '+'} {size}"
    per = each(criterion.unit, -criterion.points_up if leaf.rule == "deduct" else criterion.points_up)
    if criterion.max_up is None:
        return f"{criterion.text}：{per}"
    most = _("at most %(points)s") % {"points": plain_text(criterion.max_up)}
    return f"{criterion.text}：{per}，{most}"


def each(unit: str, points_up: int) -> str:
    """What each occurrence takes (micro-points below 0) or gives: “每次扣 0.5 分”."""
    text = _("each %(unit)s −%(points)s points") if points_up < 0 else _("each %(unit)s +%(points)s points")
    return text % {"unit": unit, "points": plain_text(abs(points_up))}


def _slope_line(leaf: Indicator) -> str:
    slope = leaf.slope
    text = (
        _("Target %(target)s; for every %(per)s below it %(points)s points are taken off, at most %(most)s.")
        if slope.direction == "up"
        else _("Target %(target)s; for every %(per)s above it %(points)s points are taken off, at most %(most)s.")
    )
    most = leaf.points_up if slope.max_up is None else slope.max_up
    return text % {
        "target": ratio_text(slope.target_up),
        "per": ratio_text(slope.per_up),
        "points": plain_text(slope.points_up),
        "most": plain_text(most),
    }


def ratio_text(value_up: int) -> str:
    """A ratio up to 1 as per cent, anything else as it stands."""
    return f"{plain_text(value_up * 100)}%" if 0 < value_up <= MICRO else plain_text(value_up)


def _points(points_up: int) -> str:
    return _("%(points)s points") % {"points": plain_text(points_up)}


def item_line(item: Item, part: Adjustment, sign: str) -> str:
    """What a bonus or penalty item gives or takes."""
    if item.levels_up:
        gives = "，".join(f"{name} {sign}{plain_text(points_up)}" for name, points_up in item.levels_up.items())
    else:
        gives = each(item.unit, -item.points_up if sign == "-" else item.points_up)
    limits = [_("once per matter") if item.per_matter == "highest" else ""]
    if item.max_up is not None:
        limits.append(_("at most %(points)s") % {"points": plain_text(item.max_up)})
    return "；".join([gives, *filter(None, limits)])


def veto_line(veto: Veto) -> str:
    """What a veto does."""
    if veto.effect == "max_stars":
        return ngettext("at most %(stars)d star", "at most %(stars)d stars", veto.stars) % {"stars": veto.stars}
    return {
        "grade": _("the lowest grade"),
        "bar_honours": _("no honours this year"),
        "zero_total": _("the total becomes 0"),
    }[veto.effect]


def band_lines(band: Band, scheme: Scheme) -> list[str]:
    """Quota and conditions of a band."""
    lines = [condition_line(condition, scheme) for condition in band.requires]
    if band.quota:
        lines += _targets(band.quota)
    if band.quota and band.quota.limits:
        within = {"all": _("of all branches"), "sector": _("within the sector"), "committee": _("within the committee")}
        most = (
            ratio_text(band.quota.max_share_up) if band.quota.max_share_up is not None else str(band.quota.max_number)
        )
        lines.append(
            _("Quota: at most %(most)s %(within)s, rounded down.") % {"most": most, "within": within[band.quota.within]}
        )
    return lines


def _targets(quota: Quota) -> list[str]:
    """Shares that the tally compares and warns of, without taking or giving a star."""
    lines = []
    if quota.about_up is not None:
        lines.append(_("About %(share)s of the branches; otherwise a warning.") % {"share": ratio_text(quota.about_up)})
    if quota.min_share_up is not None:
        share = ratio_text(quota.min_share_up)
        lines.append(_("At least %(share)s of the branches; otherwise a warning.") % {"share": share})
    return lines


def condition_line(condition: Condition, scheme: Scheme) -> str:
    """A condition of a band in words."""
    if condition.kind == "dimension_share":
        name = scheme.by_code[condition.code].name if condition.code in scheme.by_code else condition.code
        return _("“%(name)s” at least %(share)s") % {"name": name, "share": ratio_text(condition.limit)}
    if condition.kind == "flag":
        text = next((flag.text for flag in scheme.flags if flag.code == condition.code), condition.code)
        return _("confirmed: %(text)s") % {"text": text}
    values = {
        "limit": condition.limit,
        "share": ratio_text(condition.limit),
        "number": plain_text(condition.limit),
        "grade": condition.code,
    }
    return {
        "no_zero_dimension": _("no first-level indicator at 0"),
        "poll_min": _("poll score at least %(number)s"),
        "poll_top_share": _("top votes at least %(share)s"),
        "previous_stars_min": _("at least %(limit)s stars the year before"),
        "good_periods": _("at least %(limit)s periods in “%(grade)s”"),
        "no_veto": _("no veto"),
    }[condition.kind] % values


def year_line(scheme: Scheme) -> str:
    """How the periods become the year."""
    if scheme.year.method == "none":
        return _("there is no year total")
    method = {
        "sum": _("the sum of"),
        "mean": _("the mean of"),
        "weighted": _("the weighted mean of"),
        "last": _("the last of"),
        "best": _("the best of"),
    }[scheme.year.method]
    missing = {
        "block": _("a missing period leaves no year total"),
        "skip": _("missing periods are left out"),
        "zero": _("missing periods count as 0"),
    }[scheme.year.missing]
    return _("%(method)s %(periods)s; %(missing)s") % {
        "method": method, "periods": words.period_names(scheme.year.periods), "missing": missing,
    }  # fmt: skip
