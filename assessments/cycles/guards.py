"""What the database itself keeps of a list of branches under review: how it was made, and who stands on it.

Rows come with the draw or the computing itself; later only by hand, with a reason (`scope_hand_has_reason`).
"""

from branchportal.guards import Trigger

SCOPE, BRANCH = "assessments_reviewscope", "assessments_scopebranch"
SAYS = "this list of branches under review is settled and cannot be changed"


def triggers() -> list[Trigger]:
    """All that guard scopes of reviews."""
    made = f"SELECT 1 FROM {SCOPE} WHERE cycle_id = NEW.cycle_id AND settled_at = NEW.added_at"  # noqa: S608 - our own names
    later = f"NEW.origin <> 'hand' AND NOT EXISTS ({made})"
    found = [
        Trigger(f"{table}_settled_{event.lower()}", table, event, "1 = 1", SAYS)
        for table in (SCOPE, BRANCH)
        for event in ("UPDATE", "DELETE")
    ]
    return [*found, Trigger(f"{BRANCH}_settled_insert", BRANCH, "INSERT", later, SAYS)]
