"""A mail server that is down, hangs up or refuses: nothing is lost, nothing goes twice, and the page says it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.reminders.models import Mail, Message
from assessments.reminders.services import outbox, sending, timetable
from branchportal import worker
from branchportal.models import Job
from members.models import User

from .told import free_port, mail_server, use

pytestmark = pytest.mark.django_db


@pytest.fixture
def released(city, secretary, office, sign_in) -> Mail:
    """A mail that the office has released."""
    User.objects.filter(pk=secretary.pk).update(mail="secretary@example.gov.cn")
    now = timezone.now()
    mail = Mail.objects.create(
        user=secretary, day=timezone.localdate(), created_at=now, status="released", decided_by=office, decided_at=now
    )
    Message.objects.create(
        user=secretary, matter="answered", task="objection", subject_id=1, on=now.date(), label="第一党支部",
        created_at=now, mail=mail,
    )  # fmt: skip
    outbox.request_sending(office)
    return mail


def test_server_that_is_down_leaves_all_waiting_and_the_page_says_so(released, office, settings, sign_in) -> None:
    use(settings, free_port())
    worker.run_due_here()
    released.refresh_from_db()
    job = Job.objects.filter(task=outbox.SEND).order_by("pk").first()
    assert (released.status, released.fault, job.status) == ("released", "unreachable", "failed")
    assert released.not_before > timezone.now()
    assert "无法连接邮件服务器" in job.message
    page = sign_in(office).get(reverse("reminders:outbox")).content.decode()
    assert "没有丢失：已放行的邮件仍在等待" in page
    worker.run_due_here()
    released.refresh_from_db()
    assert released.attempts == 1, "it rests before the next attempt"


def test_server_that_is_back_gets_each_mail_once(released, office, settings, sign_in) -> None:
    use(settings, free_port())
    worker.run_due_here()
    with mail_server(settings) as server:
        sign_in(office).post(reverse("reminders:outbox_act"), {"do": "send"})
        worker.run_due_here()
        outbox.request_sending(office)
        worker.run_due_here()
    assert len(server.received) == 1
    assert f"Message-ID: <reminder-{released.day}-{released.pk}@example.gov.cn>" in server.received[0]
    assert Mail.objects.get().status == "sent"


def test_hang_up_while_sending_is_unsure_and_never_sent_again_by_itself(released, office, settings, sign_in) -> None:
    with mail_server(settings, answer="") as server:
        worker.run_due_here()
        timetable.hourly(timezone.now() + timedelta(hours=2))
        worker.run_due_here()
    assert (len(server.received), Mail.objects.get().status) == (1, "unsure")
    client = sign_in(office)
    assert "不能确定是否发出" in client.get(reverse("reminders:outbox")).content.decode()
    with mail_server(settings) as server:
        client.post(reverse("reminders:mail_act", args=[released.pk]), {"do": "release", "version": released.version})
        worker.run_due_here()
    assert (len(server.received), Mail.objects.get().status) == (1, "sent")


def test_crash_between_claim_and_mark_is_shown_as_unsure(released, settings) -> None:
    Mail.objects.update(status="sending", claimed_at=timezone.now())
    with mail_server(settings) as server:
        worker.run_due_here()
        assert Mail.objects.get().status == "sending"
        timetable.hourly(timezone.now() + sending.UNSURE_AFTER + timedelta(minutes=1))
        worker.run_due_here()
    assert (server.received, Mail.objects.get().status) == ([], "unsure")


@pytest.mark.parametrize(
    ("answer", "to", "status", "fault"),
    [
        ("250 taken", "550 no such person", "failed", "refused"),
        ("250 taken", "450 try later", "released", "later"),
        ("554 spam", "250 ok", "failed", "refused"),
        ("451 later", "250 ok", "released", "later"),
    ],
)
def test_refusals_for_good_and_for_now(released, settings, answer, to, status, fault) -> None:
    with mail_server(settings, answer, to):
        worker.run_due_here()
    released.refresh_from_db()
    assert (released.status, released.fault) == (status, fault)
    assert (released.not_before is not None) == (status == "released")


def test_address_that_would_break_a_header_is_never_sent_to(released, settings) -> None:
    User.objects.update(mail="a@example.gov.cn\r\nBcc: b@example.gov.cn")
    with mail_server(settings) as server:
        worker.run_due_here()
    released.refresh_from_db()
    assert (server.received, released.status, released.fault) == ([], "failed", "address")


def test_pause_grows_up_to_six_hours() -> None:
    assert [sending.pause(attempt).total_seconds() / 60 for attempt in (1, 2, 3, 20)] == [5, 10, 20, 360]
