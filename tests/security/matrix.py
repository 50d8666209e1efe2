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
    table: dict[Row, dict[str, str]] = {}
    for line in file().read_text(encoding="utf-8").splitlines():
        fields = [field.strip(" `") for field in line.strip("|").split("|")]
        if not line.startswith("| `") or len(fields) == 2:
            continue
        row, cells = Row(*fields[:3]), fields[4:]
        if len(fields) != len(HEADING) or row in table or not CELLS.issuperset(cells):
            raise ValueError(f"docs/permissions.md: {line}")
        table[row] = dict(zip(ROLES, cells, strict=True))
    return table


def line_of(row: Row, key: str, cells: dict[str, str]) -> str:
    """The row as it is written."""
    fields = (f"`{row.name}`", row.method, row.thing, key, *(cells.get(role, "?") for role in ROLES))
    return f"| {' | '.join(fields)} |"
