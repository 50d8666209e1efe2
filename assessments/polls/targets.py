"""What a ballot paper counts for: a row or a component of the scheme, conditions alone, or the year as a whole."""

from django.utils.translation import gettext as _

from ..schemes.loading import engine_scheme
from ..schemes.models import SchemeVersion
from ..scoring import Scheme

ROW, POLL, MEETING, FACTS, YEAR = "row:", "poll", "meeting", "facts", "year"


def targets(version: SchemeVersion) -> list[tuple[str, str]]:
    """Every place of a scheme version that a poll can feed, as (target, label)."""
    scheme = engine_scheme(version)
    found = [
        (f"{ROW}{leaf.code}", _("indicator %(code)s %(name)s") % {"code": leaf.code, "name": leaf.name})
        for leaf in scheme.leaves
        if leaf.rule == "poll"
    ]
    sources = {component.source for component in scheme.components}
    if POLL in sources:
        found.append((POLL, _("component “poll” of the total")))
    if MEETING in sources:
        found.append((MEETING, _("component “report-and-appraisal meeting” of the total")))
    found.append((FACTS, _("conditions of a star in a cycle (no points)")))
    found.append((YEAR, _("conditions of a star of the year (no points)")))
    if MEETING not in sources:
        found.append((MEETING, _("report-and-appraisal meeting (recorded, no points in this scheme)")))
    return found


def target_label(version: SchemeVersion, target: str) -> str:
    """The target in words."""
    return dict(targets(version)).get(target, target)


def feeds_year(target: str) -> bool:
    """Whether the poll is about the year and not about a cycle."""
    return target == YEAR


def row_code(target: str) -> str:
    """The indicator's code, "" where the target is no row."""
    return target.removeprefix(ROW) if target.startswith(ROW) else ""


def is_row_due(scheme: Scheme, target: str, period: str) -> bool:
    """Whether the row that a poll feeds is asked in a period at all."""
    code = row_code(target)
    return not code or (code in scheme.by_code and scheme.is_due(scheme.by_code[code], period))
