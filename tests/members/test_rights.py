"""Rights of a person: a copy of what is kept, and erasure by two people (T-D3)."""

import io
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from assessments.sheets.models import Mark
from branchportal import audit_verify
from branchportal.errors import PortalError, StaleState
from branchportal.models import AuditEntry
from members.models import Appointment, Erasure, Member, PasswordRecord, SecondFactor, SignIn, User
from members.rights import services
from members.security.factor import VERIFIED
from members.services.accounts import reset_password
from tests.conftest import City
from tests.factories.assessments import make_marks
from tests.factories.members import PASSWORD, make_member

pytestmark = pytest.mark.django_db
NAME, NUMBER = "章小满", "13812345678"


def chain_problems() -> list[str]:
    """What the audit chain says; PostgreSQL links rows at the end of a transaction, so that is brought forward."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return audit_verify.verify().problems


def texts(content: bytes) -> str:
    book = load_workbook(io.BytesIO(content))
    cells = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell]
    return "\n".join([*book.sheetnames, *cells])


@pytest.fixture
def person(city: City, deputy: User) -> Member:
    """The deputy is somebody on the roll, with a number, marks and a second factor."""
    member = make_member(city.branch, NAME, joined_on=date(2011, 7, 1), post="组织委员")
    deputy.member, deputy.name, deputy.phone = member, NAME, NUMBER
    deputy.save()
    city.branch.contact, city.branch.phone = NAME, NUMBER
    city.branch.save()
    make_marks(city.sheet, deputy, marks={"1.1": {"counts": {"a": 0}}})
    SecondFactor.objects.create(user=deputy, secret="00" * 20, confirmed_at=timezone.now())
    PasswordRecord.objects.create(user=deputy, hashed="x", set_at=timezone.now())
    return member


def end_offices(person: Member) -> None:
    Appointment.objects.filter(user__member=person).update(ends_on=timezone.localdate() - timedelta(days=1))


def ask(actor: User, person: Member) -> Erasure:
    return services.request_erasure(actor=actor, member=person, reason="本人提出")


def test_one_takes_the_own_data_whole(person: Member, deputy: User, sign_in: object) -> None:
    client = sign_in(deputy)
    session = client.session
    session[VERIFIED] = True
    session.save()
    answer = client.post(reverse("members:own_data"))
    assert answer.status_code == 200, answer.content.decode()
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert answer["Cache-Control"] == "no-store"
    found = texts(answer.content)
    for word in (NAME, NUMBER, "deputy", "2011-07-01", "组织委员", "登录记录", "本人操作记录", "支部"):
        assert word in found, word
    assert "argon" not in found
    assert "00" * 20 not in found
    assert AuditEntry.objects.filter(action="account.data_exported", actor=deputy).count() == 1


def test_an_account_of_nobody_on_a_roll_takes_its_data_too(office: User, sign_in: object) -> None:
    assert "office" in texts(sign_in(office).post(reverse("members:own_data")).content)
    assert sign_in(office).post(reverse("members:own_erasure"), {"reason": "不想用了"}).status_code >= 400


def test_who_answers_for_the_roll_takes_it_masked(
    person: Member, secretary: User, reviewer: User, office: User, neighbour: User, deputy: User, sign_in: object
) -> None:
    for user in (secretary, reviewer, office):
        content = texts(services.person_file(actor=user, member=person))
        assert "138****5678" in content
        assert NUMBER not in content
        assert "登录记录" not in content
    with pytest.raises(PermissionDenied):
        services.person_file(actor=neighbour, member=person)
    assert sign_in(neighbour).post(reverse("members:member_data", args=[person.pk])).status_code == 404
    assert AuditEntry.objects.filter(action="member.data_exported", object_id=person.pk).count() == 3


def test_erasure_takes_two_people(person: Member, deputy: User, secretary: User, office: User, neighbour: User) -> None:
    with pytest.raises(PermissionDenied):
        ask(neighbour, person)
    with pytest.raises(PermissionDenied):
        ask(office, person)
    wish = ask(deputy, person)
    with pytest.raises(PortalError):
        ask(secretary, person)
    for user in (deputy, secretary):
        with pytest.raises(PermissionDenied):
            services.carry_out(actor=user, erasure=wish, note="已核对")
    with pytest.raises(PortalError):  # the person still holds an office
        services.carry_out(actor=office, erasure=wish, note="已核对")
    with pytest.raises(PortalError):
        services.refuse_erasure(actor=office, erasure=wish, note="")
    services.refuse_erasure(actor=office, erasure=wish, note="仍在任职")
    with pytest.raises(StaleState):
        services.refuse_erasure(actor=office, erasure=wish, note="再拒一次")
    assert ask(deputy, person).status == Erasure.Status.ASKED


def test_the_office_does_not_erase_through_a_second_account(person: Member, secretary: User, office: User) -> None:
    wish = ask(secretary, person)
    User.objects.filter(pk=office.pk).update(member=person)
    with pytest.raises(PermissionDenied):
        services.carry_out(actor=User.objects.get(pk=office.pk), erasure=wish, note="已核对")


def test_td3_what_goes_what_stays_and_the_chain_is_whole(
    city: City, person: Member, deputy: User, secretary: User, office: User
) -> None:
    client = Client()
    client.post("/accounts/login/", {"username": "deputy", "password": PASSWORD})
    SignIn.objects.create(user=deputy, session_key="old", began_at=timezone.now() - timedelta(days=200),
                          seen_at=timezone.now() - timedelta(days=200))  # fmt: skip
    marks = list(city.sheet.marks.values_list("pk", "entered_by", "value_up", "points_up"))
    wish = ask(secretary, person)
    end_offices(person)
    done = services.carry_out(actor=office, erasure=wish, note="已核对身份")
    person.refresh_from_db()
    deputy.refresh_from_db()
    city.branch.refresh_from_db()
    assert person.name.startswith("已注销-")
    assert (person.joined_on, person.post, person.is_active, person.number) == (None, "", False, f"X{person.pk}")
    assert (deputy.name, deputy.phone, deputy.is_active) == (person.name, "", False)
    assert deputy.username == f"erased-{deputy.pk}"
    assert not deputy.has_usable_password()
    assert (city.branch.contact, city.branch.phone) == ("", "")
    assert not SecondFactor.objects.exists()
    assert not PasswordRecord.objects.exists()
    assert set(SignIn.objects.values_list("ended_why", flat=True)) == {"rights"}  # the one of 200 days ago is gone
    assert client.get("/").status_code == 302
    assert list(city.sheet.marks.values_list("pk", "entered_by", "value_up", "points_up")) == marks
    assert done.report["deleted"]["second_factors"] == 1
    assert {row["count"] for row in done.report["kept"] if row["kind"] == Mark._meta.verbose_name} == {1}
    assert not chain_problems()
    assert AuditEntry.objects.get(action="member.erased").object_label == person.name


def test_td3_no_column_but_the_trail_names_the_person_any_more(
    city: City, person: Member, secretary: User, office: User
) -> None:
    wish = ask(secretary, person)
    end_offices(person)
    services.carry_out(actor=office, erasure=wish, note="已核对身份")
    for model in (Member, User, Erasure, type(city.branch), SignIn):
        for row in model.objects.values():
            assert NAME not in str(row), model
            assert NUMBER not in str(row), model


def test_erased_is_erased_for_good(person: Member, secretary: User, office: User, deputy: User) -> None:
    wish = ask(secretary, person)
    end_offices(person)
    services.carry_out(actor=office, erasure=wish, note="已核对身份")
    with pytest.raises(StaleState):
        services.carry_out(actor=office, erasure=wish, note="再来一次")
    deputy = User.objects.get(pk=deputy.pk)
    slip = reset_password(actor=office, account=deputy)
    answer = Client().post("/accounts/login/", {"username": deputy.username, "password": slip.password})
    assert answer.status_code == 422


def test_the_pages(person: Member, secretary: User, office: User, deputy: User, sign_in: object) -> None:
    address = reverse("members:member_rights", args=[person.pk])
    asked = sign_in(secretary).post(reverse("members:member_erasure", args=[person.pk]), {"reason": "本人提出"})
    assert asked["Location"] == address
    client = sign_in(office)
    assert NAME in client.get(reverse("members:erasures")).content.decode()
    assert 'name="decision"' in client.get(address).content.decode()
    assert 'name="decision"' not in sign_in(secretary).get(address).content.decode()
    end_offices(person)
    wish = Erasure.objects.get()
    form = {"decision": "carry_out", "note": "已核对身份"}
    assert client.post(reverse("members:erasure_decide", args=[wish.pk]), form)["Location"] == address
    page = client.get(address).content.decode()
    assert NAME not in page
    assert "已注销-" in page


def test_the_list_asks_the_same_for_one_and_many(
    city: City, secretary: User, office: User, sign_in: object, django_assert_num_queries: object
) -> None:
    client = sign_in(office)
    for count in (1, 10):
        for _each in range(count):
            ask(secretary, make_member(city.branch))
        client.get(reverse("members:erasures"))
        with django_assert_num_queries(5):
            client.get(reverse("members:erasures"))
