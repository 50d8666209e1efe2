"""What the database itself keeps of stamped forms: no row goes, none changes but by one withdrawal.

What looks after stored files (malware check, taking down) has columns of its own, which stay free.
"""

from branchportal.guards import Trigger

TABLE = "assessments_stampedform"
KEPT = ("sheet_id", "name", "key", "content_type", "size", "sha256", "uploaded_by_id", "uploaded_at")
WITHDRAWAL = ("withdrawn_by_id", "withdrawn_at", "withdrawn_reason")
SAYS = "a stamped form keeps its sheet, its digest and its origin, and is withdrawn once"


def triggers() -> list[Trigger]:
    """All that guard stamped forms."""
    kept = " OR ".join(f"NEW.{column} <>? OLD.{column}" for column in KEPT)
    again = " OR ".join(f"NEW.{column} <>? OLD.{column}" for column in WITHDRAWAL)
    changed = f"{kept} OR OLD.withdrawn_at IS NOT NULL AND ({again})"
    return [
        Trigger(f"{TABLE}_kept_update", TABLE, "UPDATE", changed, SAYS),
        Trigger(f"{TABLE}_kept_delete", TABLE, "DELETE", "1 = 1", SAYS),
    ]
