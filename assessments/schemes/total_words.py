"""How a scheme makes one figure of many, in words: components, adjustments, ranking, the year. Every key that decides a
figure and belongs to no single indicator, item or band has its sentence here.
"""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from branchportal.figures import plain_text

from ..scoring.scheme import YEAR, Adjustment, Band, Indicator, Scheme
from . import comparison_words as words
from .description import band_lines, ratio_text


def total_lines(scheme: Scheme) -> list[str]:
    """From points to a total and its rank, a sentence each, in the order in which they apply."""
    lines = [_full_marks(scheme), _components(scheme)]
    if scheme.rescale_due:
        lines.append(_("Where rows are not assessed in a period, the others are brought to full marks."))
    if not scheme.bonus.counts and scheme.bonus.items:
        lines.append(
            _("Bonus counts for the rank and not for the grade.")
            if scheme.rank_on == "total"
            else _("Bonus counts neither for the grade nor for the rank.")
        )
    if scheme.max_total_up is not None:
        lines.append(_("The total is at most %(most)s.") % {"most": plain_text(scheme.max_total_up)})
    lines.append(_rank(scheme))
    if scheme.star_mode == "thematic":
        lines.append(_("Every first-level indicator that passes wins a star of its own."))
    return lines


def _full_marks(scheme: Scheme) -> str:
    marks = {"marks": plain_text(scheme.full_marks_up)}
    if scheme.rescale:
        return _("Full marks are %(marks)s; the points of the indicators are brought to this scale.") % marks
    return _("Full marks are %(marks)s.") % marks


def _components(scheme: Scheme) -> str:
    names = words.source_names()
    parts = [f"{names[part.source]} × {ratio_text(part.weight_up)}" for part in scheme.components]
    return _("Base score = %(parts)s.") % {"parts": " + ".join(parts)}


def _rank(scheme: Scheme) -> str:
    by = _("total") if scheme.rank_on == "total" else _("graded score")
    said = _("Ranks compare the %(figure)s with %(places)d decimals.") % {"figure": by, "places": scheme.places}
    if not scheme.tie_break:
        return said
    names = {code: f"“{each.name}”" for code, each in scheme.by_code.items()}
    order = words.periods(list(scheme.tie_break), names)
    ties = _("Of equal ones, these are compared in turn: %(order)s.") % {"order": order}
    return f"{said} {ties}"


def dimension_lines(top: Indicator) -> list[str]:
    """What is done to the points of a first-level indicator as a whole."""
    lines = []
    if top.children and top.scaled:
        lines.append(_("The points of its rows are brought to %(points)s.") % {"points": plain_text(top.points_up)})
    if top.pass_up is not None:
        lines.append(_("It passes from %(share)s of its points on.") % {"share": ratio_text(top.pass_up)})
    return lines


def adjustment_lines(part: Adjustment) -> list[str]:
    """Where a bonus or penalty counts and how far: its component, its cap, the caps of its groups."""
    lines = []
    if part.source != "total":
        source = words.source_names()[part.source]
        lines.append(_("It is taken from the %(source)s score, down to 0.") % {"source": source})
    if part.cap_up is not None:
        lines.append(_("Altogether at most %(cap)s points.") % {"cap": plain_text(part.cap_up)})
    comma = pgettext("between the names of a list", ", ")
    for group in part.groups:
        members = comma.join(item.text for item in part.items if item.group == group.code)
        if members and group.cap_up is not None:
            said = {"items": members, "cap": plain_text(group.cap_up)}
            lines.append(_("%(items)s: together at most %(cap)s points.") % said)
    return lines


def year_lines(scheme: Scheme) -> list[str]:
    """What the year does beyond its method: weights, adjustments, a scale of its own."""
    year, lines = scheme.year, []
    if year.method == "none":
        return lines
    if year.weights_up:
        parts = [f"{words.period_name(period)} × {ratio_text(weight)}" for period, weight in year.weights_up.items()]
        lines.append(_("Weights: %(parts)s.") % {"parts": "，".join(parts)})
    if year.adjustments == "summed":
        lines.append(_("Bonus and penalty of the periods are added up over the year, beside their base scores."))
    if year.bonus_cap_up is not None:
        lines.append(_("Bonus of the year: at most %(cap)s points.") % {"cap": plain_text(year.bonus_cap_up)})
    return lines


def year_bands(scheme: Scheme) -> list[tuple[Band, list[str]]]:
    """The grades of the year with their conditions, where they are not those of a period."""
    if not scheme.year.bands:
        return []
    return [(band, band_lines(band, scheme)) for band in scheme.bands_for(YEAR)]
