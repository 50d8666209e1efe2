"""What is told when it happens: a notice opens, an objection is answered, a problem is to be put right."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.inspections.models import Finding, Rectification
from assessments.reminders.models import Message
from assessments.reminders.services import gathering
from assessments.results.models import Publication
from assessments.results.notices.models import Notice, Objection
from assessments.results.notices.working_days import end_of
from assessments.results.services.publishing import prepare_publication
from members.models import Member
from members.rights import services as rights
from tests.factories.members import make_user
from tests.factories.results import BEST, make_approved, make_tally

pytestmark = pytest.mark.django_db


def told(matter: str) -> set[tuple[str, str]]:
    return set(Message.objects.filter(matter=matter).values_list("user__username", "void"))


@pytest.fixture
def notice(city, inspector, office, authority) -> Notice:
    """The results of all four branches on notice since today."""
    for sheet in (city.sheet, city.sibling_sheet, city.far_sheet, city.farther_sheet):
        make_approved(sheet, inspector, marks=BEST)
    tally = make_tally(city.cycle, office)
    publication = prepare_publication(tally=tally, actor=office, digest=tally.digest, title="公示")
    Publication.objects.filter(pk=publication.pk).update(status="notice")
    today = timezone.localdate()
    return Notice.objects.create(
        publication=publication, min_stars=3, days=5, starts_on=today, last_on=today + timedelta(days=6),
        ends_at=end_of(today + timedelta(days=6)), contact="考评办301室", begun_by=authority, begun_at=timezone.now(),
    )  # fmt: skip


def test_branches_and_their_departments_hear_of_the_notice_and_who_objected_of_the_answer(
    city, notice, secretary, neighbour, reviewer, inspector, outsider, authority, sign_in
) -> None:
    now = timezone.now()
    said = {"notice": notice, "branch": city.branch, "text": "请核查该项得分。", "received_at": now, "entered_at": now}
    answered = {"status": "rejected", "answer": "经核查得分无误。", "answered_by": authority, "answered_at": now}
    Objection.objects.create(entered_by=secretary, **said, **answered)
    Objection.objects.create(entered_by=neighbour, channel="letter", **said, **answered)
    gathering.gather(now)
    assert told("notice") == {("secretary", ""), ("neighbour", ""), ("reviewer", "")}
    assert told("answered") == {("secretary", "")}
    page = sign_in(secretary).get(reverse("reminders:messages")).content.decode()
    assert "公示已开始" in page
    assert "您提出的异议已答复" in page
    Publication.objects.filter(pk=notice.publication_id).update(status="withdrawn")
    gathering.gather(now)
    assert told("notice") == {("secretary", "settled"), ("neighbour", "settled"), ("reviewer", "settled")}
    assert told("answered") == {("secretary", "")}


def test_problem_is_told_until_it_is_answered_and_its_day_counts_whole(city, secretary, neighbour, office) -> None:
    today, now = timezone.localdate(), timezone.now()
    finding = Finding.objects.create(
        branch=city.branch, organization=city.committee, cycle=city.cycle, problem="会议记录缺页", due_on=today,
        found_by=office, found_at=now,
    )  # fmt: skip
    row = Rectification.objects.create(finding=finding, due_on=today, opened_at=now)
    gathering.gather(now)
    assert (told("due"), told("overdue")) == ({("secretary", "")}, set())
    gathering.gather(end_of(today) + timedelta(minutes=1))
    assert (told("due"), told("overdue")) == ({("secretary", "passed")}, {("secretary", "")})
    Rectification.objects.filter(pk=row.pk).update(status="answered", measures="已补齐", answered_by=secretary)
    gathering.gather(end_of(today) + timedelta(minutes=2))
    assert told("overdue") == {("secretary", "settled")}


def test_whoever_left_office_is_told_no_longer(city, secretary) -> None:
    ends = city.cycle.steps.get(kind="self").ends_at
    gathering.gather(ends - timedelta(days=1))
    secretary.appointments.update(ends_on=timezone.localdate() - timedelta(days=1))
    gathering.gather(ends - timedelta(days=1))
    assert told("due") == {("secretary", "settled")}


def test_erasure_takes_address_and_messages_along(city, office) -> None:
    member = Member.objects.create(branch=city.branch, number="0099", name="甲乙")
    user = make_user("jiayi", member=member, mail="jiayi@example.gov.cn")
    Message.objects.create(
        user=user, matter="due", task="self", subject_id=1, on=timezone.localdate(), label="支部",
        created_at=timezone.now(),
    )  # fmt: skip
    wish = rights.request_erasure(actor=user, member=member, reason="本人申请注销")
    rights.carry_out(actor=office, erasure=wish, note="已离开本市，同意注销")
    user.refresh_from_db()
    assert (user.mail, user.reminders.count()) == (None, 0)
