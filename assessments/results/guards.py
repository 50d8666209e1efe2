"""What the database itself keeps of official results (the triggers are made by `branchportal.guards`).

A tally on notice or published keeps every column; it moves only from notice to published, back to candidate or to
discarded, and from published to superseded. Its results, medians, quota lines and decisions are never added to,
changed or removed, nor is a publication that was decided on.
"""

from branchportal.guards import Trigger, child_triggers

TALLY, PUBLICATION = "assessments_tally", "assessments_publication"
OFFICIAL = "('notice', 'published', 'superseded')"
DECIDED = "('notice', 'published', 'superseded', 'rejected', 'withdrawn')"
TALLY_KEPT = (
    "id", "plan_id", "cycle_id", "number", "engine_version", "inputs_digest", "digest", "branch_count", "rated_count",
    "undecided_count", "missing_count", "version_count", "created_by_id", "created_at",
)  # fmt: skip
PUBLICATION_KEPT = (
    "id", "tally_id", "version", "title", "document_number", "note", "sent_back_reason", "digest", "prepared_by_id",
    "prepared_at", "published_by_id", "published_at",
)  # fmt: skip
CHILDREN = ("result", "sectormedian", "quotaline", "quotadecision", "tallyfact")
QUARTERS = "assessments_tally_quarters"
LAST_STEP = "OLD.status = 'published' AND NEW.status = 'superseded'"
TALLY_STEPS = f"{LAST_STEP} OR OLD.status = 'notice' AND NEW.status IN ('published', 'candidate', 'discarded')"
# What ends a notice is written by the same step: who published, when, under which number, or why it was taken back.
ENDS_NOTICE = ("document_number", "sent_back_reason", "published_by_id", "published_at")
PUBLICATION_STEPS = f"{LAST_STEP} OR OLD.status = 'notice' AND NEW.status IN ('published', 'withdrawn')"
SAYS = "this result is official and cannot be changed"


def triggers() -> list[Trigger]:
    """All that guard official results."""
    found = [
        *_settled(TALLY, OFFICIAL, TALLY_KEPT, TALLY_STEPS),
        *_settled(PUBLICATION, DECIDED, PUBLICATION_KEPT, PUBLICATION_STEPS, ENDS_NOTICE),
        *_of_notices(),
    ]
    for table, tally in [*((f"assessments_{name}", "tally_id") for name in CHILDREN), (QUARTERS, "from_tally_id")]:
        official = f"EXISTS (SELECT 1 FROM {TALLY} WHERE id = {{row}}.{tally} AND status IN {OFFICIAL})"  # noqa: S608 - our own names
        found += child_triggers(table, "official", official, SAYS, many_of=tally)
    return found


def _settled(
    table: str, states: str, kept: tuple[str, ...], steps: str, until_the_end: tuple[str, ...] = ()
) -> list[Trigger]:
    """A row in one of the states stays, but for the steps named; `until_the_end` may be written as a notice ends."""
    columns = " OR ".join(f"NEW.{column} <>? OLD.{column}" for column in kept if column not in until_the_end)
    ended = " OR ".join(f"NEW.{column} <>? OLD.{column}" for column in until_the_end)
    if ended:
        columns += f" OR ({ended}) AND NOT (OLD.status = 'notice' AND NEW.status <> 'notice')"
    changed = f"OLD.status IN {states} AND ({columns} OR NEW.status <> OLD.status AND NOT ({steps}))"
    return [
        Trigger(f"{table}_official_update", table, "UPDATE", changed, SAYS),
        Trigger(f"{table}_official_delete", table, "DELETE", f"OLD.status IN {states}", SAYS),
    ]


NOTICE, OBJECTION, MEETING = "assessments_notice", "assessments_objection", "assessments_committeemeeting"
REPLY = "assessments_consultationreply"


def _of_notices() -> list[Trigger]:
    """Meetings, answered objections and entered replies stay; a notice is never shortened and never removed."""
    shortened = "NEW.last_on < OLD.last_on OR NEW.ends_at < OLD.ends_at OR NEW.starts_on <>? OLD.starts_on"
    said = " OR ".join(
        f"NEW.{column} <>? OLD.{column}"
        for column in ("notice_id", "branch_id", "channel", "by_name", "text", "received_at", "entered_by_id")
    )
    return [
        Trigger(f"{NOTICE}_shortened", NOTICE, "UPDATE", shortened, "a notice that has begun is not shortened"),
        Trigger(f"{NOTICE}_delete", NOTICE, "DELETE", "1 = 1", SAYS),
        Trigger(f"{MEETING}_update", MEETING, "UPDATE", "1 = 1", "a recorded meeting is not changed"),
        Trigger(f"{MEETING}_delete", MEETING, "DELETE", "1 = 1", "a recorded meeting is not changed"),
        Trigger(
            f"{OBJECTION}_update", OBJECTION, "UPDATE", f"OLD.status <> 'open' OR {said}", "an objection is not changed"
        ),
        Trigger(f"{OBJECTION}_delete", OBJECTION, "DELETE", "1 = 1", "an objection is not changed"),
        Trigger(f"{REPLY}_update", REPLY, "UPDATE", "OLD.opinion <> 'open'", "an entered reply is not changed"),
        Trigger(f"{REPLY}_delete", REPLY, "DELETE", "OLD.opinion <> 'open'", "an entered reply is not changed"),
    ]
