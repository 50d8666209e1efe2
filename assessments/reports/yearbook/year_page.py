"""The year statistics as sections: what page, PDF and workbook show. Results and events stand in `year_sections`."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from branchportal.tables import Column

from ..ranking_report import mean_up
from . import drawings
from .document import Document, Section, shown
from .periods import Period, state_of
from .shared_sections import (
    MIXED,
    by_cycle,
    care_section,
    distribution_section,
    progress_section,
    star_name,
    stars_section,
)
from .year import YearStatistics
from .year_sections import (
    asked_section,
    changes_section,
    consultations_section,
    objections_section,
    polls_section,
    records_section,
    visits_section,
)


def year_document(year: YearStatistics) -> Document:
    """Print the statistics; in the language that is active."""
    name = Period(year.plan, None).name
    basis = year.basis
    sections = [
        progress_section(year.progress),
        _punctuality(year),
        asked_section(year),
        _totals(year),
        changes_section(year),
    ]
    if year.whole:
        sections += [
            distribution_section([_("Branches")], [year.whole]),
            _sectors(year),
            _organizations(year),
        ]
    events = year.events
    sections += [
        visits_section(year),
        care_section(by_cycle(year.progress, year.care)),
        polls_section(events),
        consultations_section(events),
        objections_section(events),
        records_section(events),
    ]
    return Document(
        title=_("Year statistics, %(period)s") % {"period": name},
        about=_("Whole city"),
        state=state_of(basis),
        file_name=_("Year statistics %(period)s") % {"period": name},
        facts=[
            (_("Year plan"), year.plan.name),
            (_("Results shown by sector and organization"), str(basis) if basis else "—"),
            (_("Digest of the results"), basis.digest or "—" if basis else "—"),
        ],
        figures=_figures(year),
        sections=sections,
    )


def _figures(year: YearStatistics) -> list[tuple[str, str]]:
    asked, submitted = (sum(getattr(one, name) for one in year.progress) for name in ("asked", "submitted"))
    on_time = sum(one.on_time for one in year.progress)
    found = [
        (_("Sheets asked"), str(asked)),
        (pgettext("statistics", "Submitted"), f"{submitted} / {asked}"),
        (pgettext("statistics", "On time"), f"{on_time} / {submitted}"),
    ]
    if year.whole:
        found += [(_("Branches"), str(year.whole.branches)), (_("Mean total"), shown("points", year.whole.mean_up))]
    return found


def _punctuality(year: YearStatistics) -> Section:
    """Of the submitted sheets: on time, within a granted extension, late."""
    headings = (
        pgettext("statistics", "Submitted"),
        pgettext("statistics", "On time"),
        _("Within an extension"),
        pgettext("statistics", "Late"),
    )
    columns = [Column(_("Cycle"), 24), *(Column(heading, 12, "whole") for heading in headings)]
    rows = [(one.cycle.name, one.submitted, one.on_time, one.extended, one.late) for one in year.progress]
    names = [Period(year.plan, one.cycle).name.removeprefix(f"{year.plan.year}年") for one in year.progress]
    series = {
        headings[1]: [one.on_time for one in year.progress],
        headings[2]: [one.extended for one in year.progress],
        headings[3]: [one.late for one in year.progress],
        pgettext("statistics", "Not submitted"): [one.asked - one.submitted for one in year.progress],
    }
    return Section(
        "punctuality",
        _("Participation and punctuality"),
        columns,
        rows,
        note=_("By the last submission of each sheet; a sheet sent back has the deadline that was set with it."),
        chart=drawings.columns(names, series, stacked=True, unit=pgettext("statistics", "sheets")) if rows else None,
        chart_told=_("Sheets by punctuality; the table below holds the same figures"),
    )


def _totals(year: YearStatistics) -> Section:
    """Self-assessed, reviewed and final means of each cycle."""
    headings = (_("Mean self-assessed"), _("Mean reviewed"), _("Mean total"), _("Median"), _("Penalties"))
    columns = [
        Column(_("Cycle"), 24),
        Column(_("With a total"), 10, "whole"),
        *(Column(heading, 12, "points") for heading in headings),
    ]
    rows = []
    for one in year.progress:
        spread = year.totals.get(one.cycle.pk)
        is_mixed = spread is not None and spread.is_mixed
        rows.append(
            (
                one.cycle.name,
                spread.ranked if spread else None,
                None if is_mixed else mean_up(one.self_totals_up),
                None if is_mixed else mean_up(one.review_totals_up),
                spread.mean_up if spread else None,
                spread.median_up if spread else None,
                year.penalties_up.get(one.cycle.pk),
            )
        )
    note = _("Self-assessed and reviewed: means of the approved sheets. Penalties: points of all branches together.")
    if any(spread.is_mixed for spread in year.totals.values()):
        note = f"{note} {MIXED}"
    return Section("totals", _("Totals of the cycles"), columns, rows, note=note)


def _sectors(year: YearStatistics) -> Section:
    groups = [(one.name, one.spread) for one in year.sectors]
    found = stars_section(_("Results by sector"), _("Sector"), groups, year.whole)
    stars = [stars for stars in (5, 4, 3, 2, 1, 0) if any(one.spread.stars.get(stars) for one in year.sectors)]
    series = {star_name(number): [one.spread.stars.get(number, 0) for one in year.sectors] for number in stars}
    chart = drawings.columns(
        [one.name for one in year.sectors], series, stacked=True, colours=drawings.star_colours(stars)
    )
    return Section(
        "sectors",
        found.title,
        found.columns,
        found.rows,
        found.total,
        note=found.note,
        chart=chart if stars else None,
        chart_told=_("Stars by sector; the table below holds the same figures"),
    )


def _organizations(year: YearStatistics) -> Section:
    groups = [(one.name, one.spread) for one in year.organizations]
    found = stars_section(_("Results by organization"), _("Organization"), groups, year.whole)
    return Section("organizations", found.title, found.columns, found.rows, found.total, note=found.note)
