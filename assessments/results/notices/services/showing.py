"""The notice: begun by the deciding authority, lengthened if need be, never shortened; withdrawn with a reason."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit
from branchportal.access import require
from branchportal.errors import PortalError, StaleState

from ...models import Publication, Tally
from ...services.publishing import lock_tally, require_checks
from ...verifying import publication_problems
from .. import rules
from ..models import Notice
from ..working_days import end_of, last_day, working_days_between

if TYPE_CHECKING:
    from members.models import User

LONGEST = 60  # working days


@transaction.atomic
def begin_notice(
    *,
    publication: Publication,
    actor: "User",
    starts_on: date,
    min_stars: int,
    contact: str,
    audience: str = Notice.Audience.INTERNAL,
    days: int | None = None,
    at: datetime | None = None,
) -> Notice:
    """Show the prepared results as provisional for the plan's working days, or `days` if that is longer.

    Raises: PermissionDenied; PortalError naming what is unmet or the field; StaleState.
    """
    require(rules.can_begin(actor, publication))
    at = at or timezone.now()
    tally, days = publication.tally, publication.tally.plan.notice_days if days is None else days
    if days < tally.plan.notice_days:
        raise PortalError(
            _("The plan of the year asks for at least %(days)d working days.") % {"days": tally.plan.notice_days},
            field="days",
        )
    _check_fields(starts_on, days, contact, audience, at)
    require_checks(tally, "notice")
    if problems := publication_problems(publication):
        raise PortalError(_("The results cannot be shown: %(problem)s") % {"problem": problems[0]}, problems=problems)
    lock_tally(tally, publication.digest)
    moved = Publication.objects.filter(pk=publication.pk, status=Publication.Status.PREPARED).update(
        status=Publication.Status.NOTICE
    )
    if not moved:
        raise StaleState(_("This publication has been decided on already. Reload the page."))
    Tally.objects.filter(pk=tally.pk).update(status=Tally.Status.NOTICE)
    last = last_day(starts_on, days)
    notice = Notice.objects.create(
        publication=publication, audience=audience, min_stars=min_stars, days=days, starts_on=starts_on, last_on=last,
        ends_at=end_of(last), contact=contact.strip()[:200], begun_by=actor, begun_at=at,
    )  # fmt: skip
    after = {"from": starts_on.isoformat(), "to": last.isoformat(), "days": days, "digest": publication.digest}
    audit.record(actor, "notice.begun", publication, before={"status": "prepared"}, after=after)
    publication.refresh_from_db()
    return notice


def _check_fields(starts_on: date, days: int, contact: str, audience: str, at: datetime) -> None:
    if starts_on < timezone.localdate(at):
        raise PortalError(_("A notice cannot begin in the past."), field="starts_on")
    if (starts_on - timezone.localdate(at)).days > LONGEST:
        raise PortalError(_("The notice begins more than two months from now. Check the date."), field="starts_on")
    if not 1 <= days <= LONGEST:
        raise PortalError(_("A notice runs for 1 to %(days)d working days.") % {"days": LONGEST}, field="days")
    if len(contact.strip()) < 5:
        raise PortalError(_("Say where objections are taken: address and telephone."), field="contact")
    if audience not in Notice.Audience.values:
        raise PortalError(_("Choose who sees the notice."), field="audience")


@transaction.atomic
def extend_notice(*, notice: Notice, actor: "User", last_on: date, reason: str) -> Notice:
    """Move the end of a running notice to a later day. An earlier day is refused: a notice is never shortened."""
    require(rules.can_extend(actor, notice))
    reason = _reason(reason)
    if last_on < notice.last_on:
        raise PortalError(_("A notice that has begun is not shortened. It can only be lengthened."), field="last_on")
    if last_on == notice.last_on or working_days_between(notice.starts_on, last_on) > LONGEST:
        raise PortalError(_("Choose a later day, at most two months after the beginning."), field="last_on")
    moved = Notice.objects.filter(pk=notice.pk, last_on=notice.last_on).update(
        last_on=last_on, ends_at=end_of(last_on), days=working_days_between(notice.starts_on, last_on)
    )
    if not moved:
        raise StaleState(_("The notice was changed meanwhile. Reload the page."))
    before = {"to": notice.last_on.isoformat()}
    notice.refresh_from_db()
    after = {"to": last_on.isoformat()}
    audit.record(actor, "notice.lengthened", notice.publication, before=before, after=after, note=reason)
    return notice


@transaction.atomic
def withdraw_notice(*, notice: Notice, actor: "User", reason: str) -> Publication:
    """Take a notice back: its publication is kept and marked, the tally is a candidate again."""
    require(rules.can_withdraw(actor, notice))
    reason, publication = _reason(reason), notice.publication
    moved = Publication.objects.filter(pk=publication.pk, status=Publication.Status.NOTICE).update(
        status=Publication.Status.WITHDRAWN, sent_back_reason=reason[:300]
    )
    if not moved:
        raise StaleState(_("This publication has been decided on already. Reload the page."))
    Tally.objects.filter(pk=publication.tally_id, status=Tally.Status.NOTICE).update(status=Tally.Status.CANDIDATE)
    audit.record(actor, "notice.withdrawn", publication, before={"status": "notice"}, note=reason)
    publication.refresh_from_db()
    return publication


def _reason(text: str) -> str:
    text = text.strip()
    if len(text) < 5:
        raise PortalError(_("Give a reason of at least five characters."), field="reason")
    return text
