"""What the database itself keeps of polls (the triggers are made by `branchportal.guards`).

A spent link is never unspent; links never outnumber the roster; counters of an open poll only grow, by one; those of
a closed poll, its figures and its digest stay; a ballot paper in use never changes; a signed counting sheet keeps its
poll and its digest; an accepted fact of a year is only ever withdrawn.
"""

from branchportal.guards import Trigger, child_triggers

POLL, TOKEN, COUNTER, ROSTER = (f"assessments_{name}" for name in ("poll", "token", "counter", "roster"))
FORM, FACT, SCAN = "assessments_pollform", "assessments_yearfact", "assessments_scan"
OVER = "('closed', 'void')"
KEPT = (
    "form_id", "target", "plan_id", "cycle_id", "branch_id", "meeting_id", "mode", "opened_by_id", "opened_at",
    "entered_by_id", "closed_by_id", "closed_at", "digest", "verdict", "ballots", "roster", "score_up", "top_votes",
    "counted_votes",
)  # fmt: skip
SCAN_KEPT = ("poll_id", "name", "key", "content_type", "size", "sha256", "uploaded_by_id", "uploaded_at")
SIGNED = "a signed counting sheet keeps its poll, its digest and its origin"
FORM_KEPT = ("scheme_version_id", "name", "target", "introduction", "takes_comments", "is_locked")
FACT_KEPT = ("plan_id", "branch_id", "kind", "code", "value_up", "of_up", "document", "poll_id", "entered_by_id")
COUNTED = "this poll is closed and its figures cannot be changed"
LOCKED = "this ballot paper is in use and cannot be changed"


def _of(row: str, states: str) -> str:
    return f"EXISTS (SELECT 1 FROM {POLL} WHERE id = {row}.poll_id AND status {states})"  # noqa: S608 - our own names


def _changed(columns: tuple[str, ...]) -> str:
    return " OR ".join(f"NEW.{column} <>? OLD.{column}" for column in columns)


def triggers() -> list[Trigger]:
    """All that guard polls."""
    return [*_links(), *_counters(), *_settled(), *_papers(), *_signed()]


def _signed() -> list[Trigger]:
    """What looks after stored files (malware check, taking down) has columns of its own, which stay free."""
    return [
        Trigger(f"{SCAN}_kept_update", SCAN, "UPDATE", _changed(SCAN_KEPT), SIGNED),
        Trigger(f"{SCAN}_kept_delete", SCAN, "DELETE", "1 = 1", SIGNED),
    ]


def _links() -> list[Trigger]:
    issued = f"(SELECT COUNT(*) FROM {TOKEN} WHERE poll_id = NEW.poll_id AND group_id = NEW.group_id)"  # noqa: S608
    most = f"COALESCE((SELECT number FROM {ROSTER} WHERE poll_id = NEW.poll_id AND group_id = NEW.group_id), 0)"  # noqa: S608
    moved = "OLD.used AND NOT NEW.used OR NEW.sha256 <>? OLD.sha256 OR NEW.poll_id <>? OLD.poll_id"
    return [
        Trigger(f"{TOKEN}_spent_update", TOKEN, "UPDATE", moved, "a spent link is never unspent"),
        Trigger(
            f"{TOKEN}_spent_delete", TOKEN, "DELETE", f"OLD.used AND {_of('OLD', f'NOT IN {OVER}')}",
            "a spent link stays while the poll is open",
        ),
        Trigger(
            f"{TOKEN}_spent_insert", TOKEN, "INSERT", f"NEW.used AND {_of('NEW', f'NOT IN {OVER}')}",
            "a link is not issued as spent",
        ),
        Trigger(f"{TOKEN}_roster_insert", TOKEN, "INSERT", f"{issued} >= {most}", "no more links than people"),
    ]  # fmt: skip


def _counters() -> list[Trigger]:
    opened_now = _of("OLD", "= 'open'")
    steps = f"{opened_now} AND (NEW.n < OLD.n OR NEW.n > OLD.n + 1)"
    over = _of("{row}", f"IN {OVER}")
    opened = _of("{row}", "IN ('open', 'closed', 'void')")
    return [
        *child_triggers(COUNTER, "closed", over, COUNTED),
        Trigger(f"{COUNTER}_open_update", COUNTER, "UPDATE", steps, "a counter grows by one vote at a time"),
        *child_triggers(ROSTER, "opened", opened, "the roster of an opened poll cannot be changed"),
    ]


def _settled() -> list[Trigger]:
    step = "OLD.status = 'closed' AND NEW.status = 'void'"
    moved = f"OLD.status IN {OVER} AND ({_changed(KEPT)} OR NEW.status <> OLD.status AND NOT ({step}))"
    fact = f"OLD.status = 'accepted' AND ({_changed(FACT_KEPT)} OR NEW.status NOT IN ('accepted', 'withdrawn'))"
    return [
        Trigger(f"{POLL}_closed_update", POLL, "UPDATE", moved, COUNTED),
        Trigger(f"{POLL}_closed_delete", POLL, "DELETE", "OLD.status IN ('open', 'closed', 'void')", COUNTED),
        Trigger(f"{FACT}_accepted_update", FACT, "UPDATE", fact, "an accepted fact is only withdrawn"),
        Trigger(
            f"{FACT}_accepted_delete", FACT, "DELETE", "OLD.status = 'accepted'", "an accepted fact is only withdrawn"
        ),
    ]


def _papers() -> list[Trigger]:
    changed = f"OLD.is_locked AND ({_changed(FORM_KEPT)})"
    found = [
        Trigger(f"{FORM}_locked_update", FORM, "UPDATE", changed, LOCKED),
        Trigger(f"{FORM}_locked_delete", FORM, "DELETE", "OLD.is_locked", LOCKED),
    ]
    for name in ("votergroup", "question", "option"):
        locked = f"EXISTS (SELECT 1 FROM {FORM} WHERE id = {{row}}.form_id AND is_locked)"  # noqa: S608 - our own names
        found += child_triggers(f"assessments_{name}", "locked", locked, LOCKED)
    return found
