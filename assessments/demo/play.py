"""How far every branch has come: finished quarters with their exceptions, the running one in every status."""

from random import Random

import numpy as np

from ..sheets.choices import Stage, Status
from .quarters import Play

# Positions of the branches behind the printed accounts.
SHOWN = {"draft": 0, "returned": 1, "submitted": 2}
RUNNING = (
    (Status.DRAFT, 0.36),
    (Status.SUBMITTED, 0.20),
    (Status.PASSED, 0.14),
    (Status.REVIEW, 0.13),
    (Status.APPROVED, 0.10),
    (Status.RETURNED, 0.07),
)


def finished(year: Random, random: Random, count: int, own_rows: int, status: str) -> Play:
    """A finished quarter: everything reached `status` but for a few exempt and missing branches and some late ones.

    `year` is drawn from anew each quarter, so that the same branches are exempt or missing all year.
    """
    positions = year.sample(range(10, count), 5) + random.sample(range(10, count), 9)
    statuses = [status] * count
    for at in positions[:3]:
        statuses[at] = Status.EXEMPT
    for at in positions[3:5]:
        statuses[at] = Status.DRAFT
    filled = np.full(count, own_rows)
    reviewed = np.full(count, own_rows)
    for at in positions[3:5]:
        filled[at], reviewed[at] = own_rows // 2, 0
    return Play(statuses, filled, reviewed, late=set(positions[5:]) - set(positions[:5]))


def running(random: Random, count: int, own_rows: int) -> Play:
    """The running quarter: sheets in every status, half-filled and untouched drafts, returned ones of both stages."""
    words, weights = zip(*RUNNING, strict=True)
    statuses = random.choices(words, weights, k=count)
    for status, at in SHOWN.items():
        statuses[at] = status
    for at in random.sample(range(10, count), 3):
        statuses[at] = Status.EXEMPT
    filled, reviewed = np.full(count, own_rows), np.zeros(count, dtype=int)
    returned: dict[int, str] = {}
    for at, status in enumerate(statuses):
        if status == Status.DRAFT:
            filled[at] = random.choice([0, 0, 4, 9, 13, 17, 21, own_rows])
        elif status == Status.EXEMPT:
            filled[at] = 0
        elif status == Status.REVIEW:
            reviewed[at] = random.choice([0, 6, 14, own_rows])
        elif status == Status.APPROVED:
            reviewed[at] = own_rows
        elif status == Status.RETURNED:
            returned[at] = random.choice([Stage.PRELIMINARY, Stage.REVIEW])
            reviewed[at] = own_rows // 2 if returned[at] == Stage.REVIEW else 0
    filled[SHOWN["draft"]] = 17
    returned[SHOWN["returned"]] = Stage.PRELIMINARY
    reviewed[SHOWN["returned"]] = 0
    return Play(statuses, filled, reviewed, returned=returned)
