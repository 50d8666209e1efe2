"""Scheme files of every kind, YAML and workbook, through one pair of functions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..scoring import Problem, Scheme, check
from ..scoring.problems import ERROR
from .files import read_scheme_yaml, write_scheme_yaml
from .workbook.problems import located, order
from .workbook.reading import read_scheme_xlsx
from .workbook.writing import scheme_xlsx

YAML, XLSX = "yaml", "xlsx"
CONTENT_TYPES = {
    YAML: "application/yaml; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
BINARY = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")
WORKBOOK_NAMES = (".xlsx", ".xlsm", ".xls", ".et")


@dataclass(frozen=True)
class SchemeFile:
    """Plain data of a file, the problems found while reading it, and, of a workbook, the cell of every path."""

    data: Any
    problems: tuple[Problem, ...] = ()
    cells: Mapping[str, str] = field(default_factory=dict)

    def check(self) -> list[Problem]:
        """Every error and warning at once; paths are cells where the file is a workbook."""
        found = check(self.data)
        if not self.cells:
            return [*self.problems, *found]
        told = {problem.path for problem in self.problems}
        rest = [each for problem in found if (each := located(problem, self.cells)).path not in told]
        return sorted([*self.problems, *rest], key=order)

    def errors(self) -> list[Problem]:
        """The problems that forbid an import."""
        return [problem for problem in self.check() if problem.severity == ERROR]


def read_scheme(name: str, content: bytes) -> SchemeFile:
    """A workbook by its name or its first bytes, else YAML.

    Raises: SchemeError when nothing can be read from it; ImportRejected for a workbook that is refused as a whole.
    """
    if name.lower().endswith(WORKBOOK_NAMES) or content.startswith(BINARY):
        data, problems, cells = read_scheme_xlsx(content)
        return SchemeFile(data, tuple(problems), cells)
    return SchemeFile(read_scheme_yaml(content))


def write_scheme(scheme: Scheme, kind: str) -> bytes:
    """The file of a scheme; reading it gives an equal scheme. Raises: PortalError for a text longer than a cell."""
    return scheme_xlsx(scheme) if kind == XLSX else write_scheme_yaml(scheme).encode()
