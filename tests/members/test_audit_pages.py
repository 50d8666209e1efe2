"""The auditor's pages: who reads what, filters, one row, export, verification."""

import csv
import io

import pytest
from django.conf import settings
from django.utils.translation import gettext as _

from branchportal import audit, guards, worker
from branchportal.models import AuditEntry, Job
from members.models import User
from tests.conftest import City

pytestmark = pytest.mark.django_db


@pytest.fixture
def trail(city: City, office: User, secretary: User) -> None:
    """Three rows of two people."""
    audit.record(office, "scheme.published", city.scheme, after={"digest": "abc"})
    audit.record(secretary, "sheet.submitted", city.sheet, before={"status": "draft"}, after={"status": "submitted"})
    audit.record(office, "unit.changed", city.branch.unit, before={"name": "=1+1"}, after={"name": "新名"})


def test_only_the_auditor_reads_the_trail(
    city: City, trail: None, sign_in: object, auditor: User, secretary: User, office: User, sysadmin: User,
    authority: User,
) -> None:  # fmt: skip
    page = sign_in(auditor).get("/audit/").content.decode()
    for said in ("评分表：提交", "考评标准：发布", "单位：修改", secretary.name):
        assert said in page
    entry = AuditEntry.objects.get(action="sheet.submitted")
    for person in (secretary, office, sysadmin, authority):
        client = sign_in(person)
        for answer in (client.get("/audit/"), client.get(f"/audit/{entry.pk}/"), client.post("/audit/export/")):
            assert answer.status_code == 403
            assert "submitted" not in answer.content.decode()
        assert client.post("/audit/verify/").status_code == 403
    assert not Job.objects.exists()


def test_the_security_admin_reads_what_auditors_did_and_nothing_else(
    city: City, trail: None, sign_in: object, auditor: User, secadmin: User
) -> None:
    sign_in(auditor).post("/audit/export/", {"kind": "csv"})
    client = sign_in(secadmin)
    page = client.get("/audit/").content.decode()
    assert "审计记录：导出" in page
    assert "评分表：提交" not in page
    foreign = AuditEntry.objects.get(action="sheet.submitted")
    assert client.get(f"/audit/{foreign.pk}/").status_code == 404
    assert client.post("/audit/verify/").status_code == 403


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("room=sheet", "评分表：提交", "考评标准：发布"),
        ("who={secretary}", "评分表：提交", "单位：修改"),
        ("what={scheme}", "考评标准：发布", "单位：修改"),
        ("since=2099-01-01", "没有符合条件的记录", "评分表：提交"),
        ("until=2000-01-01", "没有符合条件的记录", "评分表：提交"),
    ],
)
def test_the_filters_narrow_the_list_down(
    city: City, trail: None, sign_in: object, auditor: User, secretary: User, query: str, shown: str, hidden: str
) -> None:
    wanted = query.format(secretary=secretary.username, scheme=city.scheme.name)
    table = sign_in(auditor).get(f"/audit/?{wanted}").content.decode().split("</form>")[-1]
    assert shown in table
    assert hidden not in table


@pytest.mark.parametrize(
    "query", ["since=x", "room=nothing", "before=abc", "before=-1", "since=2026-02-01&until=2026-01-01"]
)
def test_wrong_filters_are_no_error(city: City, trail: None, sign_in: object, auditor: User, query: str) -> None:
    assert sign_in(auditor).get(f"/audit/?{query}").status_code == 200


def test_one_row_shows_before_and_after(city: City, trail: None, sign_in: object, auditor: User) -> None:
    entry = AuditEntry.objects.get(action="sheet.submitted")
    page = sign_in(auditor).get(f"/audit/{entry.pk}/").content.decode()
    assert "draft" in page
    assert "submitted" in page
    assert city.branch.name in page


@pytest.mark.parametrize("many", [False, True])
def test_the_list_asks_a_fixed_number_of_queries(
    city: City, office: User, auditor: User, sign_in: object, django_assert_num_queries: object, many: bool
) -> None:
    audit.record_many([audit.entry(office, "unit.changed", city.branch.unit) for _ in range(120 if many else 1)])
    client = sign_in(auditor)
    with django_assert_num_queries(4):
        page = client.get("/audit/").content.decode()
    assert page.count('data-label="操作"') == (50 if many else AuditEntry.objects.count())


def test_older_pages_follow_without_gap(city: City, office: User, auditor: User, sign_in: object) -> None:
    audit.record_many([audit.entry(office, "unit.changed", city.branch.unit) for _ in range(120)])
    client, seen, address = sign_in(auditor), [], "/audit/"
    while address:
        answer = client.get(address)
        seen += [entry.pk for entry, _words in answer.context["rows"]]
        older = answer.context["page"].after
        address = f"/audit/?before={older}" if older else ""
    assert seen == list(AuditEntry.objects.order_by("-pk").values_list("pk", flat=True))


def test_the_export_holds_the_filtered_rows_without_live_formulas(
    city: City, trail: None, sign_in: object, auditor: User
) -> None:
    client = sign_in(auditor)
    client.post("/audit/export/", {"kind": "csv", "room": "unit"})
    worker.run_due_here()
    job = Job.objects.get()
    assert job.status == "done", job.message
    text = (settings.MEDIA_ROOT / job.file_path).read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row[_("Code")] for row in rows] == ["unit.changed"]
    assert rows[0][_("Before")] == '{"name": "=1+1"}'
    assert AuditEntry.objects.filter(action="audit.exported", actor=auditor).exists()


@pytest.mark.parametrize("form", [{"kind": "pdf"}, {}, {"kind": "csv", "since": "gestern"}])
def test_a_wrong_export_gets_a_sentence(city: City, sign_in: object, auditor: User, form: dict) -> None:
    answer = sign_in(auditor).post("/audit/export/", form)
    assert answer.status_code == 400
    assert "请改正筛选条件" in answer.content.decode()
    assert not Job.objects.exists()


def test_verification_says_that_the_chain_is_whole_or_what_is_wrong(
    city: City, trail: None, sign_in: object, auditor: User, settings: object, tmp_path: object
) -> None:
    settings.AUDIT_ANCHORS = str(tmp_path / "audit.log")
    client = sign_in(auditor)
    if AuditEntry.objects.filter(link=None).exists():  # PostgreSQL links at the end of the transaction
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    client.post("/audit/verify/")
    worker.run_due_here()
    first = Job.objects.latest("pk")
    assert (first.status, "全部在链上" in first.message) == ("done", True)
    with guards.lifted():
        AuditEntry.objects.filter(action="sheet.submitted").update(object_label="另一个支部")
    client.post("/audit/verify/")
    worker.run_due_here()
    second = Job.objects.latest("pk")
    assert (second.status, "被改动" in second.message) == ("failed", True)
