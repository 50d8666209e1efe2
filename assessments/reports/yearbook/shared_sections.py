"""Sections that more than one report has: how far the sheets are, totals beside each other, stars, ranges."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from branchportal.tables import Column

from . import drawings
from .care import Care, Progress
from .document import Section, share_up
from .spread import BIN_POINTS, Spread, bin_range

MIXED = gettext_lazy(
    "Sectors were scored under different schemes, whose points are not compared: no figures stand over all of them."
)


def star_name(stars: int) -> str:
    """Stars as a heading."""
    if not stars:
        return _("no stars")
    return ngettext("%(number)d star", "%(number)d stars", stars) % {"number": stars}


def star_ladder(spreads: Sequence[Spread]) -> list[int]:
    """Which stars need a column: five to one, and none where it occurs."""
    return [5, 4, 3, 2, 1] + ([0] if any(one.stars.get(0) for one in spreads) else [])


def progress_section(progress: Sequence[Progress]) -> Section:
    """Per cycle, how many sheets reached which step."""
    columns = [
        Column(_("Cycle"), 22),
        *(
            Column(heading, 10, "whole")
            for heading in (
                pgettext("statistics", "Asked"),
                pgettext("statistics", "Submitted"),
                pgettext("statistics", "Passed"),
                pgettext("statistics", "Approved"),
                pgettext("statistics", "Sealed"),
                pgettext("statistics", "Returned"),
                pgettext("statistics", "Not submitted"),
                pgettext("statistics", "Late"),
                _("Exempt"),
            )
        ),
    ]
    rows = [
        (
            one.cycle.name, one.asked, one.submitted, one.passed, one.approved, one.sealed, one.returned, one.open,
            one.late, one.exempt,
        )
        for one in progress
    ]  # fmt: skip
    note = _("Each step counts the sheets that went further, too. Late: after the deadline and any granted extension.")
    return Section("progress", _("How far the sheets are"), columns, rows, note=note)


def distribution_section(names: Sequence[str], spreads: Sequence[Spread]) -> Section:
    """Ranges of five points: counts, and shares where groups of unlike size stand beside each other."""
    lows = bin_range(spreads)
    labels = [f"{low}–{low + BIN_POINTS}" for low in lows]
    columns = [Column(_("Points"), 14)]
    for name in names:
        columns += [Column(name, 12, "whole"), Column(_("%(name)s, share") % {"name": name}, 12, "percent")]
    rows = []
    for low, label in zip(lows, labels, strict=True):
        row: list[object] = [label]
        for one in spreads:
            number = one.bins.get(low, 0)
            row += [number, share_up(number, one.ranked)]
        rows.append(row)
    shares = {
        name: [drawings.figure((share_up(one.bins.get(low, 0), one.ranked) or 0) * 100, 1) for low in lows]
        for name, one in zip(names, spreads, strict=True)
    }
    counts = {names[0]: [spreads[0].bins.get(low, 0) for low in lows]} if spreads else {}
    is_alone = len(spreads) == 1
    chart = drawings.columns(labels, counts if is_alone else shares, unit=_("branches") if is_alone else "%")
    return Section(
        "distribution",
        _("Distribution of totals"),
        columns,
        rows,
        chart=chart if lows else None,
        chart_told=_("Distribution of totals; the table below holds the same figures"),
        empty=str(MIXED) if any(one.is_mixed for one in spreads) else _("No branch has a total yet."),
    )


def stars_section(title: str, first: str, groups: Sequence[tuple[str, Spread]], whole: Spread | None = None) -> Section:
    """Groups with their figures and stars, the whole below."""
    spreads = [spread for _name, spread in groups]
    ladder = star_ladder([*spreads, *([whole] if whole else [])])
    columns = [
        Column(first, 26),
        Column(_("Branches"), 9, "whole"),
        *(
            Column(name, 10, "points")
            for name in (_("Mean"), _("Median"), pgettext("statistics", "Best"), pgettext("statistics", "Lowest"))
        ),
        *(Column(star_name(stars), 8, "whole") for stars in ladder),
        Column(_("Undecided"), 8, "whole"),
        Column(_("No total"), 8, "whole"),
        Column(_("Exempt"), 8, "whole"),
    ]
    rows = [stars_row(name, spread, ladder) for name, spread in groups]
    total = stars_row(pgettext("statistics", "All"), whole, ladder) if whole else ()
    note = str(MIXED) if any(one.is_mixed for one in [*spreads, *([whole] if whole else [])]) else ""
    return Section("stars", title, columns, rows, total, note=note, empty=_("No result yet."))


def stars_row(name: str, spread: Spread, ladder: Sequence[int]) -> tuple:
    """One line of `stars_section`."""
    return (
        name,
        spread.branches,
        spread.mean_up,
        spread.median_up,
        spread.best_up,
        spread.lowest_up,
        *(spread.stars.get(stars, 0) for stars in ladder),
        spread.undecided,
        spread.missing,
        spread.exempt,
    )


def care_section(lines: Sequence[tuple[str, Care]], total: Care | None = None) -> Section:
    """Findings and their rectifications."""
    columns = [
        Column(_("Cycle"), 24),
        *(
            Column(heading, 12, "whole")
            for heading in (
                _("Findings"),
                _("To be put right"),
                _("Waits to be checked"),
                pgettext("statistics", "Sent back"),
                _("Struck off"),
                pgettext("statistics", "Overdue"),
            )
        ),
    ]
    rows = [_care_row(name, care) for name, care in lines]
    return Section(
        "care",
        _("Findings and rectifications"),
        columns,
        rows,
        _care_row(_("Total"), total) if total else (),
        note=_("Overdue ones are those that the branch has not answered by their deadline."),
    )


def _care_row(name: str, care: Care) -> tuple:
    return (name, care.findings, care.open, care.answered, care.returned, care.closed, care.overdue)


def by_cycle(progress: Sequence[Progress], cares: Mapping[int, Care]) -> list[tuple[str, Care]]:
    """Cycles with their findings, those without any too."""
    return [(one.cycle.name, cares.get(one.cycle.pk, Care())) for one in progress]
