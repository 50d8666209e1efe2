"""The life of a sheet: every pair of status and action, allowed or not."""

import pytest

from assessments.sheets.choices import Action, Status
from assessments.sheets.workflow import TRANSITIONS, next_status

# status: what each possible action leads to; every pair that is not listed is impossible
LIFE = {
    "draft": {"save": "draft", "submit": "submitted", "exempt": "exempt"},
    "returned": {"save": "returned", "submit": "submitted", "exempt": "exempt"},
    "submitted": {
        "withdraw": "draft",
        "mark_preliminary": "submitted",
        "pass": "passed",
        "return_preliminary": "returned",
        "exempt": "exempt",
    },
    "passed": {"begin": "review", "approve_listed": "approved", "exempt": "exempt"},
    "review": {"mark": "review", "return_review": "returned", "approve": "approved", "exempt": "exempt"},
    "approved": {"seal": "sealed", "reopen": "superseded"},
    "sealed": {"reopen": "superseded"},
    "exempt": {},
    "superseded": {},
}


@pytest.mark.parametrize("status", Status.values)
@pytest.mark.parametrize("action", Action.values)
def test_every_pair_of_status_and_action(status, action):
    assert next_status(status, action) == LIFE[status].get(action)


def test_the_table_of_transitions_holds_nothing_else():
    assert {(status, action): target for status, steps in LIFE.items() for action, target in steps.items()} == {
        (str(status), str(action)): str(target) for (status, action), target in TRANSITIONS.items()
    }
