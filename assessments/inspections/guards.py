"""What the database itself keeps of signed visits and rectifications that were struck off."""

from dataclasses import replace

from branchportal.guards import Trigger, child_triggers

VISIT, FILE = "assessments_visit", "assessments_visitfile"
FILE_KEPT = (
    "visit_id", "rectification_id", "indicator_id", "name", "key", "content_type", "size", "sha256", "uploaded_by_id",
    "uploaded_at",
)  # fmt: skip
SAYS = "this visit is signed and cannot be changed"
DONE = "this rectification is struck off and cannot be changed"


def triggers() -> list[Trigger]:
    """All that guard them."""
    found = [
        Trigger(f"{VISIT}_signed_{event.lower()}", VISIT, event, "OLD.status = 'signed'", SAYS)
        for event in ("UPDATE", "DELETE")
    ]
    signed = f"EXISTS (SELECT 1 FROM {VISIT} WHERE id = {{row}}.visit_id AND status = 'signed')"  # noqa: S608 - our own
    for table in ("assessments_visitcheck", "assessments_finding"):
        found += child_triggers(table, "signed", signed, SAYS)
    found += _of_files("signed", signed, SAYS)
    table = "assessments_rectification"
    found += [
        Trigger(f"{table}_closed_{event.lower()}", table, event, "OLD.status = 'closed'", DONE)
        for event in ("UPDATE", "DELETE")
    ]
    closed = f"EXISTS (SELECT 1 FROM {table} WHERE id = {{row}}.rectification_id AND status = 'closed')"  # noqa: S608
    return found + _of_files("closed", closed, DONE)


def _of_files(kind: str, condition: str, says: str) -> list[Trigger]:
    """Like every child, but a malware check or a taking down is noted at any time."""
    moved = " OR ".join(f"NEW.{column} <>? OLD.{column}" for column in FILE_KEPT)
    return [
        replace(each, condition=f"({moved}) AND ({each.condition})") if each.event == "UPDATE" else each
        for each in child_triggers(FILE, kind, condition, says)
    ]
