"""A problem becomes a task: asked for, answered with proof, struck off by another person, or sent back."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.inspections.choices import RectificationStatus
from assessments.inspections.models import Rectification, VisitFile
from assessments.inspections.services import rectifications
from assessments.inspections.services.files import stored_path
from branchportal.errors import PortalError, StaleState
from branchportal.models import AuditEntry
from members.models import User
from members.roles import Role
from tests.assessments.sheets.files import png_bytes
from tests.conftest import City
from tests.factories.members import appoint

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def fresh(row: Rectification) -> Rectification:
    return Rectification.objects.for_table().get(pk=row.pk)


@pytest.fixture
def row(city: City, inspector: User) -> Rectification:
    found = rectifications.ask(
        actor=inspector, branch=city.branch, cycle=city.cycle, source="review", problem="党课记录与照片日期不一致",
        due_on=timezone.localdate() + 5 * DAY,
    )  # fmt: skip
    return fresh(found)


@pytest.fixture
def answered(row: Rectification, secretary: User) -> Rectification:
    rectifications.answer(row=row, actor=secretary, version=row.version, measures="已核对更正日期", person="钱委员")
    return fresh(row)


class TestAsking:
    def ask(self, actor: User, city: City, **changes: object) -> Rectification:
        said = {"source": "review", "problem": "记录不完整，缺签字", "due_on": timezone.localdate() + DAY}
        return rectifications.ask(actor=actor, branch=city.branch, cycle=city.cycle, **(said | changes))

    def test_inspector_office_and_authority_ask(self, city, inspector, office, authority) -> None:
        for user in (inspector, office, authority):
            self.ask(user, city)
        assert AuditEntry.objects.filter(action="rectification.opened").count() == 3

    def test_others_do_not(self, city, secretary, reviewer, auditor) -> None:
        for user in (secretary, reviewer, auditor):
            with pytest.raises(PermissionDenied):
                self.ask(user, city)

    def test_nobody_asks_the_branch_of_their_own(self, city, office) -> None:
        appoint(office, Role.SECRETARY, branch=city.branch)
        with pytest.raises(PermissionDenied):
            self.ask(User.objects.get(pk=office.pk), city)

    @pytest.mark.parametrize(
        ("field", "value"),
        [("problem", "差"), ("due_on", None), ("due_on", timezone.localdate() - 3 * DAY), ("source", "visit")],
    )
    def test_what_is_wrong_is_named(self, city, office, field, value) -> None:
        with pytest.raises(PortalError) as refusal:
            self.ask(office, city, **{field: value})
        assert refusal.value.details["field"] == field
        assert not Rectification.objects.exists()


class TestCourse:
    def test_struck_off_and_then_frozen(self, answered, inspector) -> None:
        rectifications.strike_off(row=answered, actor=inspector, version=answered.version, note="已核实")
        done = fresh(answered)
        assert (done.status, done.checked_by) == (RectificationStatus.CLOSED, inspector)
        with pytest.raises(DatabaseError), transaction.atomic():
            Rectification.objects.update(measures="改")
        actions = AuditEntry.objects.filter(object_type="assessments.rectification").order_by("pk")
        names = [action.partition(".")[2] for action in actions.values_list("action", flat=True)]
        assert names == ["opened", "answered", "closed"]

    def test_never_by_who_answered(self, row, secretary) -> None:
        both = appoint(secretary, Role.OFFICE)
        both = User.objects.get(pk=both.pk)
        rectifications.answer(row=row, actor=both, version=row.version, measures="已核对更正", person="钱委员")
        with pytest.raises(PermissionDenied):
            rectifications.strike_off(row=fresh(row), actor=both, version=fresh(row).version)

    def test_sent_back_with_reason_and_answered_again(self, answered, inspector, deputy) -> None:
        with pytest.raises(PortalError):
            rectifications.send_back(row=answered, actor=inspector, version=answered.version, reason="差", due_on=None)
        rectifications.send_back(
            row=answered, actor=inspector, version=answered.version, reason="没有附更正后的记录", due_on=None
        )
        row = fresh(answered)
        assert row.status == RectificationStatus.RETURNED
        rectifications.answer(row=row, actor=deputy, version=row.version, measures="已附上更正记录", person="钱委员")
        assert fresh(row).status == RectificationStatus.ANSWERED

    def test_only_the_branch_answers_and_only_in_its_turn(self, answered, neighbour, office, secretary) -> None:
        for user in (neighbour, office, secretary):
            with pytest.raises(PermissionDenied):
                rectifications.answer(
                    row=answered, actor=user, version=answered.version, measures="已改正", person="某"
                )

    def test_two_checkers(self, answered, inspector, office) -> None:
        rectifications.strike_off(row=fresh(answered), actor=inspector, version=answered.version)
        with pytest.raises((StaleState, PermissionDenied)):
            rectifications.send_back(
                row=answered, actor=office, version=answered.version, reason="没有附记录", due_on=None
            )

    def test_more_time_with_a_reason(self, row, office) -> None:
        day = timezone.localdate() + 30 * DAY
        rectifications.move_deadline(row=row, actor=office, version=row.version, due_on=day, reason="需要采购展板")
        assert fresh(row).due_on == day
        assert AuditEntry.objects.get(action="rectification.deadline_moved").note == "需要采购展板"


class TestPages:
    def late(self, row: Rectification) -> None:
        Rectification.objects.filter(pk=row.pk).update(due_on=timezone.localdate() - 2 * DAY)

    def test_the_branch_answers_with_a_photo(self, row, secretary, sign_in) -> None:
        client: Client = sign_in(secretary)
        address = reverse("visits:rectification_answer", args=[row.pk])
        form = {
            "version": row.version,
            "measures": "已核对更正日期",
            "person": "钱委员",
            "file": SimpleUploadedFile("整改.png", png_bytes(), "image/png"),
            "no_secrets": "1",
        }
        client.post(address, form, follow=True)
        file = VisitFile.objects.get(rectification=row)
        assert stored_path(file).is_file()
        assert fresh(row).status == RectificationStatus.ANSWERED
        answer = client.get(reverse("visits:file", args=[file.pk]))
        assert b"".join(answer.streaming_content).startswith(b"\x89PNG")

    def test_a_refused_answer_keeps_what_was_typed(self, row, secretary, sign_in) -> None:
        address = reverse("visits:rectification_answer", args=[row.pk])
        answer = sign_in(secretary).post(address, {"version": row.version, "measures": "已核对更正日期", "person": ""})
        assert answer.status_code == 422
        assert "已核对更正日期" in answer.content.decode()

    def test_overdue_ones_are_listed_and_told_at_home(self, row, secretary, office, inspector, sign_in) -> None:
        self.late(row)
        listed = sign_in(office).get(reverse("visits:rectifications") + "?status=overdue").content.decode()
        assert "党课记录与照片日期不一致" in listed
        assert "逾期2天" in listed
        assert "1项整改已逾期" in sign_in(office).get("/").content.decode()
        assert "1个问题待整改" in sign_in(secretary).get("/").content.decode()

    def test_an_answer_to_check_is_told_to_the_inspector(self, answered, inspector, sign_in) -> None:
        assert "1项整改已回复" in sign_in(inspector).get("/").content.decode()

    def test_it_stands_on_the_course_of_the_sheet(self, answered, city, secretary, sign_in) -> None:
        page = sign_in(secretary).get(reverse("sheets:detail", args=[city.sheet.pk])).content.decode()
        assert "提出整改" in page
        assert "整改回复" in page

    def test_filters(self, row, office, sign_in) -> None:
        client = sign_in(office)
        for query, is_found in (("q=党课", True), ("q=没有", False), ("source=poll", False), ("to=2020-01-01", False)):
            page = client.get(f"{reverse('visits:rectifications')}?{query}").content.decode()
            assert ("党课记录" in page) is is_found, query

    @pytest.mark.parametrize("count", [1, 60])
    def test_the_list_takes_the_same_queries(
        self, city, inspector, office, sign_in, django_assert_num_queries, count
    ) -> None:
        for _number in range(count):
            rectifications.ask(
                actor=office, branch=city.branch, cycle=city.cycle, source="other", problem="记录不完整",
                due_on=timezone.localdate(),
            )  # fmt: skip
        client = sign_in(inspector)
        client.get("/")
        with django_assert_num_queries(7):
            client.get(reverse("visits:rectifications"))

    def test_the_proof_goes_when_it_is_removed(
        self, row, secretary, sign_in, django_capture_on_commit_callbacks
    ) -> None:
        client = sign_in(secretary)
        proof = SimpleUploadedFile("整改.png", png_bytes(), "image/png")
        client.post(reverse("visits:rectification_proof", args=[row.pk]), {"file": proof, "no_secrets": "1"})
        file = VisitFile.objects.get()
        path = stored_path(file)
        with django_capture_on_commit_callbacks(execute=True):
            client.post(reverse("visits:file_remove", args=[file.pk]))
        assert not VisitFile.objects.exists()
        assert not path.exists()
