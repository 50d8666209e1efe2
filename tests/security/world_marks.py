"""A cycle of another year whose scheme counts the preliminary review, with a submitted sheet of each branch."""

from django.utils import timezone

from assessments.cycles.models import Cycle
from branches.models import Branch
from tests.factories.assessments import make_cycle, make_sheet
from tests.factories.schemes import make_scheme

HALVES = [{"source": "preliminary", "weight": "0.5"}, {"source": "review", "weight": "0.5"}]


def cycle_of(branches: tuple[Branch, ...]) -> Cycle:
    """Object “counting”: submitted, and the department gives marks of its own."""
    cycle = make_cycle(make_scheme(code="counting", components=HALVES), year=2022)
    for branch in branches:
        make_sheet(cycle, branch, status="submitted", submitted_at=timezone.now(), meeting_present=3)
    return cycle
