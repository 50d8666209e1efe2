"""From a settled tally to its final publication: consultation, meeting, notice, objection, correction."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone

from assessments.cycles.models import Cycle, YearPlan
from assessments.results.models import Publication, Result, Tally
from assessments.results.notices.models import ConsultationReply, Notice, Objection
from assessments.results.notices.services import consulting, objecting, showing
from assessments.results.notices.working_days import end_of, last_day, working_days_between
from assessments.results.services.publishing import prepare_publication, publish
from assessments.results.verifying import publication_problems
from assessments.sheets.models import Claim, Mark, Sheet
from assessments.sheets.reopening.models import Reopening
from assessments.sheets.reopening.services import ask_reopening, decide_reopening
from assessments.sheets.services.approving import approve_sheet
from assessments.sheets.services.records import decide_claim
from assessments.sheets.services.review_marks import save_review_mark
from assessments.sheets.views.filling_submit import timeline
from branchportal.errors import PortalError, StaleState
from branchportal.models import AuditEntry
from members.roles import Role
from tests.assessments.sheets.reviewing import read
from tests.factories.members import appoint, make_user
from tests.factories.results import BEST, make_approved, make_tally

TODAY = date(2027, 1, 4)  # a Monday


@pytest.fixture
def candidate(city, inspector, office):
    """Four approved branches in a rating cycle whose plan asks for five working days of notice."""
    YearPlan.objects.filter(pk=city.cycle.plan_id).update(notice_days=5)
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    city.cycle.refresh_from_db()
    sheets = (city.sheet, city.sibling_sheet, city.far_sheet, city.farther_sheet)
    for points, sheet in zip((10, 9, 8, 7), sheets, strict=True):
        make_approved(sheet, inspector, marks=BEST, points=points)
    return make_tally(city.cycle, office)


def at(day: date, hour: int = 10) -> timezone.datetime:
    return end_of(day) - timedelta(hours=24 - hour)


def meet(tally, office, **changes):
    said = {"held_on": timezone.localdate(), "expected": 9, "present": 8, "minutes": "同意评定意见。"} | changes
    return consulting.record_meeting(tally=tally, actor=office, digest=tally.digest, **said)


def prepare(tally, office):
    tally.refresh_from_db()
    return prepare_publication(tally=tally, actor=office, digest=tally.digest, title="评星结果公示")


def begin(publication, authority, **changes):
    said = {"starts_on": TODAY, "min_stars": 3, "contact": "市直机关工委考评办，综合楼301室", "at": at(TODAY, 9)}
    return showing.begin_notice(publication=publication, actor=authority, **said | changes)


@pytest.fixture
def notice(candidate, office, authority):
    meet(candidate, office)
    return begin(prepare(candidate, office), authority)


def test_working_days_leave_out_weekends_and_holidays_but_count_exchanged_days():
    assert last_day(date(2026, 9, 28), 5) == date(2026, 10, 9)  # the week of National Day lies between
    assert last_day(date(2026, 11, 21), 1) == date(2026, 11, 23)  # a Saturday counts for nothing
    assert working_days_between(date(2026, 9, 28), date(2026, 10, 9)) == 5
    assert end_of(date(2026, 11, 27)).isoformat() == "2026-11-28T00:00:00+08:00"


def test_days_that_a_city_names_itself_count(settings):
    settings.EXTRA_HOLIDAYS, settings.EXTRA_WORKDAYS = ["2027-03-02"], ["2027-03-06"]
    assert last_day(date(2027, 3, 1), 5) == date(2027, 3, 6)


def test_a_rating_is_not_published_without_notice(candidate, office, authority):
    publication = prepare(candidate, office)
    with pytest.raises(PortalError, match="公示"):
        publish(publication=publication, actor=authority)
    with pytest.raises(PortalError, match="会议"):
        begin(publication, authority)
    publication.refresh_from_db()
    assert publication.status == "prepared"


def test_the_whole_way(candidate, office, authority, secretary, city):
    meet(candidate, office, document_number="市直党工〔2027〕1号")
    publication = prepare(candidate, office)
    notice = begin(publication, authority)
    assert (notice.last_on, notice.ends_at) == (date(2027, 1, 8), end_of(date(2027, 1, 8)))
    candidate.refresh_from_db()
    assert (candidate.status, publication.tally.pk) == ("notice", candidate.pk)
    assert list(Result.objects.visible_to(secretary).values_list("branch", flat=True)) == [city.branch.pk]
    assert set(Sheet.objects.values_list("status", flat=True)) == {"approved"}
    publication.refresh_from_db()
    with pytest.raises(PortalError, match="公示尚未期满"):
        publish(publication=publication, actor=authority, at=at(date(2027, 1, 8), 17))
    publish(
        publication=publication, actor=authority, document_number="市直党工〔2027〕2号", at=end_of(date(2027, 1, 8))
    )
    publication.refresh_from_db()
    candidate.refresh_from_db()
    assert (publication.status, candidate.status) == ("published", "published")
    assert publication.document_number == "市直党工〔2027〕2号"
    assert set(Sheet.objects.values_list("status", flat=True)) == {"sealed"}
    assert publication_problems(publication) == []
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert actions >= {"committee.met", "notice.begun", "publication.published"}


def test_a_notice_is_begun_by_another_person_and_never_shortened(candidate, office, authority):
    both = appoint(appoint(make_user("both"), Role.OFFICE), Role.AUTHORITY)
    meet(candidate, both)
    publication = prepare(candidate, both)
    with pytest.raises(PermissionDenied):
        begin(publication, both)
    with pytest.raises(PortalError, match="不少于5个工作日"):
        begin(publication, authority, days=3)
    found = begin(publication, authority)
    with pytest.raises(PortalError, match="不能缩短"):
        showing.extend_notice(notice=found, actor=authority, last_on=date(2027, 1, 7), reason="提前结束公示")
    with pytest.raises(DatabaseError, match="not shortened"), transaction.atomic():
        Notice.objects.filter(pk=found.pk).update(last_on=date(2027, 1, 7))
    later = showing.extend_notice(notice=found, actor=authority, last_on=date(2027, 1, 11), reason="来信较多，延长受理")
    assert (later.days, later.ends_at) == (6, end_of(date(2027, 1, 11)))


def test_results_on_notice_cannot_be_changed(notice):
    tally = notice.publication.tally
    for rows, change in (
        (Result.objects.filter(tally=tally), {"total_up": 1}),
        (Tally.objects.filter(pk=tally.pk), {"digest": "0" * 64}),
        (Publication.objects.filter(pk=notice.publication_id), {"title": "别的"}),
        (Publication.objects.filter(pk=notice.publication_id), {"status": "prepared"}),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)


def test_an_objection_counts_until_the_last_second(notice, secretary, city, neighbour):
    text = "第2.2项已补充凭证，应为10分。"
    with pytest.raises(PermissionDenied):
        objecting.object_to(notice=notice, branch=city.branch, actor=neighbour, text=text, at=at(TODAY))
    with pytest.raises(PermissionDenied, match="2027-01-08"):
        objecting.object_to(notice=notice, branch=city.branch, actor=secretary, text=text, at=notice.ends_at)
    with pytest.raises(PortalError, match="十个字"):
        objecting.object_to(notice=notice, branch=city.branch, actor=secretary, text="不服", at=at(TODAY))
    last = notice.ends_at - timedelta(microseconds=1)
    found = objecting.object_to(notice=notice, branch=city.branch, actor=secretary, text=text, at=last)
    assert (found.status, found.channel, found.received_at) == ("open", "portal", last)
    with pytest.raises(PortalError, match="已收到"):
        objecting.object_to(notice=notice, branch=city.branch, actor=secretary, text=text, at=last)


def test_a_letter_is_registered_by_the_office_and_answered_by_another(notice, office, authority, city):
    said = {"branch": city.far_branch, "channel": "letter", "text": "该支部主题党日记录不实，请核查。"}
    with pytest.raises(PortalError, match="2027-01-04"):
        objecting.register_objection(
            notice=notice, actor=office, received_on=date(2027, 1, 3), at=at(date(2027, 1, 5)), **said
        )
    found = objecting.register_objection(
        notice=notice, actor=office, received_on=date(2027, 1, 5), at=at(date(2027, 1, 5)), **said
    )
    assert found.by_name == ""
    both = appoint(office, Role.AUTHORITY)
    with pytest.raises(PermissionDenied):
        objecting.answer_objection(objection=found, actor=both, uphold=False, answer="经核查，记录属实。")
    answered = objecting.answer_objection(
        objection=found, actor=authority, uphold=False, answer="经核查，会议记录完整属实。"
    )
    assert (answered.status, answered.answered_by, answered.reopening) == ("rejected", authority, None)
    with pytest.raises(DatabaseError), transaction.atomic():
        Objection.objects.filter(pk=found.pk).update(answer="改了")
    with pytest.raises(PermissionDenied):
        objecting.answer_objection(objection=found, actor=authority, uphold=True, answer="经核查，会议记录完整属实。")


def test_an_upheld_objection_leads_to_a_corrected_version(
    notice, secretary, authority, office, inspector, leader, city, django_user_model
):
    tally = notice.publication.tally
    objection = objecting.object_to(
        notice=notice, branch=city.branch, actor=secretary,
        text="第2.2项已补充凭证，应为10分。", at=at(TODAY),
    )  # fmt: skip
    with pytest.raises(PortalError, match="异议"):
        publish(publication=notice.publication, actor=authority, at=notice.ends_at)
    sheet = objecting.sheets_in_question(objection)[0]
    answered = objecting.answer_objection(
        objection=objection, actor=authority, uphold=True, answer="经核查属实，予以更正。", sheet=sheet
    )
    sheet.refresh_from_db()
    revision = answered.reopening.revision
    assert (sheet.status, revision.status, revision.revision) == ("superseded", "review", 2)
    assert Mark.objects.filter(sheet=revision).count() == Mark.objects.filter(sheet=sheet).count()
    with pytest.raises(PortalError, match="没有变化"):
        publish(publication=notice.publication, actor=authority, at=notice.ends_at)
    assert approve_sheet(sheet=revision, actor=leader, version=revision.version).status == "approved"
    corrected = make_tally(city.cycle, office)
    notice.publication.refresh_from_db()
    tally.refresh_from_db()
    assert (tally.status, notice.publication.status) == ("discarded", "withdrawn")
    meet(corrected, office)
    second = prepare(corrected, office)
    assert second.version == 2
    again = begin(second, authority, starts_on=date(2027, 1, 11), at=at(date(2027, 1, 11), 8))
    publish(publication=second, actor=authority, at=again.ends_at)
    assert publication_problems(second) == []
    assert Result.objects.get(tally=corrected, branch=city.branch).sheet == revision


def test_an_objection_upheld_in_part_is_corrected_row_by_row_to_the_end(
    notice, secretary, authority, office, inspector, leader, city, sign_in
):
    objection = objecting.object_to(
        notice=notice, branch=city.branch, actor=secretary, text="第2.2项凭证已补充，应为9分。", at=at(TODAY)
    )
    sheet = objecting.sheets_in_question(objection)[0]
    said = {"objection": objection, "actor": authority, "uphold": True, "answer": "经核查属实，2.2项应予更正。"}
    with pytest.raises(PortalError, match=r"9\.9"):
        objecting.answer_objection(**said, sheet=sheet, codes=["9.9"])
    objection.refresh_from_db()
    assert (objection.status, Reopening.objects.count()) == ("open", 0)
    revision = objecting.answer_objection(**said, sheet=sheet, codes=["2.2"]).reopening.revision
    save = {"sheet": read(revision), "actor": inspector, "data": {"value": "9", "reason": "凭证已补充，按9分计"}}
    marks = dict(Mark.objects.filter(sheet=revision, stage="review").values_list("indicator__code", "version"))
    with pytest.raises(PermissionDenied, match="不在重新打开的范围内"):
        save_review_mark(code="1.2", version=marks["1.2"], **save)
    save_review_mark(code="2.2", version=marks["2.2"], **save)
    approve_sheet(sheet=read(revision), actor=leader, version=read(revision).version)
    corrected = make_tally(city.cycle, office)
    meet(corrected, office)
    second = prepare(corrected, office)
    again = begin(second, authority, starts_on=date(2027, 1, 11), at=at(date(2027, 1, 11), 8))
    publish(publication=second, actor=authority, at=again.ends_at)
    assert publication_problems(second) == []
    result = Result.objects.get(tally=corrected, branch=city.branch)
    page = sign_in(secretary).get(f"/reports/results/{result.pk}/").content.decode()
    for words in ("更正前后对照", "2.2 经费使用", "凭证已补充，按9分计", "经核查属实，2.2项应予更正。"):
        assert words in page
    told = [(step["label"], step["actor"]) for step in timeline(read(revision))]
    assert ("异议答复；重新打开：2.2 经费使用", authority) in told


def test_an_objection_to_a_sheet_that_somebody_asked_to_reopen_keeps_its_answer(
    notice, secretary, authority, leader, city
):
    found = objecting.object_to(
        notice=notice, branch=city.branch, actor=secretary, text="第2.2项凭证已补充，应为9分。", at=at(TODAY)
    )
    city.sheet.refresh_from_db()
    ask_reopening(sheet=city.sheet, actor=leader, reason="漏记一次会议")
    said = {"objection": found, "actor": authority, "uphold": True, "answer": "经核查属实，2.2项应予更正。"}
    with pytest.raises(PortalError, match="已有人申请"):
        objecting.answer_objection(**said, sheet=city.sheet)
    found.refresh_from_db()
    assert (found.status, found.answer) == ("open", "")


def test_a_consultation_blocks_the_notice_until_it_is_closed(candidate, office, authority, city):
    found = consulting.send_consultation(
        tally=candidate, actor=office, organ="市纪委监委驻市直机关纪检组", min_stars=1, due_on=timezone.localdate()
    )
    stars = set(candidate.results.filter(stars__gte=1).values_list("branch", flat=True))
    assert set(found.replies.values_list("branch", flat=True)) == stars != set()
    meet(candidate, office)
    publication = prepare(candidate, office)
    with pytest.raises(PortalError, match="征求意见"):
        begin(publication, authority)
    with pytest.raises(PortalError, match="尚未回复"):
        consulting.close_consultation(consultation=found, actor=office)
    assert consulting.clear_the_rest(consultation=found, actor=office, replied_on=timezone.localdate()) == len(stars)
    consulting.close_consultation(consultation=found, actor=office)
    assert begin(publication, authority).days == 5
    with pytest.raises(PermissionDenied):
        consulting.clear_the_rest(consultation=found, actor=office, replied_on=timezone.localdate())


def test_a_hit_becomes_a_veto_on_a_new_revision(candidate, office, authority, inspector, leader, city):
    found = consulting.send_consultation(
        tally=candidate, actor=office, organ="驻市直机关纪检组", min_stars=1, due_on=timezone.localdate()
    )
    reply = found.replies.select_related("consultation", "branch").get(branch=city.branch)
    code = city.scheme.content["veto"][0]["code"]
    hit = {"opinion": "hit", "replied_on": timezone.localdate(), "veto_code": code}
    with pytest.raises(PortalError, match="文号"):
        consulting.enter_reply(reply=reply, actor=office, text="受到党纪处分", **hit)
    reply = consulting.enter_reply(
        reply=reply, actor=office, text="班子成员受党纪处分", document="纪发〔2027〕3号", **hit
    )
    assert reply.reopening.status == "asked"
    consulting.clear_the_rest(consultation=found, actor=office, replied_on=timezone.localdate())
    consulting.close_consultation(consultation=found, actor=office)
    meet(candidate, office)
    with pytest.raises(PortalError, match="重新开启"):
        begin(prepare(candidate, office), authority)
    granted = decide_reopening(reopening=reply.reopening, actor=authority, grant=True, reason="依据函件重新审核")
    veto = Claim.objects.select_related("sheet__organization").get(sheet=granted.revision, kind="veto")
    assert (veto.item_code, veto.status, veto.document) == (code, "recorded", "纪发〔2027〕3号")
    decide_claim(claim=veto, actor=inspector, version=veto.version, accept=True)
    granted.revision.refresh_from_db()
    approve_sheet(sheet=granted.revision, actor=leader, version=granted.revision.version)
    assert Result.objects.get(tally=make_tally(city.cycle, office), branch=city.branch).is_vetoed
    with pytest.raises(DatabaseError), transaction.atomic():
        ConsultationReply.objects.filter(pk=reply.pk).update(opinion="clear")


def test_a_meeting_without_a_majority_is_refused(candidate, office):
    with pytest.raises(PortalError, match="过半"):
        meet(candidate, office, present=3)
    with pytest.raises(PortalError, match="不能晚于今天"):
        meet(candidate, office, held_on=timezone.localdate() + timedelta(days=1))
    with pytest.raises(StaleState):
        consulting.record_meeting(
            tally=candidate,
            actor=office,
            digest="0",
            held_on=timezone.localdate(),
            expected=9,
            present=9,
            minutes="同意。。。",
        )
    assert not candidate.meetings.exists()


def test_a_withdrawn_notice_leaves_a_candidate(notice, authority, secretary):
    publication = showing.withdraw_notice(notice=notice, actor=authority, reason="名单有误，重新核对")
    publication.tally.refresh_from_db()
    assert (publication.status, publication.tally.status) == ("withdrawn", "candidate")
    assert not Result.objects.visible_to(secretary).exists()


def test_reopening_is_asked_by_the_leader_and_granted_by_another(candidate, city, leader, inspector, authority, office):
    for user in (inspector, office):
        with pytest.raises(PermissionDenied):
            ask_reopening(sheet=city.sheet, actor=user, reason="漏记一次会议")
    city.sheet.refresh_from_db()
    with pytest.raises(PortalError, match="五个字"):
        ask_reopening(sheet=city.sheet, actor=leader, reason="漏")
    asked = ask_reopening(sheet=city.sheet, actor=leader, reason="漏记一次会议")
    with pytest.raises(PermissionDenied, match="已有人申请"):
        ask_reopening(sheet=city.sheet, actor=leader, reason="漏记一次会议")
    with pytest.raises(PermissionDenied):
        decide_reopening(reopening=asked, actor=appoint(leader, Role.AUTHORITY), grant=True, reason="同意更正该表")
    refused = decide_reopening(reopening=asked, actor=authority, grant=False, reason="证据不足，不同意")
    city.sheet.refresh_from_db()
    assert (refused.status, refused.revision, city.sheet.status) == (Reopening.Status.REFUSED, None, "approved")
    again = ask_reopening(sheet=city.sheet, actor=leader, reason="补充了会议记录")
    granted = decide_reopening(reopening=again, actor=authority, grant=True, reason="同意更正该表")
    assert (granted.revision.revision, granted.revision.branch) == (2, city.branch)
