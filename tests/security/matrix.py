"""The table of `docs/permissions.md`: what each role is answered at each address."""

from pathlib import Path
from typing import NamedTuple

from django.conf import settings

ANSWERED, REFUSED, HIDDEN, SIGN_IN, NOT_TAKEN = "A", "D", "0", "L", "–"
CELLS = {ANSWERED, REFUSED, HIDDEN, SIGN_IN, NOT_TAKEN}
CAST = {  # column of the table: who of the cast (tests/conftest.py) stands for it
    "ANON": "",
    "SEC": "secretary",
    "DEPUTY": "deputy",
    "DEPT": "reviewer",
    "INSP": "inspector",
    "LEAD": "leader",
    "OPERATOR": "office",
    "ORG": "authority",
    "ADMIN": "sysadmin",
    "SECADM": "secadmin",
    "AUDIT": "auditor",
    "NONE": "outsider",
}
ROLES = tuple(CAST)
HEADING = ("Address", "Method", "Object", "Key", *ROLES)
TOKENS = (
    "API",
    "API,S",
    "API,F",
    "API–",
)  # all readings; narrowed to the near organization, to the far one; none of it
TOKEN_HEADING = ("Address", "Method", "Object", "Reading", *TOKENS)


class Row(NamedTuple):
    """What a row is about."""

    name: str
    method: str
    thing: str

    def __str__(self) -> str:
        return f"{self.method} {self.name} ({self.thing})"


def file() -> Path:
    return Path(settings.BASE_DIR) / "docs" / "permissions.md"


def read() -> dict[Row, dict[str, str]]:
    """The cells by role, for each row; raises ValueError for a row that is no row or stands twice."""
    return {row: dict(zip(ROLES, cells, strict=True)) for row, (_key, cells) in _rows(len(HEADING)).items()}


def read_tokens() -> dict[Row, tuple[str, dict[str, str]]]:
    """For each operation of the API: the reading it asks of a token ("–": no token), and the cells by kind of token."""
    rows = _rows(len(TOKEN_HEADING)).items()
    return {row: (key, dict(zip(TOKENS, cells, strict=True))) for row, (key, cells) in rows}


def _rows(width: int) -> dict[Row, tuple[str, list[str]]]:
    table: dict[Row, tuple[str, list[str]]] = {}
    for line in file().read_text(encoding="utf-8").splitlines():
        fields = [field.strip(" `") for field in line.strip("|").split("|")]
        if not line.startswith("| `") or len(fields) in {2, len(HEADING), len(TOKEN_HEADING)} - {width}:
            continue
        row, cells = Row(*fields[:3]), fields[4:]
        if len(fields) != width or row in table or not CELLS.issuperset(cells):
            raise ValueError(f"docs/permissions.md: {line}")
        table[row] = fields[3], cells
    return table


def line_of(row: Row, key: str, cells: dict[str, str]) -> str:
    """The row as it is written."""
    fields = (f"`{row.name}`", row.method, row.thing, key, *(cells.get(role, "?") for role in ROLES))
    return f"| {' | '.join(fields)} |"
