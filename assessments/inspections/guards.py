"""What the database itself keeps of signed visits and rectifications that were struck off."""

from branchportal.guards import Trigger, child_triggers

VISIT, FILE = "assessments_visit", "assessments_visitfile"
SAYS = "this visit is signed and cannot be changed"
DONE = "this rectification is struck off and cannot be changed"


def triggers() -> list[Trigger]:
    """All that guard them."""
    found = [
        Trigger(f"{VISIT}_signed_{event.lower()}", VISIT, event, "OLD.status = 'signed'", SAYS)
        for event in ("UPDATE", "DELETE")
    ]
    signed = f"EXISTS (SELECT 1 FROM {VISIT} WHERE id = {{row}}.visit_id AND status = 'signed')"  # noqa: S608 - our own
    for table in ("assessments_visitcheck", "assessments_finding", FILE):
        found += child_triggers(table, "signed", signed, SAYS)
    table = "assessments_rectification"
    found += [
        Trigger(f"{table}_closed_{event.lower()}", table, event, "OLD.status = 'closed'", DONE)
        for event in ("UPDATE", "DELETE")
    ]
    closed = f"EXISTS (SELECT 1 FROM {table} WHERE id = {{row}}.rectification_id AND status = 'closed')"  # noqa: S608
    return found + child_triggers(FILE, "closed", closed, DONE)
