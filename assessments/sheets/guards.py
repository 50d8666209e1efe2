"""What the database itself keeps of sealed sheets (the triggers are made by `branchportal.guards`).

A sheet that is approved, sealed or superseded keeps its sealed columns, moves only along approved → sealed →
superseded and is never deleted; its marks, counts, claims and evidence links neither come, change nor go.
A stored file keeps digest, place and origin from its first moment, sealed or not.
"""

from branchportal.guards import Trigger, child_triggers

SEALED = "('approved', 'sealed', 'superseded')"
SHEET = "assessments_sheet"
KEPT = (
    "cycle_id", "branch_id", "scheme_version_id", "revision", "organization_id", "sector_id", "unit_id",
    "review_total_up", "submitted_by_id", "submitted_at", "approved_by_id", "approved_at", "frozen", "frozen_claims",
    "digest", "whole_poll_up", "whole_meeting_up", "poll_score_up", "top_votes", "counted_votes",
)  # fmt: skip
CHILDREN = {  # table: the sheet of one of its rows
    "assessments_mark": "{row}.sheet_id",
    "assessments_markcount": "(SELECT sheet_id FROM assessments_mark WHERE id = {row}.mark_id)",
    "assessments_claim": "{row}.sheet_id",
    "assessments_componentscore": "{row}.sheet_id",
    "assessments_evidencelink": "{row}.sheet_id",
}
EVIDENCE = "assessments_evidence"
STORED = ("branch_id", "key", "content_type", "size", "sha256", "uploaded_by_id", "uploaded_at")
STORED_SAYS = "a stored file keeps its digest, its place and its origin"
SAYS = "this sheet is sealed and cannot be changed"
MOVES = (
    "OLD.status = 'approved' AND NEW.status IN ('sealed', 'superseded') "
    "OR OLD.status = 'sealed' AND NEW.status = 'superseded'"
)


def triggers() -> list[Trigger]:
    """All that guard sealed sheets."""
    columns = " OR ".join(f"NEW.{column} <>? OLD.{column}" for column in KEPT)
    changed = f"OLD.status IN {SEALED} AND ({columns} OR NEW.status <> OLD.status AND NOT ({MOVES}))"
    found = [
        Trigger(f"{SHEET}_sealed_update", SHEET, "UPDATE", changed, SAYS),
        Trigger(f"{SHEET}_sealed_delete", SHEET, "DELETE", f"OLD.status IN {SEALED}", SAYS),
    ]
    moved = " OR ".join(f"NEW.{column} <>? OLD.{column}" for column in STORED)
    found.append(Trigger(f"{EVIDENCE}_kept_update", EVIDENCE, "UPDATE", moved, STORED_SAYS))
    for table, sheet in CHILDREN.items():
        sealed = f"EXISTS (SELECT 1 FROM {SHEET} WHERE id = {sheet} AND status IN {SEALED})"  # noqa: S608 - our own names
        found += child_triggers(table, "sealed", sealed, SAYS)
    return found
