"""What the database itself keeps of approval lists: once decided on, a list and its sheets stay as they were put
forward; each waiting sheet is dealt with once."""

from branchportal.guards import Trigger

LIST, ROW = "assessments_approvallist", "assessments_listedsheet"
SAYS = "this approval list is decided on and cannot be changed"


def triggers() -> list[Trigger]:
    """All that guard approval lists."""
    decided = f"EXISTS (SELECT 1 FROM {LIST} WHERE id = {{row}}.approval_list_id AND status <> 'prepared')"  # noqa: S608 - our own names
    columns = ("approval_list_id", "sheet_id", "sheet_version")
    moved = " OR ".join(f"NEW.{column} <>? OLD.{column}" for column in columns)
    found = [
        Trigger(f"{LIST}_decided_{event.lower()}", LIST, event, "OLD.status <> 'prepared'", SAYS)
        for event in ("UPDATE", "DELETE")
    ]
    return [
        *found,
        Trigger(f"{ROW}_decided_insert", ROW, "INSERT", decided.format(row="NEW"), SAYS),
        Trigger(f"{ROW}_decided_update", ROW, "UPDATE", f"OLD.status <> 'waiting' OR {moved}", SAYS),
        Trigger(
            f"{ROW}_decided_delete", ROW, "DELETE", f"OLD.status <> 'waiting' OR {decided.format(row='OLD')}", SAYS
        ),
    ]
