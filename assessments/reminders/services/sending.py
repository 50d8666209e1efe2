"""Sending what was released: claim the row, send, mark it. Nothing is lost, nothing goes twice.

A row is claimed by a conditional update that is committed before the server is spoken to. Whatever breaks off between
the claim and the mark leaves the row `sending`; the next round that finds it ten minutes old calls it unsure, and it
waits for a person's word.
A server that cannot be reached is noticed before anything is claimed: the rows stay released, with a pause.
"""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from smtplib import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from branchportal import audit, mailing
from branchportal.errors import PortalError
from branchportal.jobs import Progress
from branchportal.models import Job
from members.models import Appointment, User
from members.roles import Role

from .. import words
from ..choices import MailStatus
from ..models import Mail
from . import outbox

log = logging.getLogger(__name__)
PORTION = 50
UNSURE_AFTER = timedelta(minutes=10)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=6)
MOST_ATTEMPTS = 8  # of a mail that the server puts off; a server that is down is tried for ever
ADDRESS, REFUSED, LATER, UNREACHABLE, SENDER = "address", "refused", "later", "unreachable", "sender"


def due(now: datetime) -> list[int]:
    """Released mails whose pause is over, the oldest first."""
    rows = Mail.objects.filter(Q(not_before=None) | Q(not_before__lte=now), status=MailStatus.RELEASED)
    return list(rows.order_by("pk").values_list("pk", flat=True)[: PORTION + 1])


def send_released(progress: Progress) -> None:
    """Send a portion and hand the job on. Raises: PortalError while the server is down; everything keeps waiting."""
    now = timezone.now()
    settle_unsure(now)
    found = due(now)
    pks = found[:PORTION]
    outbox.check_mails(Mail.objects.filter(pk__in=pks), now)
    if not pks or not mailing.is_set():
        progress.finish(message=_("No mail waits to be sent."))
        return
    progress.start(len(pks))
    connection = _connected(progress.job.owner)
    counts: dict[str, int] = {}
    try:
        for number, pk in enumerate(pks, 1):
            connection = _alive(connection) or _connected(progress.job.owner)
            status = send_one(pk, connection)
            counts[status] = counts.get(status, 0) + 1
            progress.step(number)
    finally:
        with suppress(OSError, SMTPException):
            connection.close()
        counts.pop("", None)
        if counts:
            audit.record(None, "mail.delivered", outbox.whole(now), after=counts)
    if len(found) > PORTION:
        progress.hand_on(cursor=0, done=0)
        return
    progress.finish(message=_("%(count)d mails were sent.") % {"count": counts.get(MailStatus.SENT, 0)})


def send_one(pk: int, connection: BaseEmailBackend) -> str:
    """Claim, send, mark. Returns the status it ended in; "" where somebody else was faster."""
    mail = Mail.objects.select_related("user").get(pk=pk)
    messages = list(mail.messages.filter(void="").order_by("on", "pk"))
    claimed = timezone.now()
    subject, body = words.subject_of(messages), words.body_of(mail, messages)
    mine = Mail.objects.filter(pk=pk, status=MailStatus.RELEASED, version=mail.version)
    if not messages or not mine.update(
        status=MailStatus.SENDING, claimed_at=claimed, subject=subject, body=body, attempts=F("attempts") + 1
    ):
        return ""
    status, fault = _deliver(mail, subject, body, connection)
    after: dict[str, object] = {"status": status, "fault": fault}
    if status == MailStatus.SENT:
        after |= {"sent_at": timezone.now(), "not_before": None}
    elif status == MailStatus.RELEASED:
        after |= {"not_before": claimed + pause(mail.attempts + 1)}
    # A mail that took more than ten minutes was called unsure meanwhile: now it is known.
    Mail.objects.filter(
        pk=pk, claimed_at=claimed, status__in=(MailStatus.SENDING, MailStatus.UNSURE)
    ).update(**after)  # fmt: skip
    return status


def _deliver(mail: Mail, subject: str, body: str, connection: BaseEmailBackend) -> tuple[str, str]:
    """Speak to the server: the status it leads to, and the kind of fault."""
    try:
        address = mailing.clean_address(mail.user.mail)
        if address is None or not mail.user.is_active:
            return MailStatus.FAILED, ADDRESS
        connection.send_messages([_message(mail, address, subject, body, connection)])
    except (ValidationError, ValueError):  # of the address, or of a header that Django refuses
        return MailStatus.FAILED, ADDRESS
    except SMTPRecipientsRefused as refusal:
        is_for_now = all(400 <= code < 500 for code, _text in refusal.recipients.values())
        return _refused(mail, is_for_now=is_for_now)
    except (SMTPSenderRefused, SMTPDataError) as refusal:
        return _refused(mail, is_for_now=400 <= refusal.smtp_code < 500)
    except (SMTPServerDisconnected, OSError) as fault:
        if isinstance(fault, SMTPException) and not isinstance(fault, SMTPServerDisconnected):
            return _refused(mail, is_for_now=True)
        log.warning("mail %s: the connection broke off while it was sent (%s)", mail.pk, type(fault).__name__)
        return MailStatus.UNSURE, ""
    return MailStatus.SENT, ""


def _refused(mail: Mail, *, is_for_now: bool) -> tuple[str, str]:
    if is_for_now and mail.attempts + 1 < MOST_ATTEMPTS:
        return MailStatus.RELEASED, LATER
    return MailStatus.FAILED, REFUSED


def _message(mail: Mail, address: str, subject: str, body: str, connection: BaseEmailBackend) -> EmailMessage:
    """The same number each time the same mail goes, so that a mail server can tell a repetition."""
    host = settings.MAIL_FROM.rpartition("@")[2]
    headers = {
        "Message-ID": f"<reminder-{mail.day}-{mail.pk}@{host}>",
        "Auto-Submitted": "auto-generated",
    }
    return EmailMessage(subject, body, settings.MAIL_FROM, [address], connection=connection, headers=headers)


def _connected(owner: User) -> BaseEmailBackend:
    """An open connection, or the pause of everything that is released. Raises: PortalError; nothing was claimed."""
    connection = get_connection()
    try:
        connection.open()
    except (OSError, SMTPException) as fault:
        log.warning("the mail server cannot be reached: %s", type(fault).__name__)
        raise _unreachable(owner) from fault
    return connection


def _alive(connection: BaseEmailBackend) -> BaseEmailBackend | None:
    """The connection while the server still answers; asked before a mail is claimed."""
    client = getattr(connection, "connection", None)
    if client is None:
        return connection if not hasattr(connection, "connection") else None
    try:
        return connection if client.noop()[0] == 250 else None
    except (OSError, SMTPException):
        with suppress(OSError, SMTPException):
            connection.close()
        return None


def _unreachable(owner: User) -> PortalError:
    """Everything released rests, and a job is there that tries again after the pause."""
    rows = Mail.objects.filter(status=MailStatus.RELEASED)
    tried = max(rows.values_list("attempts", flat=True), default=0)
    later = timezone.now() + pause(tried + 1)
    rows.update(not_before=later, fault=UNREACHABLE, attempts=F("attempts") + 1)
    if not Job.objects.filter(task=outbox.SEND, status=Job.Status.QUEUED).exists():
        job = outbox.request_sending(owner)
        Job.objects.filter(pk=job.pk).update(not_before=later)
    return PortalError(
        _("The mail server cannot be reached. Nothing was sent and nothing is lost; the next attempt is at %(time)s.")
        % {"time": date_format(timezone.localtime(later), "H:i")}
    )


def pause(attempts: int) -> timedelta:
    """5, 10, 20 … minutes, at most 6 hours."""
    return min(FIRST_PAUSE * 2 ** min(max(attempts - 1, 0), 10), LONGEST_PAUSE)


def settle_unsure(now: datetime) -> int:
    """Mails that somebody claimed and never marked: whether they went is not known. Never sent again by itself."""
    lost = Mail.objects.filter(status=MailStatus.SENDING, claimed_at__lt=now - UNSURE_AFTER)
    return lost.update(status=MailStatus.UNSURE, version=F("version") + 1)


def request_due(now: datetime) -> Job | None:
    """A job for what is released and due, where none waits: in the name of who released it, or of the office."""
    rows = Mail.objects.filter(Q(not_before=None) | Q(not_before__lte=now), status=MailStatus.RELEASED)
    mail = rows.order_by("pk").select_related("decided_by").first()
    if mail is None:
        return None
    owner = mail.decided_by
    if owner is None:
        office = Appointment.objects.in_force().filter(role=Role.OFFICE, user__is_active=True)
        holder = office.order_by("pk").select_related("user").first()
        owner = holder.user if holder else None
    return outbox.request_sending(owner) if owner else None
