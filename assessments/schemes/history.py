"""How a version came about, from the audit trail: who started, edited, put forward, sent back and published it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branchportal import audit

from .models import SchemeVersion

if TYPE_CHECKING:
    from branchportal.models import AuditEntry
    from members.models import User

ICONS = {
    "scheme.imported": "upload",
    "scheme.started": "file-plus",
    "scheme.edited": "pencil",
    "scheme.proposed": "send",
    "scheme.taken_back": "undo-2",
    "scheme.sent_back": "undo-2",
    "scheme.published": "badge-check",
}


@dataclass(frozen=True)
class Event:
    """One step; several edits of one person on one day are one event (`times`). `actor` None: the command line."""

    action: str
    actor: "User | None"
    at: datetime
    note: str = ""
    times: int = 1

    @property
    def icon(self) -> str:
        return ICONS[self.action]

    @property
    def what(self) -> str:
        """The step in words."""
        if self.action == "scheme.edited":
            return ngettext("changed it", "changed it %(count)d times", self.times) % {"count": self.times}
        return {
            "scheme.imported": _("brought a file in"),
            "scheme.started": _("started the draft"),
            "scheme.proposed": _("put it forward for approval"),
            "scheme.taken_back": _("took it back"),
            "scheme.sent_back": _("sent it back"),
            "scheme.published": _("approved and published it"),
        }[self.action]


def history(version: SchemeVersion) -> list[Event]:
    """Oldest first, in one query."""
    return list(_joined(audit.trail(version, ICONS)))


def _joined(entries: "Iterable[AuditEntry]") -> Iterable[Event]:
    last: Event | None = None
    for entry in entries:
        said = entry.after or {}
        event = Event(entry.action, entry.actor, entry.at, said.get("note") or said.get("reason") or "")
        if last and _continues(last, event):
            last = replace(last, at=event.at, times=last.times + 1)
            continue
        if last:
            yield last
        last = event
    if last:
        yield last


def _continues(last: Event, event: Event) -> bool:
    """Whether an edit goes on with the one before: same person, same day."""
    is_edit = last.action == event.action == "scheme.edited" and last.actor == event.actor
    return is_edit and timezone.localdate(last.at) == timezone.localdate(event.at)
