"""Flags, bulk acceptance with its report, rows of other offices, handing over, calibration."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from assessments.cycles.models import Assignment, TeamMembership
from assessments.schemes.loading import indicator_index
from assessments.sheets.calibration import calibration
from assessments.sheets.choices import Stage, Status
from assessments.sheets.models import Evidence, EvidenceLink, Mark, Sheet
from assessments.sheets.services.handing import hand_over
from assessments.sheets.services.review_marks import accept_mark, accept_untouched
from assessments.sheets.services.reviewing import begin_review
from branchportal.errors import PortalError
from branchportal.models import AuditEntry
from members.models import User
from members.roles import Role
from tests.conftest import City
from tests.factories.assessments import make_cycle, make_marks, make_sheet
from tests.factories.members import appoint, make_member, make_user

pytestmark = pytest.mark.django_db
POINTS = {"1.1": 19, "1.2": 15, "1.3": 18, "2.1": 8, "2.2": 9.5, "2.3": 10}


def submitted(sheet: Sheet, secretary: User, status: str = Status.REVIEW) -> Sheet:
    make_marks(sheet, secretary)
    for code, points in POINTS.items():
        Mark.objects.filter(sheet=sheet, indicator__code=code).update(points_up=int(points * 1_000_000))
    Sheet.objects.filter(pk=sheet.pk).update(
        status=status, submitted_at=timezone.now(), submitted_by=secretary, self_total_up=79_500_000
    )
    return fresh(sheet)


def fresh(sheet: Sheet) -> Sheet:
    return Sheet.objects.for_filling().get(pk=sheet.pk)


@pytest.fixture
def sheet(city: City, secretary: User, inspector: User) -> Sheet:
    return submitted(city.sheet, secretary)


def attach(sheet: Sheet, user: User, code: str = "1.1") -> None:
    file = Evidence.objects.create(
        branch=sheet.branch, name="照片.jpg", key=f"key-{sheet.pk}", content_type="image/jpeg", size=1,
        sha256="a" * 64, uploaded_by=user, uploaded_at=timezone.now(),
    )  # fmt: skip
    indicator = indicator_index(sheet.scheme_version).indicators[code]
    EvidenceLink.objects.create(
        sheet=sheet, evidence=file, indicator=indicator, linked_by=user, linked_at=timezone.now()
    )


class TestFlags:
    def test_a_row_far_from_its_sector_is_flagged(self, sheet, city, secretary, inspector, sign_in) -> None:
        for number in range(9):
            branch = type(city.branch).objects.create(
                code=f"x{number}", name=f"支部{number}", organization=city.committee, sector=city.branch.sector,
                unit=city.branch.unit,
            )  # fmt: skip
            other = submitted(make_sheet(city.cycle, branch), secretary)
            Mark.objects.filter(sheet=other, indicator__code="2.1").update(points_up=1_000_000 + number * 10_000)
        page = sign_in(inspector).get(reverse("sheets:review", args=[sheet.pk])).content.decode()
        assert "偏离同领域" in page

    def test_the_same_file_elsewhere_flags_row_and_queue(self, sheet, city, secretary, inspector, sign_in) -> None:
        attach(sheet, secretary)
        attach(city.sibling_sheet, secretary)
        client = sign_in(inspector)
        assert (
            "另见" in (page := client.get(reverse("sheets:review", args=[sheet.pk])).content.decode()) or "重复" in page
        )
        queue = client.get(reverse("sheets:queue") + "?status=all&flagged=1").content.decode()
        assert "材料重复使用" in queue
        assert sheet.branch.name in queue

    def test_the_filter_stays(self, sheet, inspector, sign_in) -> None:
        client = sign_in(inspector)
        assert sheet.branch.name in client.get(reverse("sheets:queue") + "?status=all").content.decode()
        client.get(reverse("sheets:queue") + "?status=all&flagged=1")
        assert sheet.branch.name not in client.get(reverse("sheets:queue")).content.decode()

    def test_far_above_last_time(self, sheet, city, inspector, sign_in) -> None:
        earlier = make_cycle(city.scheme, period="Q3", starts_on=city.cycle.starts_on.replace(month=1, day=1))
        Sheet.objects.filter(pk=make_sheet(earlier, city.branch).pk).update(review_total_up=70_000_000)
        page = sign_in(inspector).get(reverse("sheets:queue") + "?status=all&flagged=1").content.decode()
        assert "明显高于上期" in page


class TestBulk:
    def test_flagged_rows_are_left_and_named(self, sheet, city, secretary, inspector) -> None:
        attach(sheet, secretary)
        attach(city.sibling_sheet, secretary)
        report = accept_untouched(sheet=sheet, actor=inspector)
        assert "1.1" not in report.accepted
        assert report.skipped["1.1"]
        assert set(report.accepted) == {"1.2", "1.3", "2.1", "2.2", "2.3"}

    def test_many_sheets_at_once_with_a_report(self, sheet, city, neighbour, inspector, sign_in) -> None:
        waiting = submitted(city.sibling_sheet, neighbour, Status.PASSED)
        User.objects.filter(pk=inspector.pk).update(member=make_member(city.far_branch))
        far = submitted(city.far_sheet, neighbour)
        form = {"sheet": [sheet.pk, waiting.pk, far.pk]}
        page = sign_in(inspector).post(reverse("sheets:queue_accept"), form).content.decode()
        assert page.count("认可6项") == 2
        assert "未办理" in page  # the own branch
        assert fresh(waiting).status == Status.REVIEW
        assert Mark.objects.filter(stage=Stage.REVIEW).count() == 12

    def test_only_own_queue(self, sheet, outsider, office, sign_in) -> None:
        for user in (outsider, office):
            assert sign_in(user).post(reverse("sheets:queue_accept"), {"sheet": sheet.pk}).status_code == 403

    def test_nothing_ticked(self, inspector, sign_in) -> None:
        assert sign_in(inspector).post(reverse("sheets:queue_accept")).status_code == 422


class TestOffices:
    """Rows of an office that somebody of the team speaks for (评分部门)."""

    def test_only_who_speaks_for_the_office_enters_its_rows(self, sheet, inspector, leader) -> None:
        from assessments.sheets.rules.offices import offices

        TeamMembership.objects.filter(user=leader).update(office="市纪委")
        leaf = type("Leaf", (), {"reviewer_unit": "市纪委", "name": "党风廉政", "code": "1.1"})
        assert not offices(inspector, sheet).can_mark_row(leaf)
        assert offices(leader, sheet).can_mark_row(leaf)
        TeamMembership.objects.update(office="")
        assert offices(inspector, sheet).can_mark_row(leaf)


class TestHandingOver:
    @pytest.fixture
    def colleague(self, sheet, inspector) -> User:
        user = appoint(make_user("colleague", name="蒋检查员"), Role.INSPECTOR)
        TeamMembership.objects.create(team=TeamMembership.objects.get(user=inspector).team, user=user)
        return user

    def test_who_begins_has_it_in_hand(self, city, neighbour, inspector) -> None:
        waiting = submitted(city.sibling_sheet, neighbour, Status.PASSED)
        begin_review(sheet=waiting, actor=inspector, version=waiting.version)
        assert Assignment.objects.get(branch=city.sibling).inspector == inspector

    def test_marks_keep_their_author_and_four_eyes_compare_persons(
        self, sheet, city, inspector, leader, colleague, sign_in
    ) -> None:
        accept_mark(sheet=sheet, actor=inspector, code="1.1", version=0)
        hand_over(sheet=fresh(sheet), actor=leader, to=colleague, reason="周检查员出差")
        assert Mark.objects.get(stage=Stage.REVIEW).entered_by == inspector
        page = sign_in(inspector).get(reverse("sheets:review", args=[sheet.pk])).content.decode()
        assert "您在这张评分表上录入过" in page or "录入" in page
        entry = AuditEntry.objects.get(action="sheet.handed_over")
        assert (entry.after, entry.note) == ({"inspector": "蒋检查员"}, "周检查员出差")
        assert "审核移交" in sign_in(leader).get(reverse("sheets:detail", args=[sheet.pk])).content.decode()

    def test_refusals(self, sheet, city, inspector, leader, colleague, office, secretary) -> None:
        with pytest.raises(PermissionDenied):
            hand_over(sheet=sheet, actor=inspector, to=colleague, reason="出差在外")  # has it not in hand
        with pytest.raises(PortalError):
            hand_over(sheet=sheet, actor=leader, to=colleague, reason="忙")
        with pytest.raises(PortalError):
            hand_over(sheet=sheet, actor=leader, to=office, reason="出差在外五天")
        User.objects.filter(pk=colleague.pk).update(member=make_member(city.branch))
        with pytest.raises(PortalError, match="党员"):
            hand_over(sheet=sheet, actor=leader, to=User.objects.get(pk=colleague.pk), reason="出差在外五天")
        with pytest.raises(PermissionDenied):
            hand_over(sheet=sheet, actor=secretary, to=colleague, reason="出差在外五天")

    def test_by_the_page(self, sheet, leader, inspector, colleague, sign_in) -> None:
        address = reverse("sheets:review_hand_over", args=[sheet.pk])
        offered = {
            user: address in sign_in(user).get(reverse("sheets:review", args=[sheet.pk])).content.decode()
            for user in (leader, inspector)
        }
        assert offered == {leader: True, inspector: False}  # who would be refused is not asked
        client = sign_in(leader)
        assert "蒋检查员" in client.get(address).content.decode()
        assert client.post(address, {"to": colleague.pk, "reason": "忙"}).status_code == 422
        client.post(address, {"to": colleague.pk, "reason": "出差在外五天"})
        assert Assignment.objects.get(branch=sheet.branch).inspector == colleague
        mine = sign_in(colleague).get(reverse("sheets:queue") + "?status=all&mine=1").content.decode()
        assert sheet.branch.name in mine


class TestCalibration:
    def test_mine_beside_the_others(self, city, secretary, inspector, leader, sign_in) -> None:
        sheets = [city.sheet, city.sibling_sheet, city.far_sheet, city.farther_sheet]
        for number, sheet in enumerate(sheets):
            sheet = submitted(sheet, secretary)
            for code, points in POINTS.items():
                who = inspector if number < 2 else leader
                Mark.objects.create(
                    sheet=sheet, indicator=indicator_index(sheet.scheme_version).indicators[code], stage=Stage.REVIEW,
                    points_up=int(points * 1_000_000) - (1_000_000 if who == inspector else 0), entered_by=who,
                    entered_at=timezone.now(),
                )  # fmt: skip
        found = calibration(city.cycle, inspector)
        assert found.mine.number == found.others.number == 12
        assert found.mine.mean < found.others.mean
        assert found.cut_mine < found.cut_others == 0
        page = sign_in(inspector).get(reverse("sheets:calibration")).content.decode()
        assert "其他考评组成员" in page
        assert "吴组长" not in page

    def test_too_little_says_so(self, city, inspector, outsider, sign_in) -> None:
        assert "太少" in sign_in(inspector).get(reverse("sheets:calibration")).content.decode()
        assert sign_in(outsider).get(reverse("sheets:calibration")).status_code == 403
