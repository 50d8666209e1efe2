"""What the office does with mails that wait: read, release, drop. Nothing is announced by accident."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Max, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from branchportal import audit, jobs
from branchportal.access import require
from branchportal.errors import PortalError, StaleState
from branchportal.models import Job
from branchportal.personal import without_numbers
from members.models import User

from .. import rules
from ..choices import DROPPABLE, RELEASABLE, MailStatus
from ..facts import facts
from ..models import Mail, Message
from . import gathering

SEND, GATHER = "reminders.send", "reminders.gather"
SHORTEST, LONGEST = 5, 200


@dataclass(frozen=True)
class Seen:
    """What the page showed of the waiting mails: how many, up to which one, and their versions together."""

    count: int
    newest: int
    versions: int


def waiting_now(newest: int | None = None) -> Seen:
    """The mails that wait, all or those up to `newest`; a release names what it saw."""
    rows = Mail.objects.filter(status=MailStatus.WAITING)
    if newest is not None:
        rows = rows.filter(pk__lte=newest)
    found = rows.aggregate(count=Count("pk"), newest=Max("pk"), versions=Sum("version"))
    return Seen(found["count"], found["newest"] or 0, found["versions"] or 0)


@transaction.atomic
def release_all(*, actor: User, seen: Seen, at: datetime) -> int:
    """Let the mails go that the page showed; what joined since then waits. Returns how many go.

    Raises: PermissionDenied; StaleState when one of them changed after the page was opened.
    """
    require(rules.can_release(actor))
    rows = Mail.objects.filter(status=MailStatus.WAITING, pk__lte=seen.newest).order_by("pk")
    versions = list(rows.select_for_update().values_list("version", flat=True))
    if not versions or (len(versions), sum(versions)) != (seen.count, seen.versions):
        raise StaleState(_("The outbox has changed since you opened the page. Look through it again, then release it."))
    check_mails(rows, at)
    gone = rows.order_by().update(
        status=MailStatus.RELEASED, decided_by=actor, decided_at=at, attempts=0, not_before=None, fault="", reason=""
    )
    audit.record(actor, "mail.released", whole(at), after={"count": gone})
    request_sending(actor)
    return gone


@transaction.atomic
def release_mail(*, actor: User, mail: Mail, version: int, at: datetime) -> Mail:
    """Let one mail go; one that failed or is unsure goes once more, by this person's word.

    Raises: PermissionDenied; StaleState.
    """
    require(rules.can_release(actor, mail))
    check_mails(Mail.objects.filter(pk=mail.pk), at)
    moved = Mail.objects.filter(pk=mail.pk, version=version, status__in=RELEASABLE).update(
        status=MailStatus.RELEASED, decided_by=actor, decided_at=at, attempts=0, not_before=None, fault="", reason="",
        version=F("version") + 1,
    )  # fmt: skip
    if not moved:
        raise _changed()
    audit.record(actor, "mail.released", mail, before={"status": mail.status}, after={"count": 1})
    request_sending(actor)
    mail.refresh_from_db()
    return mail


@transaction.atomic
def drop_mail(*, actor: User, mail: Mail, version: int, reason: str, at: datetime) -> Mail:
    """Throw one mail away, with a reason; its messages stay on the person's page. Raises: PortalError; StaleState."""
    require(rules.can_drop(actor, mail))
    reason = _reason(reason)
    rows = Mail.objects.filter(pk=mail.pk, version=version, status__in=DROPPABLE)
    if not rows.update(
        status=MailStatus.DROPPED, decided_by=actor, decided_at=at, reason=reason, version=F("version") + 1
    ):
        raise _changed()
    audit.record(actor, "mail.dropped", mail, before={"status": mail.status}, after={"count": 1}, note=reason)
    mail.refresh_from_db()
    return mail


@transaction.atomic
def drop_all(*, actor: User, seen: Seen, reason: str, at: datetime) -> int:
    """Throw away the mails that wait and were shown. Returns how many. Raises: PermissionDenied; PortalError."""
    require(rules.can_keep_outbox(actor))
    reason = _reason(reason)
    rows = Mail.objects.filter(status=MailStatus.WAITING, pk__lte=seen.newest)
    gone = rows.update(
        status=MailStatus.DROPPED, decided_by=actor, decided_at=at, reason=reason, version=F("version") + 1
    )
    if not gone:
        raise StaleState(_("Nothing waits in the outbox any longer. Reload the page."))
    audit.record(actor, "mail.dropped", whole(at), after={"count": gone}, note=reason)
    return gone


@transaction.atomic
def request_gathering(*, actor: User) -> Job:
    """Look now for what is due instead of at the next full hour. Raises: PermissionDenied."""
    require(rules.can_keep_outbox(actor))
    return jobs.request(GATHER, title=_("Gather reminders"), owner=actor)


@transaction.atomic
def send_again(*, actor: User) -> Job:
    """Try the released mails again at once instead of after the pause. Raises: PermissionDenied."""
    require(rules.can_release(actor))
    Mail.objects.filter(status=MailStatus.RELEASED).update(not_before=None)
    return request_sending(actor)


@transaction.atomic
def request_sending(owner: User) -> Job:
    """A job that sends what is released; the one that waits already, if there is one."""
    waiting = Job.objects.filter(task=SEND, status=Job.Status.QUEUED)
    waiting.update(not_before=None)
    return waiting.first() or jobs.request(SEND, title=_("Send released mails"), owner=owner)


def check_mails(rows: object, at: datetime) -> None:
    """Take out of these mails what holds no longer; a mail with nothing left is cancelled."""
    changed: set[int] = set()
    pks = list(rows.values_list("pk", flat=True))
    standing = gathering.Standing(facts(at), at)
    gathering.check(Message.objects.filter(mail__in=pks, void=""), standing, changed)
    gathering.recount(changed)
    cancel_empty(pks, at)


def cancel_empty(pks: list[int], at: datetime) -> int:
    """Cancel those of these open mails in which nothing holds any longer. Returns how many."""
    rows = Mail.objects.filter(pk__in=pks, status__in=(MailStatus.WAITING, MailStatus.RELEASED))
    return rows.exclude(messages__void="").update(status=MailStatus.CANCELLED, decided_at=at, version=F("version") + 1)


def auto_release(now: datetime) -> int:
    """Where the setting says so, release what has waited so many hours. Returns how many."""
    if not settings.MAIL_RELEASE_HOURS:
        return 0
    due = Mail.objects.filter(
        status=MailStatus.WAITING, created_at__lte=now - timedelta(hours=settings.MAIL_RELEASE_HOURS)
    )
    check_mails(due, now)
    with transaction.atomic():
        gone = due.update(status=MailStatus.RELEASED, decided_at=now, attempts=0, not_before=None)
        if gone:
            after = {"count": gone, "hours": settings.MAIL_RELEASE_HOURS}
            audit.record(None, "mail.released", whole(now), after=after)
    return gone


def whole(at: datetime) -> Mail:
    """What the trail names when many mails were decided on at once."""
    return Mail(pk=0, user=User(name="—"), day=timezone.localdate(at))


def _reason(text: str) -> str:
    text = " ".join(text.split())
    if not SHORTEST <= len(text) <= LONGEST:
        raise PortalError(
            _("Give a reason of %(least)d to %(most)d characters.") % {"least": SHORTEST, "most": LONGEST},
            field="reason",
        )
    return without_numbers(text)


def _changed() -> StaleState:
    return StaleState(_("This mail has changed since you opened it. Look at it again."))
