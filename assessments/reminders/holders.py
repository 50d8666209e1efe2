"""One thing for one account, and who holds which office on a day."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from members.models import Appointment
from members.roles import Role


@dataclass(frozen=True)
class Fact:
    """One thing for one account. With `until` it is a deadline (its day is `on`), without something that happened."""

    user_id: int
    task: str
    subject_id: int
    on: date
    label: str
    until: datetime | None = None
    number: int = 1
    matter: str = ""

    @property
    def place(self) -> tuple[int, str, int]:
        """Whose and what, whatever the date."""
        return self.user_id, self.task, self.subject_id


class Holders:
    """Who holds which office today, on active accounts: one query."""

    def __init__(self, today: date) -> None:
        self.of_branch: dict[int, set[int]] = defaultdict(set)
        self.of_path: dict[str, set[int]] = defaultdict(set)
        self.inspectors: set[int] = set()
        self.offices: set[int] = set()
        rows = Appointment.objects.in_force(today).filter(user__is_active=True)
        for role, user, branch, path in rows.values_list("role", "user_id", "branch_id", "organization__path"):
            if role in (Role.SECRETARY, Role.DEPUTY) and branch:
                self.of_branch[branch].add(user)
            elif role == Role.DEPARTMENT:
                self.of_path[path].add(user)
            elif role in (Role.INSPECTOR, Role.LEADER):
                self.inspectors.add(user)
            elif role == Role.OFFICE:
                self.offices.add(user)
        self._lengths = sorted({len(path) for path in self.of_path})

    def above(self, path: str) -> Iterator[int]:
        """Department reviewers in whose subtree a path lies."""
        for length in self._lengths:
            yield from self.of_path.get(path[:length], ())
