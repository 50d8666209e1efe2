"""BRANCHES.csv: branch, sector, committee, exempt, previous_stars; and has_committee, has_groups where they matter."""

from assessments.scoring import BranchFacts, NumberError, Scheme, read_count

from .tables import Row, Table
from .workbook.words import SECTORS

REQUIRED = ("branch",)
OPTIONAL = ("sector", "committee", "exempt", "previous_stars", "has_committee", "has_groups")
YES = ("1", "yes", "true", "y", "是", "有")
NO = ("", "0", "no", "false", "n", "否", "无")


def read_branches(scheme: Scheme, content: bytes, name: str) -> tuple[dict[str, BranchFacts], Table]:
    """Facts of every branch by its code; problems are in the table."""
    table = Table(name, content, REQUIRED, OPTIONAL)
    found: dict[str, BranchFacts] = {}
    first: dict[str, int] = {}
    for row in table.rows:
        code = row["branch"]
        if not code:
            table.problem(row, "branch", "required")
        elif code in found:
            table.problem(row, "branch", "branch_twice", code, first=first[code])
        else:
            first[code] = row.line
            found[code] = _facts(scheme, table, row)
    return found, table


def _facts(scheme: Scheme, table: Table, row: Row) -> BranchFacts:
    return BranchFacts(
        code=row["branch"],
        sector=sector_of(scheme, table, row),
        committee=row["committee"],
        exempt=row["exempt"].lower() not in NO,
        previous_stars=_stars(scheme, table, row),
        has_committee=_yes(table, row, "has_committee"),
        has_groups=_yes(table, row, "has_groups"),
    )


def named_sectors(scheme: Scheme) -> set[str]:
    """The sectors that the scheme or one of its rows names."""
    rows = (indicator for dimension in scheme.indicators for indicator in dimension.walk())
    return {*scheme.sectors, *(sector for indicator in rows for sector in indicator.sectors)}


def needs_sector(scheme: Scheme) -> bool:
    """Whether rows differ by sector, so that a branch without one cannot be scored."""
    return any(indicator.sectors for dimension in scheme.indicators for indicator in dimension.walk())


def only_sector(scheme: Scheme) -> str:
    """The sector of a scheme for a single one."""
    return scheme.sectors[0] if len(scheme.sectors) == 1 else ""


def sector_of(scheme: Scheme, table: Table, row: Row) -> str:
    sector = row["sector"] or only_sector(scheme)
    if not sector and needs_sector(scheme):
        table.problem(row, "sector", "sector_needed")
    elif code := next((code for code, word in SECTORS.items() if word == sector and code in named_sectors(scheme)), ""):
        table.problem(row, "sector", "sector_word", sector, named=code)
    elif sector and scheme.sectors and sector not in scheme.sectors:
        table.problem(row, "sector", "unknown_sector", sector, allowed=scheme.sectors)
    return sector


def _stars(scheme: Scheme, table: Table, row: Row) -> int | None:
    """The stars of the year before; more than the scheme has would fulfil any condition on them unnoticed."""
    text = row["previous_stars"]
    if not text:
        return None
    try:
        stars = read_count(text)
    except NumberError as error:
        table.problem(row, "previous_stars", error.code, text)
        return None
    if stars > scheme.most_stars:
        table.problem(row, "previous_stars", "more_stars", text, most=scheme.most_stars)
    return stars


def _yes(table: Table, row: Row, column: str) -> bool:
    """Yes unless it says no: a file without the column asks every branch everything."""
    text = row[column].lower()
    if text and text not in (*YES, *NO):
        table.problem(row, column, "not_flag", row[column])
    return text not in NO or not text
