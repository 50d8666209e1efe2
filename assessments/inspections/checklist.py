"""The check list of a visit: the indicators of the scheme that are due for the branch, with what was seen."""

from dataclasses import dataclass, field

from ..schemes.loading import engine_scheme, indicator_index
from ..schemes.models import SchemeVersion
from ..scoring.scheme import Indicator
from ..sheets.gather import due_rows
from ..sheets.versions import version_in
from .models import Finding, Visit, VisitCheck, VisitFile


@dataclass
class Row:
    """One indicator with its check, photos and findings."""

    leaf: Indicator
    indicator_id: int
    check: VisitCheck | None = None
    files: list[VisitFile] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def version(self) -> int:
        return self.check.version if self.check else 0

    @property
    def state(self) -> str:
        """The verdict, "open" where nobody has looked yet."""
        return self.check.verdict if self.check else "open"


@dataclass
class Group:
    """A first-level indicator with its rows."""

    code: str
    name: str
    rows: list[Row]

    @property
    def done(self) -> int:
        return sum(row.check is not None for row in self.rows)


def version_of(visit: Visit) -> SchemeVersion:
    """The scheme of the branch's sheet in the visit's cycle; asked once for each visit at hand."""
    found: SchemeVersion | None = visit.__dict__.get("_version")
    if found is None:
        found = visit.__dict__["_version"] = version_in(visit.plan.cycle, visit.branch)
    return found


def check_rows(visit: Visit) -> tuple[Indicator, ...]:
    """The indicators to look at: those of the branch's sector that are due in the cycle."""
    return due_rows(engine_scheme(version_of(visit)), visit.branch.sector.code, visit.plan.cycle.period)


def check_list(visit: Visit, files: list[VisitFile], findings: list[Finding]) -> list[Group]:
    """The list in the scheme's order, one query for the checks; `files` and `findings` are the visit's."""
    version = version_of(visit)
    index, wanted = indicator_index(version), {leaf.code: leaf for leaf in check_rows(visit)}
    rows = {code: Row(leaf, index.indicators[code].pk) for code, leaf in wanted.items()}
    by_id = {row.indicator_id: row for row in rows.values()}
    for check in visit.checks.select_related("entered_by"):
        if check.indicator_id in by_id:
            by_id[check.indicator_id].check = check
    for file in files:
        if file.indicator_id in by_id:
            by_id[file.indicator_id].files.append(file)
    for finding in findings:
        if finding.indicator_id in by_id:
            by_id[finding.indicator_id].findings.append(finding)
    groups = []
    for dimension in engine_scheme(version).indicators:
        here = [rows[leaf.code] for leaf in dimension.leaves if leaf.code in rows]
        if here:
            groups.append(Group(dimension.code, dimension.name, here))
    return groups
