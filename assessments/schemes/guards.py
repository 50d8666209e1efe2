"""What the database itself keeps of published scheme versions (the triggers are made by `branchportal.guards`).

A published version keeps every column and is never deleted; its indicators, criteria and recorded changes neither
come, change nor go; its scheme keeps its code. One thing may be forgotten: the draft it was started from, when that
draft is deleted.
"""

from branchportal.guards import Trigger, child_triggers

VERSION = "assessments_schemeversion"
KEPT = (
    "scheme_id", "version", "name", "status", "content", "digest", "edition", "created_by_id", "created_at",
    "proposed_by_id", "proposed_at", "proposal_note", "sent_back_reason", "published_by_id", "published_at",
)  # fmt: skip
CHILDREN = {  # table: the version of one of its rows
    "assessments_indicator": "{row}.scheme_version_id",
    "assessments_criterion": "(SELECT scheme_version_id FROM assessments_indicator WHERE id = {row}.indicator_id)",
    "assessments_schemeedit": "{row}.version_id",
}
SAYS = "this scheme version is published and cannot be changed"


def triggers() -> list[Trigger]:
    """All that guard published versions."""
    columns = " OR ".join(f"NEW.{column} <>? OLD.{column}" for column in ("id", *KEPT))
    other_origin = "NEW.based_on_id <>? OLD.based_on_id AND NEW.based_on_id IS NOT NULL"
    changed = f"OLD.status = 'published' AND ({columns} OR {other_origin})"
    is_used = f"EXISTS (SELECT 1 FROM {VERSION} WHERE scheme_id = OLD.id AND status = 'published')"  # noqa: S608 - our own names
    same = "(id = NEW.id OR scheme_id = NEW.scheme_id AND version = NEW.version)"
    replaces = f"EXISTS (SELECT 1 FROM {VERSION} WHERE {same} AND status = 'published')"  # noqa: S608 - our own names
    found = [
        Trigger(f"{VERSION}_published_insert", VERSION, "INSERT", replaces, SAYS),  # SQLite: INSERT OR REPLACE
        Trigger(f"{VERSION}_published_update", VERSION, "UPDATE", changed, SAYS),
        Trigger(f"{VERSION}_published_delete", VERSION, "DELETE", "OLD.status = 'published'", SAYS),
        Trigger(
            "assessments_scheme_published_update", "assessments_scheme", "UPDATE",
            f"(NEW.id <> OLD.id OR NEW.code <> OLD.code) AND {is_used}", SAYS,
        ),
    ]  # fmt: skip
    for table, version in CHILDREN.items():
        published = f"EXISTS (SELECT 1 FROM {VERSION} WHERE id = {version} AND status = 'published')"  # noqa: S608 - our own names
        found += child_triggers(table, "published", published, SAYS)
    return found
