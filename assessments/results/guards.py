"""What the database itself keeps of official results (the triggers are made by `branchportal.guards`).

A tally that was published keeps every column and moves only from published to superseded; its results, medians, quota
lines and decisions are never changed or removed, nor is a publication that was decided on. A row added to a published
tally is found by `publication_verify`: a trigger for each of 100,000 inserted results would cost more than the tally.
"""

from branchportal.guards import Trigger

TALLY, PUBLICATION = "assessments_tally", "assessments_publication"
OFFICIAL = "('published', 'superseded')"
DECIDED = "('published', 'superseded', 'rejected')"
TALLY_KEPT = (
    "id", "plan_id", "cycle_id", "number", "engine_version", "inputs_digest", "digest", "branch_count", "rated_count",
    "undecided_count", "missing_count", "created_by_id", "created_at",
)  # fmt: skip
PUBLICATION_KEPT = (
    "id", "tally_id", "version", "title", "document_number", "note", "sent_back_reason", "digest", "prepared_by_id",
    "prepared_at", "published_by_id", "published_at",
)  # fmt: skip
CHILDREN = ("result", "sectormedian", "quotaline", "quotadecision")
QUARTERS = "assessments_tally_quarters"
SAYS = "this result is official and cannot be changed"


def triggers() -> list[Trigger]:
    """All that guard official results."""
    found = [
        *_settled(TALLY, OFFICIAL, TALLY_KEPT),
        *_settled(PUBLICATION, DECIDED, PUBLICATION_KEPT),
    ]
    for table, tally in [*((f"assessments_{name}", "tally_id") for name in CHILDREN), (QUARTERS, "from_tally_id")]:
        official = f"EXISTS (SELECT 1 FROM {TALLY} WHERE id = OLD.{tally} AND status IN {OFFICIAL})"  # noqa: S608 - our own names
        found += [
            Trigger(f"{table}_official_{event.lower()}", table, event, official, SAYS) for event in ("UPDATE", "DELETE")
        ]
    return found


def _settled(table: str, states: str, kept: tuple[str, ...]) -> list[Trigger]:
    """A row in one of the states stays, but for the step from published to superseded."""
    columns = " OR ".join(f"NEW.{column} <>? OLD.{column}" for column in kept)
    step = "OLD.status = 'published' AND NEW.status = 'superseded'"
    changed = f"OLD.status IN {states} AND ({columns} OR NEW.status <> OLD.status AND NOT ({step}))"
    return [
        Trigger(f"{table}_official_update", table, "UPDATE", changed, SAYS),
        Trigger(f"{table}_official_delete", table, "DELETE", f"OLD.status IN {states}", SAYS),
    ]
