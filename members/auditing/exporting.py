"""The audit trail as a file, and its verification: both as background work, both leave a row themselves."""

import json
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit, audit_verify, jobs
from branchportal.access import require
from branchportal.errors import PortalError
from branchportal.models import AuditEntry, Job
from branchportal.tables import Column, Table, csv_bytes, xlsx_bytes

from .. import rules
from .reading import AuditFilter, narrowed, visible_to
from .words import action_words

if TYPE_CHECKING:
    from ..models import User

EXPORT_TASK, VERIFY_TASK = "members.export_audit", "members.verify_audit"
MOST_ROWS = 200_000
FORMATS = ("xlsx", "csv")


@transaction.atomic
def request_export(*, actor: "User", filters: dict[str, str], kind: str) -> Job:
    """Ask for the rows of `filters` (the list's own fields) as `xlsx` or `csv`.

    Raises: PermissionDenied; PortalError when a filter or the format is wrong.
    """
    require(rules.can_read_audit(actor))
    form = AuditFilter(filters)
    if kind not in FORMATS or not form.is_valid():
        raise PortalError(_("Correct the filters, then export again."))
    kept = {name: value for name, value in filters.items() if name in form.fields and value}
    audit.record(actor, "audit.exported", actor, after={"format": kind, **kept})
    return jobs.request(EXPORT_TASK, title=_("Export of the audit trail"), owner=actor, filters=kept, kind=kind)


def export(*, owner: "User", filters: dict[str, str], kind: str, progress: jobs.Progress) -> None:
    """Write the file and attach it.

    Raises: PermissionDenied when the right is gone meanwhile; PortalError beyond 200,000 rows.
    """
    require(rules.can_read_audit(owner))
    rows = narrowed(visible_to(owner), AuditFilter(filters)).select_related("actor", "link").order_by("pk")
    count = rows.count()
    if count > MOST_ROWS:
        raise PortalError(
            _("%(count)d rows are too many for one file (at most %(most)d). Narrow the days down.")
            % {"count": count, "most": MOST_ROWS}
        )
    progress.start(count, _("Reading the rows"))
    lines = []
    for done, entry in enumerate(rows.iterator(chunk_size=2000), 1):
        lines.append(_line(entry))
        progress.step(done)
    table = Table(_("Audit trail"), _columns(), lines)
    content = xlsx_bytes([table]) if kind == "xlsx" else csv_bytes(table)
    progress.attach(_("audit-trail") + f"-{timezone.localdate():%Y%m%d}.{kind}", content)
    progress.finish(message=_("%(count)d rows") % {"count": count})


@transaction.atomic
def request_verification(*, actor: "User") -> Job:
    """Ask for a reading of the whole chain. Raises: PermissionDenied."""
    require(rules.can_verify_audit(actor))
    return jobs.request(VERIFY_TASK, title=_("Verification of the audit trail"), owner=actor)


def verify(*, owner: "User", progress: jobs.Progress) -> None:
    """Read the whole chain and say what was found. Raises: PortalError naming the first problems."""
    progress.start(0, _("Reading the chain"))
    verdict = audit_verify.verify()
    audit.record(owner, "audit.verified", owner, after={"rows": verdict.rows, "problems": len(verdict.problems)})
    if verdict.problems:
        raise PortalError(_("The audit trail is not whole:") + " " + " ".join(verdict.problems[:20]))
    said = _("%(rows)d audit rows, all in the chain; %(anchors)d anchors fit; end %(digest)s.")
    progress.finish(message=said % {"rows": verdict.rows, "anchors": verdict.anchors, "digest": verdict.digest[:16]})


def _columns() -> list[Column]:
    return [
        Column(_("Link"), 9, "whole"), Column(_("Time"), 20, "moment"), Column(_("Account"), 14, "code"),
        Column(_("Name"), 12), Column(_("Action"), 24), Column(_("Code"), 26), Column(_("Object"), 40),
        Column(_("Before"), 40), Column(_("After"), 40), Column(_("Note"), 30), Column(_("Request"), 38),
        Column(_("Digest"), 66),
    ]  # fmt: skip


def _line(entry: AuditEntry) -> list[object]:
    link = getattr(entry, "link", None)
    return [
        link.seq if link else None, f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M:%S}",
        entry.actor.username if entry.actor else "", entry.actor.name if entry.actor else "",
        action_words(entry.action), entry.action, entry.object_label, _json(entry.before), _json(entry.after),
        entry.note, entry.request_id, link.digest if link else "",
    ]  # fmt: skip


def _json(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
