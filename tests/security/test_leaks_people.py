"""T-D1 and T-D2: a thousand numbers, tokens and passwords go in through pages and files; none is found outside.

What is searched: log lines as they are written, the audit trail, every column of every table as the database holds it
(on SQLite also the bytes of the file, with what was deleted), the metadata of papers, and pages of refusals.
"""

import io
import logging
import re
from collections.abc import Iterator
from copy import copy

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from branches.models import Branch, ImportUpload, Organization, Unit
from branchportal import worker
from branchportal.logs import Scrub, json_formatter
from branchportal.models import Job
from members import phones
from members.models import Appointment, Member, SecondFactor, User
from tests.branches.files import workbook
from tests.conftest import City
from tests.factories.tokens import make_token

pytestmark = pytest.mark.django_db
SEEDED = 1000
PHONES = [f"199{number:08d}" for number in range(SEEDED)]
CARDS = [f"99000019900101{number:04d}" for number in range(SEEDED)]  # of a place that does not exist
PASSWORDS = [f"Geheim-{number:03d}-Mm!" for number in range(100)]
MARKER = re.compile(rb"19900000\d{3}|99000019900101\d{4}|Geheim-\d{3}")


class Seen:
    """What went in as a secret, beyond numbers and typed passwords: keys, tokens, initial passwords."""

    def __init__(self) -> None:
        self.secrets: list[str] = []

    def found_in(self, data: bytes) -> list[bytes]:
        """Seeds that stand in `data`."""
        return MARKER.findall(data) + [s.encode() for s in self.secrets if s.encode() in data]


@pytest.fixture
def log_lines(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Every line as the console would get it, however often a task sets logging up anew."""
    out, form, scrub, hand_on = io.StringIO(), json_formatter(), Scrub(), logging.Logger.callHandlers

    def note(logger: logging.Logger, record: logging.LogRecord) -> None:
        line = copy(record)
        scrub.filter(line)
        out.write(form.format(line) + "\n")
        hand_on(logger, record)

    monkeypatch.setattr(logging.Logger, "callHandlers", note)
    return out


def columns() -> Iterator[tuple[str, bytes]]:
    """Every table as the database holds it, whatever the models say."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if connection.vendor == "postgresql":
                out = io.BytesIO()
                cursor.copy_expert(f'COPY "{table}" TO STDOUT', out)
                yield table, out.getvalue()
            else:
                cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 (our own tables)
                yield table, repr(cursor.fetchall()).encode()


def upload(client: Client, kind: str, headings: list[str], rows: list[list[object]]) -> ImportUpload:
    file = SimpleUploadedFile("表.xlsx", workbook(headings, rows))
    client.post(reverse("branches:imports"), {"kind": kind, "file": file})
    worker.run_due_here()
    return ImportUpload.objects.latest("pk")


def confirm(client: Client, row: ImportUpload) -> None:
    row.refresh_from_db()
    client.post(reverse("branches:upload_confirm", args=[row.pk]))
    worker.run_due_here()
    row.refresh_from_db()
    assert row.status == "done", row.report


@pytest.fixture
def filled(city: City, office: User, secretary: User, secadmin: User, sign_in: object, log_lines: io.StringIO) -> Seen:
    """A thousand of each, brought in as people do."""
    seen, client = Seen(), sign_in(office)
    Organization.objects.filter(pk=city.committee.pk).update(code="01")
    Branch.objects.filter(pk=city.branch.pk).update(code="0101")
    Unit.objects.filter(pk=city.branch.unit_id).update(code="D1")
    _import_numbers(client, city)
    _type_numbers(client, city, secretary, sign_in)
    _type_passwords()
    _make_tokens(seen, secadmin, client)
    return seen


def _import_numbers(client: Client, city: City) -> None:
    """New, changed and changed back; a column nobody asked for; and cards in the place of other things."""
    headings = ["党支部编码", "党支部名称", "所属党组织编码", "领域", "所属单位编码", "联系人", "办公电话"]
    sector = city.branch.sector.name
    rows = [[f"Z9{at:04d}", f"第{at}党支部", "01", sector, "D1", "甲", phone] for at, phone in enumerate(PHONES)]
    confirm(client, upload(client, "branches", headings, rows))
    confirm(client, upload(client, "branches", headings, [[*row[:-1], "0000-1234567"] for row in rows[:50]]))
    confirm(client, upload(client, "branches", headings, rows[:50]))
    people = [["0101", f"{at}", f"党员{at}", card] for at, card in enumerate(CARDS)]
    confirm(client, upload(client, "members", ["党支部编码", "编号", "姓名", "身份证号"], people))
    wrong = [["0101", card, f"错{at}", PHONES[at]] for at, card in enumerate(CARDS)]
    refused = upload(client, "members", ["党支部编码", "编号", "姓名", "支部职务"], wrong)
    assert refused.error_count >= SEEDED
    assert Member.objects.count() == SEEDED
    assert {branch.phone for branch in Branch.objects.all()} >= set(PHONES)


def _type_numbers(client: Client, city: City, secretary: User, sign_in: object) -> None:
    for at in range(20):
        form = {"username": f"acc{at}", "name": f"甲{at}", "phone": PHONES[at], "branch_code": "", "member_number": ""}
        client.post(reverse("members:account_new"), form)
        client.post(reverse("members:account_new"), form | {"username": PHONES[at], "name": CARDS[at]})
        client.get(f"/nowhere/{PHONES[at]}/", {"token": CARDS[at]})
        client.post(reverse("branches:branch_close", args=[10**9 + at]), {"reason": CARDS[at]})
    assert User.objects.filter(username__startswith="acc").count() == 20
    city.branch.phone = PHONES[0]
    city.branch.save()
    own, address = sign_in(secretary), reverse("members:branch_phone", args=[city.branch.pk])
    for at in range(10):
        page = own.post(address, {"reason": f"给{PHONES[at]}回电，证{CARDS[at]}"})
        assert PHONES[0] in page.content.decode()


def _type_passwords() -> None:
    for at, password in enumerate(PASSWORDS):
        somebody = Client(REMOTE_ADDR=f"10.0.0.{at}")
        somebody.post("/accounts/login/", {"username": f"acc{at % 20}", "password": password})
        somebody.post(
            f"/accounts/login/?password={password}", {"username": password, "password": "x", "note": password}
        )


def _make_tokens(seen: Seen, secadmin: User, client: Client) -> None:
    for at in range(20):
        account = User.objects.get(username=f"acc{at}")
        page = client.post(reverse("members:account_reset", args=[account.pk]))
        initial = page.context["slips"][0].password
        browser = Client()
        assert browser.post("/accounts/login/", {"username": account.username, "password": initial}).status_code == 302
        User.objects.filter(pk=account.pk).update(must_change_password=False)
        browser.get("/accounts/second/setup/")
        secret = SecondFactor.objects.get(user=account).secret
        seen.secrets += [initial, browser.cookies["sessionid"].value, secret]
    seen.secrets += [make_token(secadmin, name=f"平台{at}")[1] for at in range(20)]
    seen.secrets.append(client.cookies["sessionid"].value)


def test_td1_nothing_that_went_in_is_found_outside(
    filled: Seen, log_lines: io.StringIO, office: User, city: City, sign_in: object
) -> None:
    client = sign_in(office)
    filled.secrets.append(client.cookies["sessionid"].value)
    _papers_hold_no_seed(filled, client, city)
    _refusals_hold_no_seed(filled, client)
    lines = log_lines.getvalue()
    assert "/nowhere/" in lines, "else there was nothing to search"
    assert filled.found_in(lines.encode()) == []
    leaks = {table: found[:3] for table, data in columns() if (found := filled.found_in(data))}
    assert leaks == {}
    if connection.vendor == "sqlite":
        assert filled.found_in(connection.connection.serialize()) == []


def _papers_hold_no_seed(seen: Seen, client: Client, city: City) -> None:
    """The slips name passwords on the paper itself: that is what they are for; their metadata name nothing."""
    Appointment.objects.bulk_create(
        Appointment(user=user, role="DEPUTY", branch=city.branch, starts_on="2020-01-01")
        for user in User.objects.filter(username__startswith="acc")
    )
    client.post(reverse("reports:account_slips"), {"unit": city.branch.unit_id, "issue": "1"})
    worker.run_due_here()
    job = Job.objects.latest("pk")
    assert job.file_path, job.message
    paper = pikepdf.open(io.BytesIO(b"".join(client.get(reverse("task_file", args=[job.pk])).streaming_content)))
    metadata = repr(dict(paper.docinfo)) + (str(paper.open_metadata()) if "/Metadata" in paper.Root else "")
    assert seen.found_in(metadata.encode()) == []


def _refusals_hold_no_seed(seen: Seen, client: Client) -> None:
    checked, other = Client(enforce_csrf_checks=True), User.objects.get(username="acc0")
    for at in range(20):
        for page in (
            client.get("/nowhere/", {"token": CARDS[at], "q": PHONES[at]}),
            client.post(reverse("members:branch_phone", args=[10**9 + at]), {"reason": CARDS[at]}),
            client.post(reverse("members:account_phone", args=[other.pk]), {"reason": f"{PHONES[at]}回电"}),
            checked.post("/accounts/login/", {"username": PHONES[at], "password": PASSWORDS[at]}),
        ):
            assert page.status_code in (403, 404, 422)
            own = f'value="{PHONES[at]}"', escape(page.wsgi_request.get_full_path())  # the own input, the own address
            said = page.content.replace(own[0].encode(), b"").replace(own[1].encode(), b"")
            assert seen.found_in(said) == [], page.request


def test_td1_a_fault_tells_nothing(
    city: City, secretary: User, sign_in: object, log_lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*, actor: User, row: Branch, reason: str) -> str:
        raise RuntimeError(f"number {PHONES[0]}, reason {reason}, password={PASSWORDS[0]}")

    client = sign_in(secretary)
    client.raise_request_exception = False
    monkeypatch.setattr(phones, "show", breaks)
    page = client.post(reverse("members:branch_phone", args=[city.branch.pk]), {"reason": f"{CARDS[0]} 再看"})
    assert page.status_code == 500
    assert Seen().found_in(page.content) == []
    assert "RuntimeError" in log_lines.getvalue()
    assert Seen().found_in(log_lines.getvalue().encode()) == []


def test_td2_the_search_finds_what_is_there(city: City) -> None:
    """Else the zeros above would prove nothing."""
    Member.objects.create(branch=city.branch, number="1", name=PHONES[5])
    assert {table for table, data in columns() if Seen().found_in(data)} == {"members_member"}
    if connection.vendor == "sqlite":
        assert PHONES[5].encode() in Seen().found_in(connection.connection.serialize())
