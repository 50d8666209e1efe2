"""One mail a person and day waits until the office has read and released it; nothing is announced by accident."""

from datetime import timedelta

import pytest
from django.core import mail as django_mail
from django.urls import reverse
from django.utils import timezone

from assessments.cycles.models import Step
from assessments.reminders.models import Mail, Message
from assessments.reminders.services import gathering, grouping, outbox, timetable
from assessments.sheets.models import Sheet
from branchportal import worker
from branchportal.errors import PortalError, StaleState
from branchportal.models import AuditEntry, Job
from members.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def server(settings: object) -> None:
    settings.MAIL_FROM = "portal@example.gov.cn"


@pytest.fixture
def waiting(city, secretary) -> Mail:
    """A mail to the secretary that waits: the self-assessment ends tomorrow."""
    Step.objects.filter(cycle=city.cycle, kind="self").update(ends_at=timezone.now() + timedelta(hours=20))
    gathering.gather(timezone.now())
    User.objects.filter(pk=secretary.pk).update(mail="secretary@example.gov.cn")
    grouping.group_mails(timezone.now())
    return Mail.objects.get(user=secretary)


def release(office: User) -> int:
    return outbox.release_all(actor=office, seen=outbox.waiting_now(), at=timezone.now())


def test_nothing_leaves_before_the_release_and_one_mail_after_it(city, waiting, office, settings) -> None:
    settings.PUBLIC_URL = ""
    timetable.hourly()
    worker.run_due_here()
    assert (Mail.objects.get().status, django_mail.outbox) == ("waiting", [])
    assert release(office) == 1
    worker.run_due_here()
    worker.run_due_here()
    assert [sent.to for sent in django_mail.outbox] == [["secretary@example.gov.cn"]]
    sent = django_mail.outbox[0]
    assert "市发展局机关第一党支部 · 2026年第4季度：自评尚未提交" in sent.body
    assert sent.body.startswith("赵书记同志")
    assert "http" not in sent.body
    waiting.refresh_from_db()
    assert (waiting.status, waiting.body, waiting.decided_by) == ("sent", sent.body, office)
    assert [row.after for row in AuditEntry.objects.filter(action="mail.delivered")] == [{"sent": 1}]


def test_mail_links_to_the_page_only_where_a_public_address_is_set(city, waiting, office, settings, sign_in) -> None:
    settings.PUBLIC_URL = "https://party.example.gov"
    page = sign_in(office).get(reverse("reminders:mail", args=[waiting.pk])).content.decode()
    assert f"https://party.example.gov{reverse('sheets:fill', args=[city.sheet.pk])}" in page
    assert "se*******@example.gov.cn" in page
    assert "secretary@" not in page


@pytest.mark.parametrize("when", ["before the release", "before sending"])
def test_what_was_settled_meanwhile_cancels_the_mail(city, waiting, office, when) -> None:
    if when == "before sending":
        release(office)
    Sheet.objects.filter(pk=city.sheet.pk).update(status="submitted")
    if when == "before the release":
        release(office)
    worker.run_due_here()
    waiting.refresh_from_db()
    assert (waiting.status, django_mail.outbox) == ("cancelled", [])
    assert Message.objects.get(mail=waiting).void == "settled"


def test_moved_step_cancels_what_waits_and_a_new_mail_tells_the_new_date(city, waiting, secretary) -> None:
    Step.objects.filter(cycle=city.cycle, kind="self").update(ends_at=timezone.now() + timedelta(days=2, hours=20))
    timetable.hourly()
    waiting.refresh_from_db()
    items = dict(Message.objects.filter(user=secretary).values_list("void", "mail"))
    assert (waiting.status, items) == ("waiting", {"moved": waiting.pk, "": waiting.pk})


def test_release_is_refused_when_something_joined_unread(city, waiting, office, secretary, sign_in) -> None:
    client = sign_in(office)
    seen = outbox.waiting_now()
    Message.objects.create(
        user=secretary, matter="notice", task="notice", subject_id=1, on=timezone.localdate(), label="第三季度",
        created_at=timezone.now(),
    )  # fmt: skip
    grouping.group_mails(timezone.now())
    with pytest.raises(StaleState):
        outbox.release_all(actor=office, seen=seen, at=timezone.now())
    said = {"do": "release", "count": seen.count, "newest": seen.newest, "versions": seen.versions}
    answer = client.post(reverse("reminders:outbox_act"), said)
    assert answer.status_code == 409
    assert "发件箱有变化" in answer.content.decode()
    assert Mail.objects.get().status == "waiting"


def test_office_drops_with_a_reason_and_the_message_stays(city, waiting, office, secretary, sign_in) -> None:
    client, url = sign_in(office), reverse("reminders:mail_act", args=[waiting.pk])
    refused = client.post(url, {"do": "drop", "version": waiting.version, "reason": "无"})
    assert refused.status_code == 422
    assert "5" in refused.content.decode()
    client.post(url, {"do": "drop", "version": waiting.version, "reason": "已经电话通知"})
    timetable.hourly()
    waiting.refresh_from_db()
    assert (waiting.status, waiting.reason) == ("dropped", "已经电话通知")
    assert Message.objects.get(user=secretary).void == ""
    assert Mail.objects.count() == 1, "the next mail comes tomorrow"


def test_setting_releases_by_itself_after_its_hours(city, waiting, office, settings) -> None:
    settings.MAIL_RELEASE_HOURS = 4
    timetable.hourly(timezone.now() + timedelta(hours=3))
    assert Mail.objects.get().status == "waiting"
    timetable.hourly(timezone.now() + timedelta(hours=5))
    assert (Mail.objects.get().status, Job.objects.get(task=outbox.SEND).owner) == ("released", office)


def test_only_the_office_opens_the_outbox(city, waiting, secretary, authority, office, sign_in) -> None:
    for user in (secretary, authority):
        assert sign_in(user).get(reverse("reminders:outbox")).status_code == 403
        assert sign_in(user).get(reverse("reminders:mail", args=[waiting.pk])).status_code == 403
    assert "1 封邮件等您放行" in sign_in(office).get(reverse("reminders:outbox")).content.decode()


def test_without_a_mail_server_no_mail_is_written_and_none_released(city, secretary, office, settings) -> None:
    settings.MAIL_FROM = ""
    Step.objects.filter(cycle=city.cycle, kind="self").update(ends_at=timezone.now() + timedelta(hours=20))
    User.objects.filter(pk=secretary.pk).update(mail="secretary@example.gov.cn")
    timetable.hourly()
    assert (Message.objects.filter(user=secretary).count(), Mail.objects.count()) == (1, 0)
    with pytest.raises(Exception, match="EMAIL_URL"):
        outbox.release_all(actor=office, seen=outbox.waiting_now(), at=timezone.now())


@pytest.mark.parametrize("count", [1, 60])
def test_outbox_asks_the_same_whatever_its_length(city, office, sign_in, django_assert_num_queries, count) -> None:
    users = User.objects.bulk_create(User(username=f"u{number}", mail="u@example.gov.cn") for number in range(count))
    Mail.objects.bulk_create(Mail(user=user, day=timezone.localdate(), created_at=timezone.now()) for user in users)
    client = sign_in(office)
    client.get(reverse("reminders:outbox"))
    with django_assert_num_queries(9):
        client.get(reverse("reminders:outbox"))


def test_own_address_is_kept_encrypted_shown_masked_and_taken_back(city, secretary, sign_in) -> None:
    client, url = sign_in(secretary), reverse("members:own_mail")
    for wrong in ("赵 <zhao@x.gov.cn>", "zhao@x.gov.cn\r\nBcc: all@x.gov.cn", "a@x.cn,b@x.cn", "zhao"):
        answer = client.post(url, {"mail": wrong})
        assert answer.status_code == 422
        assert "这不是邮箱地址" in answer.content.decode()
    client.post(url, {"mail": "zhao@example.gov.cn"})
    page = client.get(reverse("members:profile")).content.decode()
    assert "zh**@example.gov.cn" in page
    assert "zhao@example.gov.cn" not in page
    client.post(url, {"mail": "zh**@example.gov.cn"})
    secretary.refresh_from_db()
    assert secretary.mail == "zhao@example.gov.cn"
    client.post(url, {"mail": ""})
    secretary.refresh_from_db()
    assert secretary.mail is None


def test_dropping_all_needs_a_reason(city, waiting, office) -> None:
    with pytest.raises(PortalError, match="5"):
        outbox.drop_all(actor=office, seen=outbox.waiting_now(), reason="", at=timezone.now())
    assert outbox.drop_all(actor=office, seen=outbox.waiting_now(), reason="日期还没有定", at=timezone.now()) == 1
