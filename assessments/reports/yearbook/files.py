"""The statistics as PDF and workbook: the sections that the page shows, in Chinese whatever language it is read in."""

from collections.abc import Callable

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from branches.models import Sector
from branchportal import pdf
from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.jobs import Progress
from branchportal.tables import Column, Table, xlsx_bytes

from .. import charts
from ..archive import safe
from ..printing import missing_sentence
from . import rules
from .department import department_summary
from .department_page import department_document
from .document import SIGNED, Document, Section, stored
from .indicators import indicator_report
from .indicators_page import indicator_document
from .periods import Period, all_periods
from .year import year_statistics
from .year_page import year_document

PAPER = "zh-hans"
TEMPLATE = "pdf/statistics.html"
STYLES = ("pdf/paper.css", "pdf/statistics.css")


def document_xlsx(document: Document) -> bytes:
    """One sheet a section with a table, and a last one that says where the figures come from."""
    tables = [_table(section) for section in document.sections if section.columns]
    return xlsx_bytes([*tables, _about(document)])


def document_pdf(document: Document) -> pdf.Paper:
    """The paper, charts as vector drawings."""
    parts = [
        {"section": section, "drawing": charts.svg(section.chart, 700, 250) if section.chart else ""}
        for section in document.sections
    ]
    return pdf.render(TEMPLATE, {"document": document, "parts": parts}, styles=STYLES)


def _table(section: Section) -> Table:
    kinds = [column.kind for column in section.columns]
    rows = [tuple(map(stored, kinds, row)) for row in section.rows]
    columns = [Column(one.heading, one.width, "points" if one.kind == SIGNED else one.kind) for one in section.columns]
    totals = tuple(map(stored, kinds, section.total)) if section.total else ()
    return Table(section.title, columns, rows, totals=totals, notes=[section.note] if section.note else [])


def _about(document: Document) -> Table:
    rows = [
        (pgettext("statistics", "Title"), document.title),
        (pgettext("statistics", "About"), document.about),
        (pgettext("statistics", "State"), document.state),
        *document.facts,
        *document.figures,
        (pgettext("statistics", "Made at"), timezone.localtime()),
    ]
    return Table(
        pgettext("statistics", "Explanation"),
        (Column(pgettext("statistics", "Item"), 26), Column(pgettext("statistics", "Content"), 80)),
        rows,
        has_filter=False,
    )


def write_department(progress: Progress) -> None:
    """The summary of an organization, as its reader sees it when the job runs."""

    def read() -> Document:
        user, params = progress.job.owner, progress.job.params
        require(rules.can_see_departments(user))
        organization = rules.organizations_of(user).filter(pk=params["organization"]).first()
        if organization is None:
            raise _gone()
        return department_document(department_summary(user=user, organization=organization, period=_period(progress)))

    _write(progress, read)


def write_year(progress: Progress) -> None:
    """The statistics of a year."""

    def read() -> Document:
        user = progress.job.owner
        require(rules.can_see_year(user))
        plan = next((one.plan for one in all_periods() if one.plan.pk == progress.job.params["plan"]), None)
        if plan is None:
            raise _gone()
        return year_document(year_statistics(user=user, plan=plan))

    _write(progress, read)


def write_indicators(progress: Progress) -> None:
    """The analysis of indicators."""

    def read() -> Document:
        user, params = progress.job.owner, progress.job.params
        require(rules.can_see_indicators(user))
        organization = rules.organizations_of(user).filter(pk=params.get("organization")).first()
        sector = Sector.objects.filter(pk=params.get("sector")).first()
        if (params.get("organization") and organization is None) or (params.get("sector") and sector is None):
            raise _gone()
        report = indicator_report(user=user, period=_period(progress), organization=organization, sector=sector)
        return indicator_document(report)

    _write(progress, read)


def _write(progress: Progress, read: Callable[[], Document]) -> None:
    progress.start(2)
    with override(PAPER):
        document = read()
        progress.step(1)
        if progress.job.params["kind"] == "xlsx":
            progress.attach(f"{safe(document.file_name)}.xlsx", document_xlsx(document))
            return
        paper = document_pdf(document)
    progress.attach(f"{safe(document.file_name)}.pdf", paper.content)
    if paper.missing:
        progress.finish(message=missing_sentence(paper.missing))


def _period(progress: Progress) -> Period:
    found = next((one for one in all_periods() if one.key == progress.job.params["period"]), None)
    if found is None:
        raise _gone()
    return found


def _gone() -> PortalError:
    return PortalError(_("What was to be printed does not exist any more, or it is not yours to see."))
