"""A secretary changes in the middle of a quarter: the sheet goes on with the new one, the old one sees nothing more."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.sheets.models import Claim, EvidenceLink, Mark, Sheet
from branchportal.models import AuditEntry
from members.models import Appointment, User
from members.roles import Role
from tests.conftest import City
from tests.factories.assessments import make_marks
from tests.factories.members import appoint, make_member, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages(city: City) -> dict[str, str]:
    """What a secretary opens of the sheet."""
    names = ("fill", "detail", "submit", "nothing_found", "claim_add")
    found = {name: reverse(f"sheets:{name}", args=[city.sheet.pk]) for name in names}
    return found | {"mark": f"/sheets/{city.sheet.pk}/marks/2.2/", "api": f"/api/v1/sheets/{city.sheet.pk}/"}


@pytest.fixture
def begun(city: City, secretary: User, sign_in: Callable[[User], Client], pages: dict[str, str]) -> Client:
    """The old secretary has filled in, claimed and signed in, and goes on working."""
    make_marks(city.sheet, secretary)
    Claim.objects.create(
        sheet=city.sheet, kind="bonus", item_code="B2", matter="经验推广", entered_by=secretary,
        entered_at=timezone.now(),
    )  # fmt: skip
    client = sign_in(secretary)
    for page in pages.values():
        assert client.get(page).status_code == 200, page
    return client


@pytest.fixture
def successor(city: City) -> User:
    return make_user("successor", name="新书记", member=make_member(city.branch, name="新书记"))


def hand_over(secadmin: Client, old: User, new: User, city: City) -> None:
    """As the security administrator does it on the pages: end one office, grant the other."""
    office = Appointment.objects.get(user=old, role=Role.SECRETARY)
    assert secadmin.post(reverse("members:appointment_end", args=[office.pk])).status_code == 302
    said = {
        "username": new.username, "role": Role.SECRETARY.value, "branch_code": city.branch.code,
        "starts_on": timezone.localdate().isoformat(),
    }  # fmt: skip
    answer = secadmin.post(reverse("members:appointment_new"), said)
    assert answer.status_code == 302, answer.content.decode()


def test_the_old_secretary_sees_nothing_from_the_first_second(
    city, secretary, secadmin, successor, begun, pages, sign_in
):
    hand_over(sign_in(secadmin), secretary, successor, city)
    for name, page in pages.items():
        assert begun.get(page).status_code in (302, 401), name  # the session has ended with the office
    begun = sign_in(secretary)
    for name, page in pages.items():
        assert begun.get(page).status_code == 404, name
    before = AuditEntry.objects.count()
    said = {"version": 1, "value": "8"}
    assert begun.post(pages["mark"], said).status_code == 404
    assert begun.post(pages["submit"], {"version": city.sheet.version}).status_code == 404
    assert city.sheet.pk not in [row["id"] for row in begun.get("/api/v1/sheets/").json()["results"]]
    assert city.branch.name not in begun.get(reverse("sheets:mine")).content.decode()
    assert AuditEntry.objects.count() == before


def test_draft_claims_and_evidence_go_on_with_the_new_one(city, secretary, secadmin, successor, begun, pages, sign_in):
    marks = list(Mark.objects.order_by("pk").values_list("pk", "value_up", "entered_by"))
    hand_over(sign_in(secadmin), secretary, successor, city)
    client = sign_in(successor)
    page = client.get(pages["fill"]).content.decode()
    assert ("经验推广" in page, 'value="9.5"' in page) == (True, True)
    assert list(Mark.objects.order_by("pk").values_list("pk", "value_up", "entered_by")) == marks
    assert client.post(pages["mark"], {"version": 1, "value": "8"}).status_code == 302
    claim = Claim.objects.get()
    assert client.post(f"/sheets/{city.sheet.pk}/claims/{claim.pk}/withdraw/", {"version": 1}).status_code == 302
    row = Mark.objects.get(indicator__code="2.2")
    assert (row.value_up, row.entered_by, row.version) == (8_000_000, successor, 2)
    trail = AuditEntry.objects.filter(object_type="assessments.mark").values_list("actor__username", "before__note")
    assert [name for name, _note in trail] == ["successor"]
    ended = AuditEntry.objects.filter(action__in=["appointment.ended", "appointment.granted"]).order_by("pk")
    assert [(row.action, (row.after or {}).get("user", (row.before or {}).get("user"))) for row in ended] == [
        ("appointment.ended", "secretary"),
        ("appointment.granted", "successor"),
    ]
    assert not EvidenceLink.objects.exists()


def test_remarks_of_a_returned_sheet_reach_the_new_one(
    city, secretary, secadmin, reviewer, successor, begun, pages, sign_in
):
    Claim.objects.all().delete()
    assert submit(begun, city, pages).status_code == 302
    sheet = Sheet.objects.get(pk=city.sheet.pk)
    back = {"version": sheet.version, "return": "2.2", "reason-2.2": "请补充经费使用明细"}
    assert sign_in(reviewer).post(f"/sheets/{sheet.pk}/preliminary/return/", back).status_code == 302
    hand_over(sign_in(secadmin), secretary, successor, city)
    client = sign_in(successor)
    assert "请补充经费使用明细" in client.get(pages["fill"]).content.decode()
    assert client.post(pages["mark"], {"version": 1, "value": "7"}).status_code == 302
    assert submit(client, city, pages).status_code == 302
    sheet.refresh_from_db()
    assert (sheet.status, sheet.submitted_by) == ("submitted", successor)
    names = AuditEntry.objects.filter(action="sheet.submitted").order_by("pk").values_list("actor__username", flat=True)
    assert list(names) == ["secretary", "successor"]
    course = client.get(pages["detail"]).content.decode()
    assert (secretary.name in course, "新书记" in course) == (True, True)


def test_a_submitted_sheet_is_withdrawn_by_the_new_secretary(
    city, secretary, secadmin, successor, begun, pages, sign_in
):
    Claim.objects.all().delete()
    assert submit(begun, city, pages).status_code == 302
    hand_over(sign_in(secadmin), secretary, successor, city)
    sheet = Sheet.objects.get(pk=city.sheet.pk)
    said = {"version": sheet.version}
    assert sign_in(secretary).post(f"/sheets/{sheet.pk}/withdraw/", said).status_code == 404
    assert sign_in(successor).post(f"/sheets/{sheet.pk}/withdraw/", said).status_code == 302


def test_four_eyes_compare_persons_not_accounts(city, secretary, secadmin, successor, begun, pages, sign_in, inspector):
    """Who submitted as secretary and becomes a reviewer afterwards, under another account, still may not pass it."""
    Claim.objects.all().delete()
    secretary.member = make_member(city.sibling)
    secretary.save(update_fields=["member"])
    assert submit(begun, city, pages).status_code == 302
    hand_over(sign_in(secadmin), secretary, successor, city)
    again = make_user("again", name="同一人", member=secretary.member)
    appoint(again, Role.DEPARTMENT, organization=city.committee)
    sheet = Sheet.objects.get(pk=city.sheet.pk)
    said = {"version": sheet.version, "poll-2.4": "90", "version-2.4": 0}
    answer = sign_in(again).post(f"/sheets/{sheet.pk}/preliminary/pass/", said)
    sheet.refresh_from_db()
    assert (answer.status_code, sheet.status) == (403, "submitted")


def test_an_office_that_begins_tomorrow_gives_nothing_today(city, secretary, successor, pages, sign_in):
    Appointment.objects.filter(user=secretary).update(ends_on=timezone.localdate())
    tomorrow = timezone.localdate() + timedelta(days=1)
    appoint(successor, Role.SECRETARY, branch=city.branch, starts_on=tomorrow)
    assert sign_in(successor).get(pages["fill"]).status_code == 404
    assert sign_in(secretary).get(pages["fill"]).status_code == 200


def test_a_deputy_fills_in_and_never_submits(city, secretary, deputy, pages, sign_in):
    make_marks(city.sheet, secretary)
    client = sign_in(deputy)
    assert client.post(pages["mark"], {"version": 1, "value": "8"}).status_code == 302
    answer = submit(client, city, pages)
    assert (answer.status_code, Sheet.objects.get(pk=city.sheet.pk).status) == (403, "draft")
    said = {"version": 1, "meeting_on": "2026-11-20", "meeting_present": 5, "is_truthful": True}
    assert client.post(f"{pages['api']}submit/", said, content_type="application/json").status_code == 403
    assert secretary.name in client.get(pages["submit"]).content.decode()


def submit(client: Client, city: City, pages: dict[str, str]) -> object:
    version = Sheet.objects.values_list("version", flat=True).get(pk=city.sheet.pk)
    day = (timezone.localdate() - timedelta(days=1)).isoformat()
    said = {"version": version, "meeting_on": day, "meeting_present": 5, "is_truthful": "on"}
    return client.post(pages["submit"], said)
