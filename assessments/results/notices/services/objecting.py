"""Objections: raised by the branch or registered by the office, answered by the deciding authority."""

from collections.abc import Collection
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import Branch
from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ....sheets.models import Sheet
from ....sheets.reopening.models import Reopening
from ....sheets.reopening.parts import opened_part
from ....sheets.reopening.rules import can_be_reopened
from ....sheets.reopening.services import decide_reopening, record_request
from ...models import Publication
from .. import rules
from ..models import Notice, Objection

if TYPE_CHECKING:
    from members.models import User

SHORTEST = 10
LONGEST = 4000


@transaction.atomic
def object_to(*, notice: Notice, branch: Branch, actor: "User", text: str, at: datetime) -> Objection:
    """The secretary's objection to the own result; `at` is the receipt time. Raises: PermissionDenied; PortalError."""
    _lock(notice)
    require(rules.can_object(actor, notice, branch, at))
    _require_listed(notice, branch)
    if Objection.objects.filter(notice=notice, branch=branch, entered_by=actor, status="open").exists():
        raise PortalError(_("Your objection is there already and waits for its answer."), field="text")
    objection = Objection.objects.create(
        notice=notice, branch=branch, by_name=actor.name, text=_said(text), received_at=at, entered_by=actor,
        entered_at=at,
    )  # fmt: skip
    audit.record(actor, "objection.raised", objection, after={"branch": branch.code}, note=objection.text[:200])
    return objection


@transaction.atomic
def register_objection(
    *,
    notice: Notice,
    branch: Branch,
    actor: "User",
    channel: str,
    text: str,
    received_on: date,
    by_name: str = "",
    at: datetime | None = None,
) -> Objection:
    """What came to the office by letter, by telephone or in person; without a name it is anonymous.

    It counts if it came on a day of the notice. Raises: PermissionDenied; PortalError naming the field.
    """
    _lock(notice)
    require(rules.can_register(actor, notice))
    at = at or timezone.now()
    if channel not in (Objection.Channel.LETTER, Objection.Channel.TELEPHONE, Objection.Channel.VISIT):
        raise PortalError(_("Choose how the objection came."), field="channel")
    if not notice.starts_on <= received_on <= notice.last_on or received_on > timezone.localdate(at):
        raise PortalError(
            _("An objection counts if it came from %(first)s to %(last)s.")
            % {"first": notice.starts_on, "last": notice.last_on},
            field="received_on",
        )
    _require_listed(notice, branch)
    received = timezone.make_aware(datetime.combine(received_on, time(12)))
    objection = Objection.objects.create(
        notice=notice, branch=branch, channel=channel, by_name=by_name.strip()[:60], text=_said(text),
        received_at=received, entered_by=actor, entered_at=at,
    )  # fmt: skip
    after = {"branch": branch.code, "channel": channel, "named": bool(objection.by_name)}
    audit.record(actor, "objection.registered", objection, after=after, note=objection.text[:200])
    return objection


@transaction.atomic
def answer_objection(
    *,
    objection: Objection,
    actor: "User",
    uphold: bool,
    answer: str,
    sheet: Sheet | None = None,
    codes: Collection[str] | None = None,
    at: datetime | None = None,
) -> Objection:
    """The answer. Upholding with a `sheet` opens it again as a new revision; the corrected tally follows from it.

    `codes` opens a part of it: these indicators, with `parts.CLAIMS` also claims and records; None opens the whole.
    Raises: PermissionDenied; PortalError naming the field; StaleState when somebody else answered meanwhile.
    """
    require(rules.can_answer(actor, objection))
    at, answer = at or timezone.now(), answer.strip()
    if len(answer) < SHORTEST:
        raise PortalError(_("Answer in at least ten characters: what was examined and what follows."), field="answer")
    if sheet is not None and sheet.branch_id != objection.branch_id:
        raise PortalError(_("Choose a sheet of the branch that the objection is about."), field="sheet")
    reopening = _reopen(objection, sheet, actor, answer, codes, at) if uphold and sheet is not None else None
    status = Objection.Status.UPHELD if uphold else Objection.Status.REJECTED
    moved = Objection.objects.filter(pk=objection.pk, status=Objection.Status.OPEN).update(
        status=status, answer=answer[:LONGEST], answered_by=actor, answered_at=at, reopening=reopening
    )
    if not moved:
        raise StaleState(_("Somebody else has answered this objection meanwhile. Reload the page."))
    after = {"status": status, **(opened_part(reopening) if reopening else {})}
    audit.record(actor, "objection.answered", objection, before={"status": "open"}, after=after, note=answer)
    objection.refresh_from_db()
    return objection


def _reopen(
    objection: Objection, sheet: Sheet, actor: "User", answer: str, codes: Collection[str] | None, at: datetime
) -> Reopening:
    """Ask in the name of who entered the objection, and grant at once."""
    if not (access := can_be_reopened(sheet)):
        raise PortalError(access.reason, field="sheet")
    reason = _("Objection upheld: %(answer)s") % {"answer": answer}
    asked = record_request(sheet=sheet, actor=objection.entered_by, reason=reason, at=at)
    return decide_reopening(reopening=asked, actor=actor, grant=True, reason=answer, codes=codes, at=at)


def sheets_in_question(objection: Objection) -> list[Sheet]:
    """The sheets that an upheld objection may open again: the cycle's, or those of the year's cycles."""
    tally = objection.notice.publication.tally
    rows = Sheet.objects.current().filter(branch=objection.branch_id, cycle__plan=tally.plan_id)
    rows = rows.filter(status__in=("approved", "sealed"))
    if tally.cycle_id:
        rows = rows.filter(cycle=tally.cycle_id)
    return list(rows.for_table().order_by("-cycle__starts_on"))


def _lock(notice: Notice) -> None:
    """Read the publication anew and hold it: no objection slips past a publication at the same moment."""
    notice.publication = (
        Publication.objects.select_for_update(of=("self",))
        .select_related("tally__plan", "tally__cycle")
        .get(pk=notice.publication_id)
    )


def _require_listed(notice: Notice, branch: Branch) -> None:
    if not notice.publication.tally.results.filter(branch=branch).exists():
        raise PortalError(_("This branch is not part of the results on notice."), field="branch")


def _said(text: str) -> str:
    text = text.strip()
    if len(text) < SHORTEST:
        raise PortalError(_("Say in at least ten characters what is wrong and why."), field="text")
    return text[:LONGEST]
