"""What the database itself keeps of sheets reopened in part: what was not opened stays, whoever writes it.

The copies of the new revision come before the request is granted; from then on rows outside the part neither come,
change nor go.
"""

from branchportal.guards import Trigger, child_triggers

REOPENING, OPENED = "assessments_reopening", "assessments_reopenedindicator"
SAYS = "this part of the sheet was not reopened and cannot be changed"
DECIDED = "this request is decided on and cannot be changed"
KEPT = ("sheet_id", "revision_id", "status", "is_partial", "opens_claims", "decided_by_id", "decided_at")
MARK = "(SELECT {column} FROM assessments_mark WHERE id = {{row}}.mark_id)"


def triggers() -> list[Trigger]:
    """All that guard reopened sheets."""
    changed = " OR ".join(f"NEW.{column} <>? OLD.{column}" for column in KEPT)
    decided = f"EXISTS (SELECT 1 FROM {REOPENING} WHERE id = {{row}}.reopening_id AND status <> 'asked')"  # noqa: S608 - our own names
    found = [
        Trigger(f"{REOPENING}_decided_update", REOPENING, "UPDATE", f"OLD.status <> 'asked' AND ({changed})", DECIDED),
        Trigger(f"{REOPENING}_decided_delete", REOPENING, "DELETE", "OLD.status <> 'asked'", DECIDED),
        *child_triggers(OPENED, "decided", decided, DECIDED),
    ]
    for table, condition in _kept().items():
        found += child_triggers(table, "reopened", condition, SAYS)
    return found


def _kept() -> dict[str, str]:
    """Which row of each table stays, in SQL over {row}."""
    of_mark = {name: MARK.format(column=name) for name in ("sheet_id", "indicator_id")}
    of_row = {"sheet_id": "{row}.sheet_id", "indicator_id": "{row}.indicator_id"}
    claims = "NOT r.opens_claims"
    return {
        "assessments_mark": _in_part(of_row["sheet_id"], _not_opened(of_row["indicator_id"])),
        "assessments_markcount": _in_part(of_mark["sheet_id"], _not_opened(of_mark["indicator_id"])),
        "assessments_evidencelink": _in_part(
            of_row["sheet_id"],
            f"({{row}}.indicator_id IS NULL AND {claims} OR {{row}}.indicator_id IS NOT NULL AND "
            f"{_not_opened(of_row['indicator_id'])})",
        ),
        "assessments_claim": _in_part(of_row["sheet_id"], claims),
        "assessments_componentscore": _in_part(of_row["sheet_id"], "1 = 1"),
    }


def _in_part(sheet: str, condition: str) -> str:
    return f"EXISTS (SELECT 1 FROM {REOPENING} r WHERE r.revision_id = {sheet} AND r.is_partial AND {condition})"  # noqa: S608


def _not_opened(indicator: str) -> str:
    opened = f"SELECT 1 FROM {OPENED} o WHERE o.reopening_id = r.id AND o.indicator_id = {indicator}"  # noqa: S608
    return f"NOT EXISTS ({opened})"
