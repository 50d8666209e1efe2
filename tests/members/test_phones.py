"""Telephone numbers: encrypted, masked on every page and file, in full with a reason only (T-D2)."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from branches.imports.files import export_bytes
from branches.imports.kinds import resource_of
from branches.models import Branch, ImportUpload, Organization, Unit
from branchportal import encrypting
from branchportal.crypto import UnreadableError
from branchportal.errors import PortalError
from branchportal.models import AuditEntry
from branchportal.personal import is_number_of_person, masked, without_numbers
from members import phones
from members.models import User
from tests.branches.test_imports import confirm, upload
from tests.conftest import City

pytestmark = pytest.mark.django_db
NUMBER = "13812345678"


def stored(model: type, pk: int, column: str = "phone") -> str:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM "{model._meta.db_table}" WHERE id = %s', [pk])  # noqa: S608
        return cursor.fetchone()[0]


@pytest.fixture
def called(city: City) -> City:
    """The small city with a number everywhere."""
    for row in (city.branch, city.far_branch, city.committee):
        row.contact, row.phone = "李联络", NUMBER
        row.save()
    return city


@pytest.mark.parametrize(
    ("number", "shown"),
    [(NUMBER, "138****5678"), ("0000-1234567", "000*****4567"), ("12345678", "******78"), ("12", "**"), ("", "")],
)
def test_a_number_is_shown_in_part(number: str, shown: str) -> None:
    assert masked(number) == shown


@pytest.mark.parametrize("text", ["打13812345678", "110101199003071234", "11010119900307123x", "+86 138 1234 5678"])
def test_numbers_of_people_are_seen_in_texts(text: str) -> None:
    assert is_number_of_person(text)
    assert "5678" in without_numbers(text) or "123" in without_numbers(text)
    assert not is_number_of_person(without_numbers(text))


@pytest.mark.parametrize("text", ["0101001", "2026-11-20", "12345678", "A13812345678B", "第13号"])
def test_other_numbers_stay(text: str) -> None:
    assert without_numbers(text) == text


def test_the_column_holds_no_number(called: City, office: User) -> None:
    office.phone = NUMBER
    office.save()
    for row in (called.branch, called.committee, office):
        assert "1234" not in stored(type(row), row.pk)
        assert type(row).objects.get(pk=row.pk).phone == NUMBER


@pytest.mark.parametrize("name", ["branches:list", "branches:organizations", "members:accounts", "members:profile"])
def test_pages_show_it_masked(called: City, office: User, reviewer: User, sign_in: object, name: str) -> None:
    User.objects.filter(pk__in=[office.pk, reviewer.pk]).update(phone=NUMBER)
    for user in (office, reviewer):
        page = sign_in(user).get(reverse(name))
        if page.status_code == 200:
            assert NUMBER not in page.content.decode()
    assert "138****5678" in sign_in(office).get(reverse(name)).content.decode()


def test_an_edit_form_keeps_what_it_masks(called: City, office: User, sign_in: object) -> None:
    client, address = sign_in(office), reverse("branches:branch_edit", args=[called.branch.pk])
    form = client.get(address).context["form"]
    page = client.get(address).content.decode()
    assert "138****5678" in page
    assert NUMBER not in page
    data = {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()}
    data = {name: value for name, value in data.items() if value not in (False, "")}
    assert client.post(address, data | {"contact": "新联络"}).status_code == 302
    called.branch.refresh_from_db()
    assert (called.branch.contact, called.branch.phone) == ("新联络", NUMBER)
    data["version"] = called.branch.version
    assert client.post(address, data | {"phone": "139****0000"}).status_code == 422
    assert client.post(address, data | {"phone": "110101199003071234"}).status_code == 422
    assert client.post(address, data | {"phone": "12345678"}).status_code == 302
    called.branch.refresh_from_db()
    assert called.branch.phone == "12345678"


def test_a_conflict_shows_both_numbers_masked(called: City, office: User, sign_in: object) -> None:
    client, address = sign_in(office), reverse("branches:branch_edit", args=[called.branch.pk])
    form = client.get(address).context["form"]
    data = {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()}
    data = {name: value for name, value in data.items() if value not in (False, "")}
    Branch.objects.filter(pk=called.branch.pk).update(phone="13700001111", version=5)
    page = client.post(address, data | {"phone": "13900002222"})
    assert page.status_code == 409
    text = page.content.decode()
    assert "13700001111" not in text
    assert "137****1111" in text
    untouched = client.post(address, data | {"contact": "丙"})
    assert untouched.status_code == 409
    assert "137****1111" not in [row.stored for row in untouched.context["differences"]]


def test_the_audit_trail_keeps_it_masked(called: City, office: User, sign_in: object) -> None:
    account = sign_in(office)
    form = {"username": "newcomer", "name": "新来", "phone": NUMBER, "branch_code": "", "member_number": ""}
    assert account.post(reverse("members:account_new"), form).status_code == 200
    user = User.objects.get(username="newcomer")
    change = form | {"phone": "13700001111", "version": user.version}
    assert account.post(reverse("members:account_edit", args=[user.pk]), change).status_code == 302
    entry = AuditEntry.objects.get(action="account.changed")
    assert (entry.before, entry.after) == ({"phone": "138****5678"}, {"phone": "137****1111"})


def test_an_export_is_masked_and_comes_back_without_harm(called: City, office: User) -> None:
    Organization.objects.filter(pk=called.committee.pk).update(code="01")
    Unit.objects.filter(pk=called.branch.unit_id).update(code="D1")
    Branch.objects.filter(pk=called.branch.pk).update(code="0101")
    content = export_bytes(resource_of("branches")(office), office, "csv").decode("utf-8-sig")
    assert NUMBER not in content
    assert "138****5678" in content
    headings = ["党支部编码", "党支部名称", "所属党组织编码", "领域", "所属单位编码", "办公电话"]
    line = ["0101", "改名支部", "01", called.branch.sector.name, "D1"]
    row = upload(office, "branches", headings, [[*line, "138****5678"]])
    assert (row.changed_count, row.error_count) == (1, 0)
    confirm(office, row)
    called.branch.refresh_from_db()
    assert (called.branch.name, called.branch.phone) == ("改名支部", NUMBER)
    assert upload(office, "branches", headings, [[*line, "138****5678"]]).unchanged_count == 1
    wrong = upload(office, "branches", headings, [[*line, "139****0000"]])
    assert [problem["column"] for problem in wrong.report["problems"]] == ["办公电话"]
    changed = upload(office, "branches", headings, [[*line, "13700001111"]])
    assert "13700001111" not in str(changed.report)
    assert "13700001111" not in stored(ImportUpload, changed.pk, "rows")
    confirm(office, changed)
    called.branch.refresh_from_db()
    assert called.branch.phone == "13700001111"
    trail = AuditEntry.objects.filter(action="branch.import_changed").latest("pk")
    assert trail.after == {"phone": "137****1111"}


def test_accounts_with_masked_numbers_come_back_too(called: City, office: User, outsider: User) -> None:
    User.objects.filter(pk=outsider.pk).update(phone=NUMBER)
    row = upload(office, "accounts", ["账号", "姓名", "办公电话"], [["outsider", "卫新名", "138****5678"]])
    assert (row.changed_count, row.error_count) == (1, 0)
    confirm(office, row)
    outsider.refresh_from_db()
    assert (outsider.name, outsider.phone) == ("卫新名", NUMBER)


def test_numbers_of_people_are_refused_where_they_stand_plain(called: City, office: User, secretary: User) -> None:
    Branch.objects.filter(pk=called.branch.pk).update(code="0101")
    rows = [["0101", "110101199003071234", "甲"], ["0101", "2", "乙13812345678"]]
    row = upload(office, "members", ["党支部编码", "编号", "姓名"], rows)
    assert [(p["row"], p["column"]) for p in row.report["problems"]] == [(2, "编号"), (3, "姓名")]
    assert not is_number_of_person(str(row.report))
    assert row.rows == {}


# In full, with a reason


def test_who_sees_which_number(
    called: City, secretary: User, reviewer: User, neighbour: User, office: User, deputy: User, secadmin: User
) -> None:
    reason = "通知参加会议"
    assert phones.show(actor=secretary, row=called.branch, reason=reason) == NUMBER
    assert phones.show(actor=reviewer, row=called.branch, reason=reason) == NUMBER
    assert phones.show(actor=reviewer, row=called.committee, reason=reason) == NUMBER
    assert phones.can_show(reviewer, User.objects.for_table().get(pk=secretary.pk))
    refused = [(secretary, called.far_branch), (reviewer, called.far_branch), (neighbour, called.branch)]
    refused += [(user, called.branch) for user in (office, deputy, secadmin)] + [(secretary, called.committee)]
    for user, row in refused:
        with pytest.raises(PermissionDenied):
            phones.show(actor=user, row=row, reason=reason)
    entries = AuditEntry.objects.filter(action="phone.shown")
    assert next((e.actor, e.note, e.object_id) for e in entries) == (secretary, reason, called.branch.pk)
    assert entries.count() == 3


def test_each_look_has_a_reason_and_fifty_a_day_are_enough(called: City, secretary: User) -> None:
    for reason in ("", "   ", "要", "长" * 201):
        with pytest.raises(PortalError, match=r"characters|个字"):
            phones.show(actor=secretary, row=called.branch, reason=reason)
    for _look in range(phones.MOST_A_DAY):
        phones.show(actor=secretary, row=called.branch, reason="电话催报，见13812345678")
    with pytest.raises(PortalError, match="50"):
        phones.show(actor=secretary, row=called.branch, reason="再看一次")
    assert phones.used_today(secretary) == phones.MOST_A_DAY
    assert not AuditEntry.objects.filter(note__contains=NUMBER).exists()
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert phones.show(actor=secretary, row=called.branch, reason="新的一天") == NUMBER


def test_the_page_shows_it_once_without_script(called: City, secretary: User, sign_in: object) -> None:
    client, address = sign_in(secretary), reverse("members:branch_phone", args=[called.branch.pk])
    assert (
        reverse("members:branch_phone", args=[called.branch.pk])
        in client.get(reverse("branches:list")).content.decode()
    )
    assert NUMBER not in client.get(address).content.decode()
    assert client.post(address, {"reason": "短"}).status_code == 422
    page = client.post(address, {"reason": "通知参加会议"})
    assert NUMBER in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    assert NUMBER not in client.get(address).content.decode()
    assert client.get(reverse("members:branch_phone", args=[called.far_branch.pk])).status_code == 404


def test_the_call_list_opens_whole_in_one_step_that_counts(
    called: City, office: User, authority: User, sign_in: object
) -> None:
    client, address = sign_in(office), reverse("cycles:board_reminder")
    masked_page = client.get(address)
    assert NUMBER not in masked_page.content.decode()
    assert "138****5678" in masked_page.context["call_list"]
    assert client.post(address, {"reason": ""}).status_code == 422
    page = client.post(address, {"reason": "电话催报"})
    assert NUMBER in page.context["call_list"]
    assert NUMBER not in page.context["text"]
    assert phones.used_today(office) == 1
    entry = AuditEntry.objects.get(action="phone.list_shown")
    assert (entry.after, entry.note) == ({"branches": 4}, "电话催报")
    assert sign_in(authority).post(address, {"reason": "电话催报"}).status_code == 403


# Renewing keys, and what was plain before


def test_plain_columns_are_encrypted_and_a_broken_run_goes_on(called: City) -> None:
    field = Branch._meta.get_field("phone")
    keys = list(Branch.objects.order_by("pk").values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE branches_branch SET phone = %s WHERE id = %s", [[f"1380000{k:04d}", k] for k in keys]
        )
    with pytest.raises(UnreadableError):
        Branch.objects.get(pk=keys[0])

    def breaks(plain: str, purpose: str) -> str | None:
        if plain.endswith(f"{keys[-1]:04d}"):
            raise RuntimeError
        return encrypting.seal_plain(plain, purpose)

    one = encrypting.PORTION
    encrypting.PORTION = 1
    try:
        with pytest.raises(RuntimeError):
            encrypting.turn_field(field, breaks)
        assert encrypting.turn_field(field, encrypting.seal_plain) == 1
        assert encrypting.turn_field(field, encrypting.seal_plain) == 0
    finally:
        encrypting.PORTION = one
    assert [row.phone for row in Branch.objects.order_by("pk")] == [f"1380000{k:04d}" for k in keys]
    assert encrypting.turn_field(field, encrypting.open_sealed) == len(keys)
    assert stored(Branch, keys[0]) == f"1380000{keys[0]:04d}"
