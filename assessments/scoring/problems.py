"""What is wrong, as codes with data; `schemes/sentences.py` turns them into sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: where (`indicators[1].points`), what (a stable code), the value found, and what the cure needs."""

    path: str
    code: str
    value: Any = None
    params: Mapping[str, Any] = field(default_factory=dict)
    severity: str = ERROR


class SchemeError(ValueError):
    """A scheme with errors; `problems` holds all of them, warnings included."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(", ".join(f"{problem.path}: {problem.code}" for problem in problems))
        self.problems = tuple(problems)


class MarkError(ValueError):
    """A mark that its rule does not allow; `problems` says why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(", ".join(f"{problem.path}: {problem.code}" for problem in problems))
        self.problems = tuple(problems)


class FigureError(ValueError):
    """A figure beyond ±1,000,000 points: `item` is the indicator or the bonus item, `branch` its index."""

    def __init__(self, item: str, branch: int) -> None:
        super().__init__(f"{item}: a figure of branch {branch} is beyond 1,000,000 points")
        self.item = item
        self.branch = branch


class DecisionError(ValueError):
    """A decision on a tie that gives away more places than there are, or names a branch that is not tied."""

    def __init__(self, code: str, branches: Sequence[int]) -> None:
        super().__init__(f"{code}: {list(branches)}")
        self.code = code
        self.branches = tuple(branches)
