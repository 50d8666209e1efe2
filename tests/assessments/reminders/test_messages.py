"""Who is told what, once; what was moved or settled holds no longer; one's own messages on one's own page."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.cycles.models import Step
from assessments.reminders.models import Message
from assessments.reminders.services import gathering
from assessments.sheets.models import Remark, Sheet
from members.models import User

from .told import end_of, tell

pytestmark = pytest.mark.django_db


def lines(user: User) -> list[tuple[str, str, int, str]]:
    return list(Message.objects.filter(user=user).order_by("pk").values_list("matter", "task", "days", "void"))


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (timedelta(days=6), []),
        (timedelta(days=3), [("due", "self", 3, "")]),
        (timedelta(days=2), [("due", "self", 3, "")]),
        (timedelta(days=1), [("due", "self", 1, "")]),
        (timedelta(hours=-1), [("overdue", "self", 0, "")]),
    ],
)
def test_secretary_is_told_three_days_and_one_day_before_and_when_it_is_over(city, secretary, before, expected) -> None:
    # The end of a day, so that the days before do not depend on the hour of the test.
    ends = timezone.localtime(end_of(city.cycle)).replace(hour=18, minute=0, second=0, microsecond=0)
    Step.objects.filter(cycle=city.cycle, kind="self").update(ends_at=ends)
    gathering.gather(ends - before)
    assert lines(secretary) == expected
    gathering.gather(ends - before)
    assert lines(secretary) == expected, "once, however often it runs"


def test_each_role_is_told_its_own_task_and_nobody_else_is(
    city, secretary, deputy, neighbour, reviewer, inspector, leader, office, outsider
) -> None:
    Sheet.objects.filter(pk=city.sheet.pk).update(status="submitted")
    Sheet.objects.filter(branch=city.sibling).update(status="passed")
    Step.objects.filter(cycle=city.cycle).exclude(kind="ratification").update(
        ends_at=timezone.now() + timedelta(hours=2)
    )
    gathering.gather(timezone.now())
    asked = (secretary, reviewer, inspector, office, outsider)
    told = {user.username: {row[1] for row in lines(user)} for user in asked}
    assert told == {
        "secretary": set(), "reviewer": {"preliminary"}, "inspector": {"review"}, "office": set(), "outsider": set(),
    }  # fmt: skip
    assert lines(neighbour) == []
    assert lines(leader)[0][:2] == ("due", "review")


def test_moved_step_takes_the_old_message_back_and_tells_the_new_date_in_its_time(city, secretary) -> None:
    now = tell(city.cycle)
    step = Step.objects.get(cycle=city.cycle, kind="self")
    Step.objects.filter(pk=step.pk).update(ends_at=step.ends_at + timedelta(days=10))
    gathering.gather(now)
    assert lines(secretary) == [("due", "self", 1, "moved")]
    secretary.refresh_from_db()
    assert secretary.unread_count == 0
    gathering.gather(now + timedelta(days=10))
    assert lines(secretary) == [("due", "self", 1, "moved"), ("due", "self", 1, "")]


def test_extension_of_one_branch_takes_back_its_message_only(city, secretary, neighbour) -> None:
    now = tell(city.cycle)
    Sheet.objects.filter(pk=city.sheet.pk).update(extended_until=now + timedelta(days=9))
    gathering.gather(now)
    assert [row[3] for row in lines(secretary) + lines(neighbour)] == ["moved", ""]


def test_submitted_sheet_settles_its_message_and_a_returned_one_is_told(city, secretary, reviewer) -> None:
    now = tell(city.cycle)
    Sheet.objects.filter(pk=city.sheet.pk).update(status="submitted")
    gathering.gather(now)
    assert lines(secretary) == [("due", "self", 1, "settled")]
    Sheet.objects.filter(pk=city.sheet.pk).update(status="returned")
    Remark.objects.create(sheet=city.sheet, stage="preliminary", text="缺会议记录", author=reviewer, written_at=now)
    gathering.gather(now)
    assert lines(secretary)[1:] == [("returned", "correct", 0, "")]


def test_messages_page_counts_opens_and_reads_all(city, secretary, neighbour, sign_in) -> None:
    tell(city.cycle)
    client = sign_in(secretary)
    page = client.get(reverse("reminders:messages")).content.decode()
    assert "自评尚未提交" in page
    assert "消息：1 条未读" in page
    message, foreign = (Message.objects.get(user=user) for user in (secretary, neighbour))
    assert client.post(reverse("reminders:message_open", args=[foreign.pk])).status_code == 404
    answer = client.post(reverse("reminders:message_open", args=[message.pk]))
    assert answer.headers["Location"] == reverse("sheets:fill", args=[city.sheet.pk])
    assert "消息：0 条未读" in client.get(reverse("home")).content.decode()
    Message.objects.filter(pk=message.pk).update(read_at=None)
    client.post(reverse("reminders:read_all"))
    assert not Message.objects.filter(user=secretary).unread().exists()
    assert Message.objects.filter(user=neighbour).unread().exists()


@pytest.mark.parametrize("count", [1, 60])
def test_messages_page_asks_the_same_whatever_their_number(
    city, secretary, sign_in, django_assert_num_queries, count
) -> None:
    now = timezone.now()
    same = {"user": secretary, "matter": "due", "task": "self", "on": now.date(), "label": "支部", "created_at": now}
    Message.objects.bulk_create(Message(subject_id=number, **same) for number in range(count))
    client = sign_in(secretary)
    client.get(reverse("reminders:messages"))
    with django_assert_num_queries(5):
        client.get(reverse("reminders:messages"))
