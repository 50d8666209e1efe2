"""Which step may follow which: the whole life of a sheet as data."""

from .choices import Action, Status

TRANSITIONS: dict[tuple[str, str], str] = {
    (Status.DRAFT, Action.SAVE): Status.DRAFT,
    (Status.RETURNED, Action.SAVE): Status.RETURNED,
    (Status.DRAFT, Action.SUBMIT): Status.SUBMITTED,
    (Status.RETURNED, Action.SUBMIT): Status.SUBMITTED,
    (Status.SUBMITTED, Action.WITHDRAW): Status.DRAFT,
    (Status.SUBMITTED, Action.MARK_PRELIMINARY): Status.SUBMITTED,
    (Status.SUBMITTED, Action.PASS): Status.PASSED,
    (Status.SUBMITTED, Action.RETURN_PRELIMINARY): Status.RETURNED,
    (Status.PASSED, Action.BEGIN): Status.REVIEW,
    (Status.REVIEW, Action.MARK): Status.REVIEW,
    (Status.REVIEW, Action.RETURN_REVIEW): Status.RETURNED,
    (Status.REVIEW, Action.APPROVE): Status.APPROVED,
    (Status.PASSED, Action.APPROVE_LISTED): Status.APPROVED,
    (Status.APPROVED, Action.SEAL): Status.SEALED,
    (Status.DRAFT, Action.EXEMPT): Status.EXEMPT,
    (Status.RETURNED, Action.EXEMPT): Status.EXEMPT,
    (Status.SUBMITTED, Action.EXEMPT): Status.EXEMPT,
    (Status.PASSED, Action.EXEMPT): Status.EXEMPT,
    (Status.REVIEW, Action.EXEMPT): Status.EXEMPT,
    (Status.APPROVED, Action.REOPEN): Status.SUPERSEDED,
    (Status.SEALED, Action.REOPEN): Status.SUPERSEDED,
}


def next_status(status: str, action: str) -> str | None:
    """Where an action leads from a status; None when it is not possible."""
    return TRANSITIONS.get((status, action))
