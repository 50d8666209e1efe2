"""The department summary as sections: what page, PDF and workbook show."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from branchportal.tables import Column

from . import drawings
from .department import DepartmentSummary
from .document import Document, Section, share_up, shown
from .periods import state_of
from .shared_sections import MIXED, care_section, distribution_section, progress_section, star_ladder, star_name
from .spread import Spread

MOST_BARS = 10


def department_document(summary: DepartmentSummary) -> Document:
    """Print the summary; in the language that is active."""
    name, period = summary.name, summary.period.name
    sections = [progress_section(summary.progress)]
    if summary.own:
        sections += [_totals(summary), _stars(summary), _distribution(summary), _lost(summary)]
    sections += [_care(summary), *([_undone(summary)] if summary.undone else [])]
    if summary.own:
        sections.append(_branches(summary))
    tally = summary.tally
    return Document(
        title=_("Department summary, %(period)s") % {"period": period},
        about=name,
        state=state_of(tally),
        file_name=_("Department summary %(period)s (%(name)s)") % {"period": period, "name": name},
        facts=[
            (_("Organization"), f"{summary.organization.code} {name}"),
            (_("Period"), period),
            (_("Tally"), str(tally) if tally else "—"),
            (_("Digest of the results"), tally.digest or "—" if tally else "—"),
        ],
        figures=_figures(summary),
        sections=sections,
    )


def _figures(summary: DepartmentSummary) -> list[tuple[str, str]]:
    asked = sum(one.asked for one in summary.progress)
    submitted = sum(one.submitted for one in summary.progress)
    found = [(_("Sheets asked"), str(asked)), (pgettext("statistics", "Submitted"), f"{submitted} / {asked}")]
    if summary.own:
        found += [
            (_("Mean total"), shown("points", summary.own.mean_up)),
            (_("Median total"), shown("points", summary.own.median_up)),
        ]
    if summary.city:
        found.append((_("Mean of the city"), shown("points", summary.city.mean_up)))
    return [*found, (_("Rectifications not struck off"), str(summary.care.undone))]


def _totals(summary: DepartmentSummary) -> Section:
    """Own figures, those of the city, and the period before."""
    columns = [
        Column(pgettext("statistics", "Group"), 26),
        Column(_("With a total"), 10, "whole"),
        *(
            Column(heading, 11, "points")
            for heading in (_("Mean"), _("Median"), pgettext("statistics", "Best"), pgettext("statistics", "Lowest"))
        ),
    ]
    rows = [_total_row(summary.name, summary.own)]
    if summary.city:
        rows.append(_total_row(_("Whole city"), summary.city, extremes=summary.shows_extremes))
    note = "" if summary.city else _("Figures of the whole city are shown once the results are published.")
    before = summary.before
    if before:
        rows.append(_total_row(_("%(period)s (before)") % {"period": before.name}, before.own))
        told = ngettext(
            "%(both)d branch has a total in both: on average %(change)s points; %(up)d higher, %(down)d lower.",
            "%(both)d branches have a total in both: on average %(change)s points; %(up)d higher, %(down)d lower.",
            before.both,
        )
        words = {
            "both": before.both,
            "change": shown("signed", before.mean_change_up),
            "up": before.up,
            "down": before.down,
        }
        note = " ".join(filter(None, [note, told % words if before.both else ""]))
    if before and not before.is_comparable:
        note = " ".join(filter(None, [note, _("The period before had other schemes: its totals are not compared.")]))
    if any(one and one.is_mixed for one in (summary.own, summary.city, before and before.own)):
        note = f"{note} {MIXED}".strip()
    return Section("totals", _("Totals"), columns, rows, note=note, empty=_("No branch has a total yet."))


def _total_row(name: str, spread: Spread, *, extremes: bool = True) -> tuple:
    best, lowest = (spread.best_up, spread.lowest_up) if extremes else (None, None)
    return (name, spread.ranked, spread.mean_up, spread.median_up, best, lowest)


def _stars(summary: DepartmentSummary) -> Section:
    """Stars of own branches, in numbers and shares, beside the shares of the city."""
    groups = [(summary.name, summary.own)]
    groups += [(_("Whole city"), summary.city)] if summary.city else []
    groups += (
        [(_("%(period)s (before)") % {"period": summary.before.name}, summary.before.own)] if summary.before else []
    )
    ladder = star_ladder([spread for _name, spread in groups])
    columns = [Column(pgettext("statistics", "Group"), 26), Column(pgettext("statistics", "Rated"), 8, "whole")]
    columns += [Column(star_name(stars), 9, "whole") for stars in ladder]
    columns += [
        Column(heading, 9, "whole")
        for heading in (_("Undecided"), _("No total"), _("Exempt"), pgettext("statistics", "Vetoed"))
    ]  # fmt: skip
    rows = [
        (
            name, spread.rated, *(spread.stars.get(stars, 0) for stars in ladder), spread.undecided, spread.missing,
            spread.exempt, spread.vetoed,
        )
        for name, spread in groups
    ]  # fmt: skip
    shares = {
        name: [drawings.figure((share_up(one.stars.get(stars, 0), one.rated) or 0) * 100, 1) for stars in ladder]
        for name, one in groups
    }
    chart = drawings.columns([star_name(stars) for stars in ladder], shares, unit="%")
    return Section(
        "stars",
        _("Stars"),
        columns,
        rows,
        note=_(
            "The chart shows shares of the rated branches. In a progress cycle stars are those the score would open."
        ),
        chart=chart if any(one.rated for _name, one in groups) else None,
        chart_told=_("Shares of the stars; the table below holds the numbers"),
    )


def _distribution(summary: DepartmentSummary) -> Section:
    if summary.city and summary.shows_extremes:
        return distribution_section([pgettext("statistics", "Own"), _("Whole city")], [summary.own, summary.city])
    return distribution_section([pgettext("statistics", "Own")], [summary.own])


def _lost(summary: DepartmentSummary) -> Section:
    """Where points were lost most, by the mean loss of a mark."""
    columns = [
        Column(_("Code"), 8, "code"),
        Column(_("Indicator"), 30),
        Column(_("Full points"), 10, "points"),
        Column(pgettext("statistics", "Marks"), 8, "whole"),
        Column(_("Points lost"), 11, "points"),
        Column(_("Lost per mark"), 11, "points"),
    ]
    has_city = any(one.city_mean_up is not None for one in summary.lost)
    if has_city:
        columns.append(Column(_("Lost per mark, whole city"), 12, "points"))
    rows = [
        (one.code, one.name, one.points_up, one.marks, one.lost_up, one.mean_up)
        + ((one.city_mean_up,) if has_city else ())
        for one in summary.lost
    ]
    most = summary.lost[:MOST_BARS]
    series = {pgettext("statistics", "Own"): [drawings.figure(one.mean_up) for one in most]}
    if has_city:
        series[_("Whole city")] = [drawings.figure(one.city_mean_up) for one in most]
    return Section(
        "lost",
        _("Where points were lost most"),
        columns,
        rows,
        note=_("From the sealed sheets of the tally; rows that do not apply or were not due are left out."),
        empty=_("No points were lost in the sealed sheets, or none is sealed yet."),
        chart=drawings.bars([f"{one.code} {one.name}" for one in most], series) if rows else None,
        chart_told=_("Points lost per mark; the table below holds the same figures"),
    )


def _care(summary: DepartmentSummary) -> Section:
    return care_section([(summary.period.name, summary.care)])


def _undone(summary: DepartmentSummary) -> Section:
    """What is not struck off yet."""
    columns = [
        Column(_("Branch"), 26),
        Column(_("Problem"), 40),
        Column(_("Deadline"), 12, "date"),
        Column(pgettext("statistics", "State"), 14),
    ]
    rows = [
        (
            one.finding.branch.name,
            one.finding.problem,
            one.due_on,
            _("overdue") if one.is_overdue else one.get_status_display(),
        )
        for one in summary.undone
    ]
    return Section("undone", _("Rectifications not struck off"), columns, rows)


def _branches(summary: DepartmentSummary) -> Section:
    """The branches in the order of the ranking."""
    rank = _("In the sector") if summary.tally and summary.tally.is_mixed else _("Rank overall")
    columns = [
        Column(rank, 8, "whole"),
        Column(_("Code"), 12, "code"),
        Column(_("Branch"), 30),
        Column(_("Organization"), 24),
        Column(_("Sector"), 10),
        Column(_("Total"), 9, "points"),
        Column(_("Period before"), 9, "points"),
        Column(_("Stars"), 8, "whole"),
        Column(_("Remark"), 16),
    ]
    rows = [
        (one.rank, one.code, one.name, one.organization, one.sector, one.total_up, one.before_up, one.stars, one.remark)
        for one in summary.lines
    ]
    return Section("branches", _("Branches"), columns, rows, empty=_("No result yet."))
