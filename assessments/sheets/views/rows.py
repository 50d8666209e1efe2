"""What the side-by-side pages of department and inspectors share: canned reasons, the figures after a change."""

from django.utils.translation import gettext_lazy

from branchportal.figures import points_text

from ..models import Sheet
from ..review_page import Page

CANNED = (
    gettext_lazy("Does not agree with the evidence"),
    gettext_lazy("The evidence is missing or incomplete"),
    gettext_lazy("Counted twice"),
    gettext_lazy("Outside the period assessed"),
    gettext_lazy("More points are due by the standard"),
    gettext_lazy("Agreed with the branch in a talk"),
)


def row_figures(sheet: Sheet, page: Page, code: str, *, may_approve: bool = False) -> dict:
    """What the script shows after a change: this row and the whole."""
    row = next(row for row in page.rows if row.leaf.code == code)
    return {
        "code": code,
        "state": row.state,
        "version": row.version,
        "points": points_text(row.mine_up),
        "shift_up": row.shift_up or 0,
        "sheet_version": sheet.version,
        "total": points_text(page.preview.total_up),
        "stars": page.preview.stars,
        "grade": page.preview.grade,
        "reviewed": page.reviewed,
        "todo": page.todo,
        "due": len(page.rows),
        "dimensions": [
            {"code": line.code, "earned": points_text(line.earned_up), "percent": line.percent}
            for line in page.preview.dimensions
        ],
        "may_approve": may_approve,
    }
