"""The analysis of indicators as sections: what page, PDF and workbook show."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from branchportal.tables import Column

from . import drawings
from .document import Document, Section
from .indicators import IndicatorReport, Line

MOST_BARS = 10


def indicator_document(report: IndicatorReport) -> Document:
    """Print the analysis; in the language that is active."""
    about = report.organization.name if report.organization else _("All sheets that you see")
    sector = report.sector.name if report.sector else _("all sectors")
    weak = sum(one.is_weak for one in report.lines)
    names = {one.code: one.name for one in report.sectors}
    parts = "、".join(filter(None, [report.organization and report.organization.name, report.sector and sector]))
    return Document(
        title=_("Indicators with almost full marks, %(period)s") % {"period": report.period.name},
        about=f"{about} · {sector}",
        state=_("From approved and sealed sheets only."),
        file_name=_("Indicators with almost full marks %(period)s") % {"period": report.period.name}
        + (f"（{parts}）" if parts else ""),
        facts=[(_("Period"), report.period.name), (_("Sector"), sector)],
        figures=[
            (_("Sealed sheets"), str(report.sheets)),
            (pgettext("statistics", "Indicators"), str(len(report.overall))),
            (_("Indicator and sector, almost full everywhere"), f"{weak} / {len(report.lines)}"),
        ],
        sections=[_overall(report.overall), _by_sector(report.lines, names)],
    )


def _columns(*, has_sector: bool) -> list[Column]:
    return [
        Column(_("Code"), 8, "code"),
        Column(_("Indicator"), 30),
        *([Column(_("Sector"), 12)] if has_sector else []),
        Column(_("Share at 95% and more"), 12, "percent"),
        Column(_("Standard deviation"), 12, "percent"),
        Column(_("Mean share of the points"), 12, "percent"),
        Column(pgettext("statistics", "Marks"), 9, "whole"),
        Column(_("Full points"), 10, "points"),
        Column(_("Judgement"), 16),
    ]


def _row(line: Line, *sector: str) -> tuple:
    return (
        line.code,
        line.name,
        *sector,
        line.full_share_up,
        line.spread_up,
        line.mean_up,
        line.marks,
        line.points_up,
        _("tells branches apart too little") if line.is_weak else "",
    )


def _overall(lines: Sequence[Line]) -> Section:
    shown = lines[:MOST_BARS]
    series = {
        _("Share at 95% and more"): [drawings.figure(one.full_share_up * 100, 1) for one in shown],
        _("Standard deviation"): [drawings.figure(one.spread_up * 100, 1) for one in shown],
    }
    return Section(
        "overall",
        _("All sectors together"),
        _columns(has_sector=False),
        [_row(one) for one in lines],
        note=_(
            "Marked are indicators where at least 80% of the marks reach 95% of the points. "
            "The standard deviation is in per cent of the indicator's points; marks that do not apply are left out."
        ),
        empty=_("There is no approved or sealed sheet in this choice yet."),
        chart=drawings.bars([f"{one.code} {one.name}" for one in shown], series, unit="%") if shown else None,
        chart_told=_("The indicators with the most almost full marks; the table below holds the same figures"),
    )


def _by_sector(lines: Sequence[Line], names: dict[str, str]) -> Section:
    rows = [_row(one, names.get(one.sector, one.sector)) for one in lines]
    return Section("sectors", _("By sector"), _columns(has_sector=True), rows)
