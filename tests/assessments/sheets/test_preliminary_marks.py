"""The department gives marks of its own where the scheme counts the preliminary review, and none where it does not."""

import io

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from assessments.reports.branch_files import branch_xlsx
from assessments.reports.branch_paper import branch_markup
from assessments.reports.result_paper import result_paper
from assessments.reports.result_report import RELATED, branch_report
from assessments.reports.score_form import filled_form
from assessments.results.models import Result
from assessments.schemes.loading import layout_of
from assessments.schemes.marksfile import read_inputs
from assessments.schemes.scorefile import results_csv, score
from assessments.scoring import Scheme
from assessments.sheets.choices import Stage, Status
from assessments.sheets.freezing import thaw_sheet
from assessments.sheets.models import Mark, Sheet
from assessments.sheets.rules import filling as filling_rules
from assessments.sheets.rules import reviewing as rules
from assessments.sheets.services import approving, preliminary_marks, review_marks, reviewing, submitting
from assessments.sheets.services.approving import IncompleteSheet
from assessments.sheets.verifying import verify_scores
from assessments.sheets.views.filling_submit import timeline
from branches.models import Organization
from branchportal import audit
from branchportal.errors import InvalidMark, StaleState
from tests.factories.assessments import make_marks
from tests.factories.results import make_tally

from .counting import TEN, count_preliminary
from .reviewing import add_poll, handed_in, read

UP = 1_000_000
OWN_TEN = {"1.1": {"value": 10}}
REASON = "会议记录缺一次"


@pytest.fixture
def counting(city):
    """The city under a scheme of one row that counts the preliminary review."""
    return count_preliminary(city, **TEN)


@pytest.fixture
def submitted(counting, secretary):
    """Ten points claimed, submitted."""
    make_marks(counting.sheet, secretary, marks=OWN_TEN)
    Mark.objects.filter(sheet=counting.sheet).update(points_up=10 * UP)
    Sheet.objects.filter(pk=counting.sheet.pk).update(
        status=Status.SUBMITTED, submitted_by=secretary, submitted_at=timezone.now()
    )
    return read(counting.sheet)


def give(sheet, actor, value, *, version=0, reason=REASON, code="1.1"):
    said = {"value": value, "reason": reason}
    return preliminary_marks.save_preliminary_mark(sheet=sheet, actor=actor, code=code, version=version, data=said)


def passed(sheet, reviewer):
    return reviewing.pass_sheet(sheet=sheet, actor=reviewer, version=sheet.version)


def approved(sheet, inspector, leader, value="9"):
    """Reviewed with so many points, and approved by the second person."""
    reviewing.begin_review(sheet=sheet, actor=inspector, version=sheet.version)
    said = {"value": value, "reason": "现场核查后调整"}
    review_marks.save_review_mark(sheet=sheet, actor=inspector, code="1.1", version=0, data=said)
    sheet = read(sheet)
    return approving.approve_sheet(sheet=sheet, actor=leader, version=sheet.version)


def of_the_department(sheet):
    return {row.indicator.code: row for row in Mark.objects.filter(sheet=sheet, stage=Stage.PRELIMINARY)}


class TestFigures:
    def test_ten_eight_and_nine_come_to_eight_point_eight(self, submitted, reviewer, inspector, leader, office):
        """10 × 10 % + 8 × 30 % + 9 × 60 % = 1 + 2.4 + 5.4 = 8.8, in tally, report, paper, form, and in a file."""
        give(submitted, reviewer, "8")
        sheet = approved(passed(read(submitted), reviewer), inspector, leader)
        assert sheet.review_total_up == 8_800_000
        result = Result.objects.select_related(*RELATED).get(tally=make_tally(sheet.cycle, office), branch=sheet.branch)
        assert (result.total_up, result.base_up) == (8_800_000, 8_800_000)

        report = branch_report(result)
        assert [(step.label, step.figure_up) for step in report.steps[:6]] == [
            ("支部自评", 10_000_000), ("支部自评", 1_000_000),
            ("部门初审", 8_000_000), ("部门初审", 2_400_000),
            ("考评审核", 9_000_000), ("考评审核", 5_400_000),
        ]  # fmt: skip
        (row,) = report.groups[0].rows
        assert (row.own_up, row.department_up, row.reviewed_up) == (10 * UP, 8 * UP, 9 * UP)
        assert (row.department_reason, row.reason) == (REASON, "现场核查后调整")
        paper = result_paper(report)
        assert [(line.own, line.department, line.reviewed) for line in paper.rows] == [("10.00", "8.00", "9.00")] * 2
        assert "初审：会议记录缺一次" in paper.rows[1].note
        sums = (paper.own_total, paper.department_total, paper.reviewed_total, paper.base)
        assert sums == ("10.00", "8.00", "9.00", "8.80")
        assert ">9.00</td><td></td></tr>" in branch_markup(paper)
        book = openpyxl.load_workbook(io.BytesIO(branch_xlsx(report, paper)))
        heads, _group, row = [[cell.value for cell in line] for line in book["指标得分"].iter_rows(max_row=3)]
        assert (heads[3:6], row[3:6]) == (["自评得分", "初审得分", "审核得分"], [10, 8, 9])
        assert "初审：会议记录缺一次" in row[-1]
        form = filled_form(read(sheet))
        assert [(line.own, line.department, line.reviewed) for line in form.rows] == [("10.00", "8.00", "9.00")]
        assert verify_scores().problems == []

    def test_the_form_says_the_opinion_once_passed_and_the_points_to_those_who_review(
        self, submitted, reviewer, inspector, secretary, office
    ):
        give(submitted, reviewer, "8")

        def printed(reader: object) -> tuple[str, str]:
            form = filled_form(read(submitted), reader)
            return form.passed, form.rows[0].department

        assert printed(reviewer) == ("", "")
        passed(read(submitted), reviewer)
        today = timezone.localdate().isoformat()
        for reader in (reviewer, inspector):
            assert printed(reader) == (f"初审通过，调整1项　{reviewer.name}　{today}", "8.00")
        for reader in (secretary, office):
            assert printed(reader) == (f"初审通过　{reviewer.name}　{today}", "")

    def test_the_engine_alone_comes_to_the_same_from_a_marks_file(self, counting):
        """MARKS.csv with the three stages; 8.80 as the portal has it."""
        scheme = Scheme.from_data(counting.scheme.content)
        lines = ["branch,period,stage,indicator,criterion,value"]
        lines += [
            f"z1,2026Q4,{stage},1.1,,{value}" for stage, value in (("self", 10), ("preliminary", 8), ("review", 9))
        ]
        inputs = read_inputs(scheme, "\n".join(lines).encode(), b"branch,sector\nz1,organ\n")
        heading, line, *_year = results_csv(scheme, score(scheme, inputs)).splitlines()
        found = dict(zip(heading.split(","), line.split(","), strict=True))
        assert (found["preliminary"], found["base"], found["total"]) == ("8.00", "8.80", "8.80")

    def test_the_marks_are_sealed_with_the_sheet(self, submitted, reviewer, inspector, leader):
        give(submitted, reviewer, "8")
        sheet = approved(passed(read(submitted), reviewer), inspector, leader)
        sealed, layout = (
            thaw_sheet(Sheet.objects.for_filling().defer(None).get(pk=sheet.pk)),
            layout_of(sheet.scheme_version),
        )
        assert layout.get(sealed.marks[0, layout.stage_index("preliminary")], "1.1").value_up == 8 * UP

    def test_without_a_department_the_review_stands_in(self, counting, submitted, inspector, leader, office):
        """A branch directly under the work committee: 10 × 10 % + 9 × 30 % + 9 × 60 % = 9.1."""
        Organization.objects.filter(pk=counting.committee.pk).update(kind=Organization.Kind.WORK_COMMITTEE)
        sheet = reviewing.skip_preliminary(sheet=read(submitted))
        sheet = approved(sheet, inspector, leader)
        assert (sheet.review_total_up, of_the_department(sheet)) == (9_100_000, {})
        result = Result.objects.select_related(*RELATED).get(tally=make_tally(sheet.cycle, office), branch=sheet.branch)
        report = branch_report(result)
        assert (result.total_up, report.has_department) == (9_100_000, False)
        assert next(step.how for step in report.steps if step.figure_up == 9 * UP).endswith("以审核得分代替")


class TestEntering:
    def test_rows_left_as_they_were_get_the_branch_s_marks_with_the_passing(self, city, secretary, reviewer):
        """19 + 15 + 18 + 8 + 8 (instead of 9.5) + 10 + the poll's 9 = 87."""
        city = count_preliminary(city)
        sheet = handed_in(city.sheet, secretary)
        add_poll(sheet, reviewer)
        give(sheet, reviewer, "8", code="2.2")
        done = passed(read(sheet), reviewer)
        marks = of_the_department(done)
        assert {code: row.points_up for code, row in marks.items()} == {
            "1.1": 19 * UP, "1.2": 15 * UP, "1.3": 18 * UP, "2.1": 8 * UP, "2.2": 8 * UP, "2.3": 10 * UP,
        }  # fmt: skip
        assert {row.entered_by for row in marks.values()} == {reviewer}
        trail = list(audit.trail(sheet).order_by("pk"))
        assert [row.action for row in trail] == [
            "sheet.preliminary_mark_entered", "sheet.preliminary_marks_accepted", "sheet.passed",
        ]  # fmt: skip
        assert (trail[0].after["points_up"], trail[0].after["self_up"], trail[0].note) == (8 * UP, 9_500_000, REASON)
        assert trail[2].after == {"status": "passed", "preliminary_up": 87 * UP}
        told = [(step["label"], step["actor"], step["note"]) for step in timeline(done)]
        assert told[:2] == [
            ("部门初审评分1项", reviewer, "其中1项与自评不同，平均相差-1.50分。"),
            ("部门初审：5项按支部自评认可", reviewer, ""),
        ]

    def test_other_points_need_a_reason_and_lie_within_the_row(self, submitted, reviewer):
        for value, reason, words in (
            ("8", "", "理由"),
            ("8", "短", "理由"),
            ("11", REASON, "10"),
            ("", REASON, "组织生活"),
        ):
            with pytest.raises(InvalidMark, match=words):
                give(submitted, reviewer, value, reason=reason)
        with pytest.raises(InvalidMark, match=r"9\.9"):
            give(submitted, reviewer, "8", code="9.9")
        assert of_the_department(submitted) == {}

    def test_the_same_points_need_no_reason_and_can_be_taken_over(self, submitted, reviewer):
        give(submitted, reviewer, "10", reason="")
        row = preliminary_marks.accept_preliminary_mark(sheet=submitted, actor=reviewer, code="1.1", version=1)
        assert (row.points_up, row.version) == (10 * UP, 2)

    def test_a_stale_mark_is_refused_with_both_values(self, submitted, reviewer):
        give(submitted, reviewer, "8")
        with pytest.raises(StaleState) as refused:
            give(read(submitted), reviewer, "7")
        assert (refused.value.details["theirs"], refused.value.details["yours"]) == ("8", "7")
        assert of_the_department(submitted)["1.1"].points_up == 8 * UP

    def test_a_pass_on_what_was_not_seen_is_refused_and_writes_nothing(self, submitted, reviewer):
        seen = submitted.version
        give(submitted, reviewer, "8")
        with pytest.raises(StaleState):
            reviewing.pass_sheet(sheet=read(submitted), actor=reviewer, version=seen)
        assert (read(submitted).status, len(of_the_department(submitted))) == (Status.SUBMITTED, 1)

    def test_passed_marks_are_frozen(self, submitted, reviewer):
        give(submitted, reviewer, "8")
        done = passed(read(submitted), reviewer)
        with pytest.raises(PermissionDenied, match="初审通过"):
            give(done, reviewer, "7", version=1)

    def test_a_branch_does_not_withdraw_what_the_department_has_begun(self, submitted, secretary, reviewer):
        at = timezone.now()
        assert filling_rules.can_withdraw(secretary, submitted, at, was_returned=False)
        give(submitted, reviewer, "8")
        with pytest.raises(PermissionDenied, match="初审已开始"):
            submitting.withdraw_sheet(sheet=read(submitted), actor=secretary, version=submitted.version, at=at)

    def test_returned_rows_lose_their_mark_and_the_others_open_again(self, city, secretary, reviewer):
        city = count_preliminary(city)
        sheet = handed_in(city.sheet, secretary)
        for code, value in (("2.2", "8"), ("1.2", "")):
            if value:
                give(sheet, reviewer, value, code=code)
            else:
                preliminary_marks.accept_preliminary_mark(sheet=sheet, actor=reviewer, code=code, version=0)
        sheet = read(sheet)
        reasons = {"2.2": "经费凭证没有上传"}
        reviewing.return_preliminary(sheet=sheet, actor=reviewer, version=sheet.version, reasons=reasons)
        entry = audit.trail(sheet, ["sheet.returned"]).get()
        assert entry.after["preliminary_marks_dropped"] == {"2.2": 8 * UP}
        assert set(of_the_department(sheet)) == {"1.2"}
        assert not rules.can_mark_preliminary(reviewer, read(sheet))
        Sheet.objects.filter(pk=sheet.pk).update(status=Status.SUBMITTED)
        assert rules.can_mark_preliminary(reviewer, read(sheet))

    def test_a_return_from_the_review_takes_both_marks_back(self, submitted, reviewer, inspector):
        give(submitted, reviewer, "8")
        sheet = passed(read(submitted), reviewer)
        reviewing.begin_review(sheet=sheet, actor=inspector, version=sheet.version)
        review_marks.accept_mark(sheet=sheet, actor=inspector, code="1.1", version=0)
        sheet = read(sheet)
        reasons = {"1.1": "佐证材料不完整"}
        reviewing.return_from_review(sheet=sheet, actor=inspector, version=sheet.version, reasons=reasons)
        assert list(Mark.objects.filter(sheet=sheet).values_list("stage", flat=True)) == ["self"]

    def test_a_sheet_passed_without_marks_is_not_approved(self, submitted, inspector, leader):
        """Only one that was passed before the portal knew such marks; returning it mends it."""
        Sheet.objects.filter(pk=submitted.pk).update(status=Status.PASSED)
        with pytest.raises(IncompleteSheet, match="退回"):
            approved(read(submitted), inspector, leader)


class TestWho:
    def test_only_the_department_and_never_the_submitter(self, submitted, reviewer, inspector, office, secretary):
        assert rules.can_mark_preliminary(reviewer, submitted)
        for user in (inspector, office, secretary):
            assert not rules.can_mark_preliminary(user, submitted)
        Sheet.objects.filter(pk=submitted.pk).update(submitted_by=reviewer)
        assert "提交" in rules.can_mark_preliminary(reviewer, read(submitted)).reason

    def test_who_gave_the_department_s_marks_does_not_approve(self, submitted, reviewer, leader):
        assert not rules.footing(leader, submitted).has_entered
        give(submitted, reviewer, "8")
        Mark.objects.filter(stage=Stage.PRELIMINARY).update(entered_by=leader)
        assert rules.footing(leader, submitted).has_entered

    def test_a_scheme_without_the_component_takes_no_marks(self, city, secretary, reviewer):
        sheet = handed_in(city.sheet, secretary)
        with pytest.raises(PermissionDenied, match="不单独计分"):
            give(sheet, reviewer, "8", code="2.2")
        add_poll(sheet, reviewer)
        assert of_the_department(passed(read(sheet), reviewer)) == {}
        assert audit.trail(sheet, ["sheet.passed"]).get().after == {"status": "passed"}
