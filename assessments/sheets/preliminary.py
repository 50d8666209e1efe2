"""The department's own marks (初审得分): which sheets get them, and what stands in where no department gives any.

They count where the scheme has the component `preliminary`; elsewhere the department passes or returns, no more.
"""

from django.utils.translation import gettext as _

from branches.models import Organization
from branchportal.errors import PortalError

from ..schemes.loading import engine_scheme
from ..scoring import FigureError, score_stage
from ..scoring import Mark as EngineMark
from ..scoring.scheme import Scheme
from .choices import Stage
from .gather import is_filled_by_branch, sheet_batch, sheet_rows
from .models import Mark, Sheet

StageMarks = dict[str, dict[str, EngineMark]]


def is_direct(sheet: Sheet) -> bool:
    """Whether the branch stands directly under the work committee: then there is no preliminary review."""
    return sheet.organization.kind == Organization.Kind.WORK_COMMITTEE


def has_component(scheme: Scheme) -> bool:
    """Whether the preliminary review is a part of the score under this scheme."""
    return any(part.source == Stage.PRELIMINARY for part in scheme.components)


def gives_marks(sheet: Sheet) -> bool:
    """Whether a department gives marks of its own on this sheet; asks the database nothing."""
    return has_component(engine_scheme(sheet.scheme_version)) and not is_direct(sheet)


def is_begun(sheet: Sheet) -> bool:
    """Whether the department has given marks; no query where it gives none under the scheme."""
    return gives_marks(sheet) and Mark.objects.filter(sheet=sheet, stage=Stage.PRELIMINARY).exists()


def with_standing(sheet: Sheet, marks: StageMarks) -> StageMarks:
    """Marks by stage as they are scored and sealed: where no department reviews, the review's marks stand in.

    So the component of a branch directly under the work committee equals that of the review, instead of missing.
    """
    if not (is_direct(sheet) and has_component(engine_scheme(sheet.scheme_version))):
        return marks
    standing = {**marks.get(Stage.REVIEW, {}), **marks.get(Stage.PRELIMINARY, {})}
    return {**marks, Stage.PRELIMINARY.value: standing}


def missing_marks(sheet: Sheet, marks: StageMarks) -> list[str]:
    """Codes of due rows without the department's mark; none where it gives no marks or they carry no weight."""
    parts = engine_scheme(sheet.scheme_version).components
    if not (gives_marks(sheet) and any(part.source == Stage.PRELIMINARY and part.weight_up > 0 for part in parts)):
        return []
    present = marks.get(Stage.PRELIMINARY, {})
    rows = [leaf for leaf in sheet_rows(sheet) if is_filled_by_branch(leaf) and leaf.due != "on_event"]
    return [leaf.code for leaf in rows if leaf.code not in present]


def component_up(sheet: Sheet, marks: StageMarks) -> int | None:
    """The department's component by the engine, in micro-points of full marks; None while a row is missing.

    Raises: PortalError where a figure is beyond the engine's limits.
    """
    scheme = engine_scheme(sheet.scheme_version)
    try:
        scored = score_stage(scheme, sheet_batch(sheet, marks=marks, claims=()), Stage.PRELIMINARY.value)
    except FigureError as error:
        text = _("“%(item)s” gives more than 1,000,000 points. Correct what was entered there.")
        raise PortalError(text % {"item": error.item}) from error
    return int(scored.score_up[0]) if scored.present[0] else None
