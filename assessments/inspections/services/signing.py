"""Signing a visit: the record is frozen under a digest, the score enters the sheet, findings go to the branch."""

import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError

from ...schemes.loading import indicator_index
from ...sheets.models import Sheet
from ...sheets.services.component_scores import put_component, takes_component
from .. import rules
from ..checklist import version_of
from ..choices import RectificationStatus
from ..models import Finding, Rectification, Visit
from .visits import ONSITE, move

if TYPE_CHECKING:
    from members.models import User


@transaction.atomic
def sign_visit(*, visit: Visit, actor: "User", version: int, signature: str, at: datetime | None = None) -> Visit:
    """The leader signs: the record is frozen under a digest, the score enters the sheet, findings go to the branch.

    `signature` is the leader's own name, typed. Raises: PermissionDenied; PortalError naming what is missing;
    StaleState.
    """
    access = rules.can_sign(actor, visit)
    require(access)
    at = at or timezone.now()
    signature = signature.strip()
    _require_whole(visit, actor, signature, at)
    if visit.score_up is not None:
        _give_score(visit, actor, at)
    findings = list(visit.findings.select_related("indicator").order_by("pk"))
    text = record_text(visit, findings, signature)
    digest = hashlib.sha256(text.encode()).hexdigest()
    open_rectifications(findings, actor, at)
    return move(
        visit, actor, "sign", version, access=access, signature=signature, signed_by=actor, signed_at=at, record=text,
        digest=digest,
    )  # fmt: skip


def _require_whole(visit: Visit, actor: "User", signature: str, at: datetime) -> None:
    if not visit.present_name:
        raise PortalError(_("Name the person of the branch who was present."), field="present_name")
    if visit.visited_on is None or not visit.course:
        raise PortalError(_("Write down the day and what was done."), field="course")
    if signature != actor.name:
        message = _("Sign with your own name: %(name)s.")
        raise PortalError(message % {"name": actor.name}, field="signature")
    late = visit.findings.filter(due_on__lt=timezone.localdate(at)).first()
    if late is not None:
        message = _("The deadline of “%(problem)s” is over already. Give the branch a later one.")
        raise PortalError(message % {"problem": late.problem[:40]}, field="due_on")


def _give_score(visit: Visit, actor: "User", at: datetime) -> None:
    rows = Sheet.objects.current().for_filling().filter(cycle=visit.plan.cycle_id, branch=visit.branch_id)
    sheet = rows.first()
    if sheet is None or not takes_component(sheet, ONSITE):
        raise PortalError(
            _("The branch has no sheet in this cycle that takes an on-site score. Leave it empty."), field="score"
        )
    origin = _("On-site visit of %(day)s") % {"day": visit.visited_on}
    put_component(
        sheet=sheet,
        source=ONSITE,
        score_up=visit.score_up,
        actor=actor,
        entered_by=visit.score_by,
        at=at,
        origin=origin,
    )


def record_text(visit: Visit, findings: list[Finding], signature: str) -> str:
    """The whole record as canonical JSON, files by their hashes: what the digest is taken over."""
    codes = indicator_index(version_of(visit)).indicator_codes
    checks = visit.checks.order_by("indicator_id").values_list("indicator_id", "verdict", "note")
    content = {
        "branch": visit.branch.code,
        "cycle": f"{visit.plan.cycle.plan.year}{visit.plan.cycle.period}",
        "plan": visit.plan.name,
        "visited_on": visit.visited_on.isoformat() if visit.visited_on else "",
        "present": [visit.present_name, visit.present_post],
        "course": visit.course,
        "opinion": visit.opinion,
        "score_up": visit.score_up,
        "checks": sorted([codes.get(pk, ""), verdict, note] for pk, verdict, note in checks),
        "findings": [[each.problem, each.due_on.isoformat() if each.due_on else ""] for each in findings],
        "files": sorted(visit.files.values_list("sha256", flat=True)),
        "signature": signature,
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def is_intact(visit: Visit) -> bool:
    """Whether the signed text still gives its digest and still is what the rows say."""
    findings = list(visit.findings.order_by("pk"))
    found = hashlib.sha256(visit.record.encode()).hexdigest()
    return found == visit.digest and visit.record == record_text(visit, findings, visit.signature)


def open_rectifications(findings: list[Finding], actor: "User", at: datetime) -> list[Rectification]:
    """What is to be put right goes to the branch: one rectification for each finding with a deadline."""
    rows = [
        Rectification(finding=each, due_on=each.due_on, opened_at=at, status=RectificationStatus.OPEN)
        for each in findings
        if each.due_on
    ]
    made = Rectification.objects.bulk_create(rows)
    audit.record_many(audit.entry(actor, "rectification.opened", row, after=_opened(row)) for row in made)
    return made


def _opened(row: Rectification) -> dict:
    return {"problem": row.finding.problem, "due_on": row.due_on.isoformat()}
