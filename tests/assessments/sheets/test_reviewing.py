"""Department and inspectors move a sheet: poll, pass, return, begin, accept, change, record, exempt."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from assessments.cycles.models import Step
from assessments.sheets.choices import ClaimStatus, Stage, Status
from assessments.sheets.models import Claim, Mark, Remark, Sheet
from assessments.sheets.rules import reviewing as rules
from assessments.sheets.services import approving, records, review_marks, reviewing, submitting
from branches.models import Organization
from branchportal import audit
from branchportal.errors import InvalidMark, PortalError, StaleState
from members.models import Appointment
from members.roles import Role
from tests.factories.assessments import make_marks
from tests.factories.members import appoint, make_member, make_user

from .reviewing import accept_all, add_poll, handed_in, read

MICRO = 1_000_000


class TestPreliminary:
    def test_poll_is_entered_and_the_sheet_passed(self, submitted, reviewer):
        version = submitted.version
        passed = reviewing.pass_sheet(sheet=submitted, actor=reviewer, version=version, polls={"2.4": (0, "92.5")})
        assert (passed.status, passed.passed_by) == (Status.PASSED, reviewer)
        poll = Mark.objects.get(sheet=submitted, stage=Stage.POLL)
        assert (poll.value_up, poll.points_up) == (92_500_000, 9_250_000)
        assert [row.action for row in audit.trail(submitted)] == ["sheet.poll_entered", "sheet.passed"]

    def test_without_the_poll_nothing_passes(self, submitted, reviewer):
        with pytest.raises(approving.IncompleteSheet, match="群众满意度"):
            reviewing.pass_sheet(sheet=submitted, actor=reviewer, version=submitted.version)
        assert read(submitted).status == Status.SUBMITTED

    @pytest.mark.parametrize("value", ["101", "-1", "1e3", "九十", "", "NaN"])
    def test_a_poll_outside_its_range_is_refused_and_nothing_passes(self, submitted, reviewer, value):
        with pytest.raises(InvalidMark):
            reviewing.pass_sheet(sheet=submitted, actor=reviewer, version=submitted.version, polls={"2.4": (0, value)})
        assert (read(submitted).status, Mark.objects.filter(stage=Stage.POLL).count()) == (Status.SUBMITTED, 0)

    def test_a_stale_version_passes_nothing(self, submitted, reviewer):
        add_poll(submitted, reviewer)
        with pytest.raises(StaleState):
            reviewing.pass_sheet(sheet=submitted, actor=reviewer, version=submitted.version - 1)

    def test_the_submitter_never_passes_even_with_a_second_account(self, city, submitted, secretary):
        member = make_member(city.branch, "赵书记")
        for user in (secretary, second := make_user("second")):
            user.member = member
            user.save(update_fields=["member"])
        appoint(second, Role.DEPARTMENT, organization=city.committee)
        submitted = read(submitted)
        with pytest.raises(PermissionDenied, match="提交"):
            reviewing.pass_sheet(sheet=submitted, actor=second, version=submitted.version)

    def test_chosen_indicators_go_back_with_a_reason_each(self, submitted, reviewer):
        reasons = {"1.1": "会议记录与次数不一致", "2.2": "经费凭证没有上传"}
        reviewing.return_preliminary(sheet=submitted, actor=reviewer, version=submitted.version, reasons=reasons)
        remarks = Remark.objects.filter(sheet=submitted).select_related("indicator")
        assert read(submitted).status == Status.RETURNED
        assert {row.indicator.code: (row.text, row.is_open, row.stage) for row in remarks} == {
            "1.1": ("会议记录与次数不一致", True, "preliminary"),
            "2.2": ("经费凭证没有上传", True, "preliminary"),
        }

    @pytest.mark.parametrize("reasons", [{}, {"1.1": "短"}, {"9.9": "没有这个指标吧"}, {"2.4": "测评不由支部填写"}])
    def test_a_return_needs_indicators_of_the_branch_and_reasons(self, submitted, reviewer, reasons):
        with pytest.raises(PortalError):
            reviewing.return_preliminary(sheet=submitted, actor=reviewer, version=submitted.version, reasons=reasons)
        assert (read(submitted).status, Remark.objects.count()) == (Status.SUBMITTED, 0)

    def test_after_the_deadline_a_return_names_a_new_one(self, city, submitted, reviewer):
        now = timezone.now()
        Step.objects.filter(cycle=city.cycle).update(
            starts_at=now - timedelta(days=9), ends_at=now - timedelta(minutes=1)
        )
        asked = {
            "sheet": submitted,
            "actor": reviewer,
            "version": submitted.version,
            "reasons": {"1.1": "记录不完整的"},
        }
        with pytest.raises(PortalError, match="期限"):
            reviewing.return_preliminary(**asked)
        until = now + timedelta(days=2)
        assert reviewing.return_preliminary(**asked, until=until).extended_until == until

    def test_a_branch_directly_under_the_work_committee_skips_the_department(self, city, submitted):
        assert reviewing.skip_preliminary(sheet=submitted).status == Status.SUBMITTED
        Organization.objects.filter(pk=city.committee.pk).update(kind=Organization.Kind.WORK_COMMITTEE)
        direct = reviewing.skip_preliminary(sheet=read(submitted))
        assert (direct.status, read(submitted).status, direct.passed_by) == (Status.PASSED, Status.PASSED, None)
        entry = audit.trail(submitted).get()
        assert (entry.actor, entry.action) == (None, "sheet.passed")

    def test_submitting_such_a_sheet_leads_straight_to_the_inspectors(self, city, secretary, inspector):
        Organization.objects.filter(pk=city.committee.pk).update(kind=Organization.Kind.WORK_COMMITTEE)
        make_marks(city.sheet, secretary)
        sheet, now = read(city.sheet), timezone.now()
        done = submitting.submit_sheet(
            sheet=sheet,
            actor=secretary,
            version=sheet.version,
            meeting_on=timezone.localdate(),
            meeting_present=7,
            is_truthful=True,
            at=now,
        )
        assert (done.status, done.passed_at, done.version) == (Status.PASSED, now, sheet.version)
        assert [row.action for row in audit.trail(sheet, ["sheet.submitted", "sheet.passed"])] == [
            "sheet.submitted",
            "sheet.passed",
        ]
        begun = reviewing.begin_review(sheet=read(sheet), actor=inspector, version=done.version)
        assert review_marks.fill_poll(sheet=read(begun), actor=inspector, code="2.4", version=0, value="88").pk


class TestMarks:
    def test_begin_and_accept_copies_the_mark_of_the_branch(self, city, secretary, inspector):
        sheet = handed_in(city.sheet, secretary, Status.PASSED)
        sheet = reviewing.begin_review(sheet=sheet, actor=inspector, version=sheet.version)
        mark = review_marks.accept_mark(sheet=read(sheet), actor=inspector, code="1.1", version=0)
        assert (mark.stage, mark.points_up, mark.version, mark.entered_by) == (Stage.REVIEW, 19 * MICRO, 1, inspector)
        assert [(row.criterion.code, row.value_up) for row in mark.counts.all()] == [("b", 2 * MICRO)]

    def test_other_points_need_a_reason(self, in_review, inspector):
        asked = {"sheet": in_review, "actor": inspector, "code": "1.1", "version": 0}
        with pytest.raises(InvalidMark, match="理由") as refusal:
            review_marks.save_review_mark(**asked, data={"c-a": "1", "c-b": "2"})
        assert refusal.value.details == {"field": "reason"}
        said = {"c-a": "1", "c-b": "2", "reason": "少开一次党员大会"}
        mark = review_marks.save_review_mark(**asked, data=said)
        assert (mark.points_up, mark.reason) == (17 * MICRO, "少开一次党员大会")
        entry = audit.trail(in_review, ["sheet.review_mark_entered"]).get()
        assert (entry.after["points_up"], entry.after["self_up"], entry.note) == (
            17 * MICRO,
            19 * MICRO,
            said["reason"],
        )

    def test_equal_points_need_none(self, in_review, inspector):
        mark = review_marks.save_review_mark(sheet=in_review, actor=inspector, code="1.1", version=0, data={"c-b": "2"})
        assert mark.points_up == 19 * MICRO

    def test_a_waiver_needs_a_reason_and_is_stored(self, in_review, inspector):
        asked = {"sheet": in_review, "actor": inspector, "code": "1.1", "version": 0}
        data = {"c-b": "2", "w-b": "1", "reason": "支部自查自纠的"}
        with pytest.raises(InvalidMark) as refusal:
            review_marks.save_review_mark(**asked, data=data)
        assert refusal.value.details == {"field": "wr-b"}
        mark = review_marks.save_review_mark(**asked, data=data | {"wr-b": "自查发现并改正"})
        assert mark.points_up == 20 * MICRO
        assert list(mark.counts.values_list("is_waived", "waive_reason")) == [(True, "自查发现并改正")]

    @pytest.mark.parametrize(
        ("code", "data"),
        [
            ("1.1", {"c-a": "-1"}),
            ("1.1", {"c-a": "1.5"}),
            ("1.2", {}),
            ("1.2", {"choice": "best"}),
            ("1.3", {"value": "3", "denominator": "0"}),
            ("2.2", {"value": "9.3"}),
            ("2.2", {"value": "11"}),
            ("1.2", {"na": "1"}),
            ("2.4", {"value": "90"}),
            ("8.8", {"value": "1"}),
        ],
    )
    def test_values_outside_the_rule_are_refused(self, in_review, inspector, code, data):
        with pytest.raises(InvalidMark):
            review_marks.save_review_mark(
                sheet=in_review, actor=inspector, code=code, version=0, data=data | {"reason": "与材料不相符"}
            )
        assert Mark.objects.filter(sheet=in_review, stage=Stage.REVIEW).count() == 0

    def test_a_row_changed_meanwhile_shows_both_values(self, in_review, inspector, leader):
        review_marks.accept_mark(sheet=in_review, actor=leader, code="2.2", version=0)
        with pytest.raises(StaleState) as refusal:
            review_marks.save_review_mark(
                sheet=in_review,
                actor=inspector,
                code="2.2",
                version=0,
                data={"value": "8", "reason": "凭证少了一张"},
            )
        assert refusal.value.details == {"theirs": "9.5", "yours": "8", "version": 1}

    def test_the_rest_is_accepted_at_once_with_a_report(self, in_review, inspector):
        said = {"value": "8", "reason": "凭证少了一张"}
        review_marks.save_review_mark(sheet=in_review, actor=inspector, code="2.2", version=0, data=said)
        report = review_marks.accept_untouched(sheet=in_review, actor=inspector)
        assert report.accepted == ["1.1", "1.2", "1.3", "2.1", "2.3"]
        assert set(report.skipped) == {"2.2", "2.4"}
        assert read(in_review).review_total_up == 87 * MICRO  # 79.5 − 1.5 + 9 of the poll

    def test_approval_overtaking_a_save_is_noticed(self, in_review, inspector):
        Sheet.objects.filter(pk=in_review.pk).update(status=Status.RETURNED)
        with pytest.raises(StaleState):
            review_marks.accept_mark(sheet=in_review, actor=inspector, code="1.1", version=0)


class TestReturnAndResume:
    def test_marks_of_the_other_rows_are_kept(self, in_review, secretary, reviewer, inspector):
        sheet = accept_all(in_review, inspector)
        reviewing.return_from_review(
            sheet=sheet, actor=inspector, version=sheet.version, reasons={"1.2": "测评结果与名册不符"}
        )
        kept = Mark.objects.filter(sheet=sheet, stage=Stage.REVIEW).values_list("indicator__code", flat=True)
        assert sorted(kept) == ["1.1", "1.3", "2.1", "2.2", "2.3"]
        Sheet.objects.filter(pk=sheet.pk).update(status=Status.SUBMITTED)
        sheet = read(sheet)
        sheet = reviewing.pass_sheet(sheet=sheet, actor=reviewer, version=sheet.version)
        sheet = reviewing.begin_review(sheet=read(sheet), actor=inspector, version=sheet.version)
        assert review_marks.accept_untouched(sheet=read(sheet), actor=inspector).accepted == ["1.2"]

    def test_the_whole_claims_part_can_go_back(self, in_review, inspector):
        reviewing.return_from_review(
            sheet=in_review, actor=inspector, version=in_review.version, reasons={"claims": "加分材料请补充文号"}
        )
        assert Remark.objects.get(sheet=in_review).indicator is None


class TestRecusal:
    def test_a_member_of_the_branch_keeps_out(self, city, in_review, inspector):
        inspector.member = make_member(city.branch)
        inspector.save(update_fields=["member"])
        assert "回避" in rules.can_mark(inspector, in_review).reason

    @pytest.mark.parametrize(("days", "allowed"), [(None, False), (300, False), (400, True)])
    def test_an_office_there_within_twelve_months_keeps_out(self, city, in_review, inspector, days, allowed):
        ended = None if days is None else timezone.localdate() - timedelta(days=days)
        appoint(inspector, Role.DEPUTY, branch=city.branch, ends_on=ended)
        assert bool(rules.can_mark(inspector, in_review)) is allowed

    def test_an_office_above_the_branch_keeps_out(self, city, in_review, inspector):
        Appointment.objects.create(
            user=inspector, role=Role.DEPARTMENT, organization=city.committee, starts_on="2024-01-01"
        )
        assert not rules.can_mark(inspector, in_review)

    def test_another_team_keeps_out(self, in_review):
        stranger = appoint(make_user("stranger"), Role.INSPECTOR)
        assert not rules.can_mark(stranger, in_review)


class TestRecords:
    said = {"kind": "penalty", "item_code": "P1", "matter": "被上级党组织通报批评", "document": "市直党发〔2026〕8号"}

    def record(self, sheet, actor, **changes):
        said = {**self.said, "happened_on": timezone.localdate(), **changes}
        return records.record_claim(sheet=sheet, actor=actor, **said)

    def test_office_records_a_second_person_accepts(self, in_review, office, inspector, leader):
        claim = self.record(in_review, office)
        assert claim.status == ClaimStatus.RECORDED
        claim = Claim.objects.for_table().get(pk=claim.pk)
        with pytest.raises(PermissionDenied):
            records.decide_claim(claim=claim, actor=office, version=1, accept=True)
        assert records.decide_claim(claim=claim, actor=leader, version=1, accept=True).status == ClaimStatus.ACCEPTED
        sheet = accept_all(read(in_review), inspector)
        assert sheet.review_total_up == 86_500_000  # 88.5 − 2

    def test_a_refusal_needs_a_reason_and_happens_once(self, in_review, office, inspector):
        claim = Claim.objects.for_table().get(pk=self.record(in_review, office).pk)
        with pytest.raises(PortalError):
            records.decide_claim(claim=claim, actor=inspector, version=1, accept=False)
        other = Claim.objects.for_table().get(pk=claim.pk)
        records.decide_claim(claim=claim, actor=inspector, version=1, accept=False, reason="文件不涉及本支部")
        with pytest.raises(StaleState):
            records.decide_claim(claim=other, actor=inspector, version=1, accept=True)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"item_code": "P9"}, "item"),
            ({"kind": "bonus", "item_code": "B1"}, "item"),
            ({"matter": "短"}, "matter"),
            ({"document": " "}, "document"),
            ({"happened_on": None}, "happened_on"),
            ({"happened_on": timezone.localdate() + timedelta(days=1)}, "happened_on"),
            ({"count": 0}, "count"),
            ({"level": "市级"}, "level"),
        ],
    )
    def test_a_record_names_item_matter_document_and_date(self, in_review, office, changes, field):
        with pytest.raises(PortalError) as refusal:
            self.record(in_review, office, **changes)
        assert (refusal.value.details["field"], Claim.objects.count()) == (field, 0)

    def test_the_branch_answers_others_do_not(self, in_review, office, secretary, neighbour):
        claim = Claim.objects.for_table().get(pk=self.record(in_review, office).pk)
        with pytest.raises(PermissionDenied):
            records.answer_record(claim=claim, actor=neighbour, version=1, answer="与我支部无关吧")
        assert records.answer_record(claim=claim, actor=secretary, version=1, answer="已经完成整改").version == 2

    def test_a_mistaken_record_is_taken_back_until_decided(self, in_review, office, inspector):
        claim = Claim.objects.for_table().get(pk=self.record(in_review, office).pk)
        records.take_back_record(claim=claim, actor=office, version=1, reason="登记错了支部")
        assert claim.status == ClaimStatus.WITHDRAWN
        again = Claim.objects.for_table().get(pk=self.record(read(in_review), office).pk)
        records.decide_claim(claim=again, actor=inspector, version=1, accept=True)
        with pytest.raises(PermissionDenied):
            records.take_back_record(claim=again, actor=office, version=2, reason="登记错了支部")

    def test_nothing_is_recorded_on_an_approved_sheet(self, in_review, inspector, leader, office):
        sheet = accept_all(in_review, inspector)
        approving.approve_sheet(sheet=sheet, actor=leader, version=sheet.version)
        with pytest.raises(PermissionDenied):
            self.record(read(sheet), office)
