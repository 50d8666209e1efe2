"""The audit trail as a chain: every row linked by the database itself, every change found."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from branchportal import audit, audit_chain, audit_verify, guards
from branchportal.bulk import insert_rows
from branchportal.models import AuditEntry, AuditHead, AuditLink
from tests.factories.members import make_user

pytestmark = pytest.mark.django_db
COLUMNS = (
    "at", "actor", "acting_role", "action", "object_type", "object_id", "object_label", "before", "after", "note",
    "request_id",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _own_anchors(settings: object, tmp_path: Path) -> None:
    settings.AUDIT_ANCHORS = str(tmp_path / "anchors" / "audit.log")


@pytest.fixture
def settle() -> Callable[[], None]:
    """What a commit does: PostgreSQL adds the links at the end of the transaction."""

    def work() -> None:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    return work


@pytest.fixture
def rows(settle: Callable[[], None]) -> int:
    """Forty rows by every way there is; how many stand in the trail."""
    person = make_user("甲")
    for number in range(20):
        audit.record(person, "test.happened", person, before={"分": number}, after={"分": number + 1}, note="引号\"'\\")
    audit.record_many([audit.entry(person, "test.bulk", person) for _ in range(10)])
    now = timezone.now()
    insert_rows(
        AuditEntry,
        COLUMNS,
        [(now, person.pk, "", "test.copied", "members.user", person.pk, "甲", None, '{"a": 1}', "", "")] * 10,
    )
    settle()
    return AuditEntry.objects.count()


def test_every_row_is_linked_whoever_wrote_it(rows: int) -> None:
    verdict = audit_verify.verify()
    assert (verdict.problems, verdict.rows) == ([], rows)
    assert AuditHead.objects.get().digest == verdict.digest
    assert list(AuditLink.objects.values_list("seq", flat=True)) == list(range(1, rows + 1))


def test_a_row_that_was_rolled_back_leaves_no_gap(rows: int, settle: Callable[[], None]) -> None:
    person = make_user("乙")
    before = transaction.savepoint()
    audit.record(person, "test.failed", person)
    transaction.savepoint_rollback(before)
    audit.record(person, "test.after", person)
    settle()
    assert audit_verify.verify().problems == []


@pytest.mark.parametrize("table", ["auditentry", "auditlink", "audithead"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_database_refuses_changes(rows: int, table: str, statement: str) -> None:
    name = f"branchportal_{table}"
    if table == "auditlink":
        statement = statement.replace("id = id", "digest = digest")
    with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(name))


def test_every_changed_character_is_found(rows: int) -> None:
    random = Random(7)
    texts = ("action", "object_type", "object_label", "acting_role", "note", "request_id")
    for _ in range(100):
        entry = random.choice(list(AuditEntry.objects.values_list("pk", flat=True)))
        column = random.choice(texts)
        old = AuditEntry.objects.filter(pk=entry).values_list(column, flat=True).get()
        at = random.randrange(len(old) + 1)
        AuditEntry_update(
            entry, column, old[:at] + chr(ord(old[at]) ^ 1) + old[at + 1 :] if at < len(old) else old + "x"
        )
        assert any(str(entry) in sentence for sentence in audit_verify.verify().problems), (entry, column)
        AuditEntry_update(entry, column, old)
    assert audit_verify.verify().problems == []


def AuditEntry_update(entry: int, column: str, value: object) -> None:  # noqa: N802 (reads as the attack it is)
    with guards.lifted():
        AuditEntry.objects.filter(pk=entry).update(**{column: value})


def test_other_figures_moments_and_people_are_found(rows: int) -> None:
    entry, other = AuditEntry.objects.filter(action="test.happened").first(), make_user("丙")
    for change in ({"after": {"分": 100}}, {"at": timezone.now()}, {"actor": other}, {"object_id": 999}):
        old = {name: getattr(entry, name) for name in change}
        with guards.lifted():
            AuditEntry.objects.filter(pk=entry.pk).update(**change)
        assert audit_verify.verify().problems, change
        with guards.lifted():
            AuditEntry.objects.filter(pk=entry.pk).update(**old)
    assert audit_verify.verify().problems == []


@pytest.mark.parametrize("seq", [1, 7, 30])
def test_a_removed_row_is_found(rows: int, seq: int) -> None:
    with guards.lifted():
        link = AuditLink.objects.get(seq=seq)
        link.delete()
        AuditEntry.objects.filter(pk=link.entry_id).delete()
    assert any("缺失" in sentence for sentence in audit_verify.verify().problems)


def test_a_cut_end_is_found_by_the_anchor(rows: int) -> None:
    assert audit_verify.keep_anchor()
    assert not audit_verify.keep_anchor()  # once a day
    with guards.lifted():
        gone = list(AuditLink.objects.filter(seq__gt=rows - 5).values_list("entry_id", flat=True))
        AuditLink.objects.filter(entry__in=gone).delete()
        AuditEntry.objects.filter(pk__in=gone).delete()
        last = AuditLink.objects.order_by("-seq").first()
        AuditHead.objects.all().delete()
        AuditHead.objects.create(pk=1, seq=last.seq, digest=last.digest)
    problems = audit_verify.verify().problems
    assert len(problems) == 1
    assert "被截断" in problems[0]
    with pytest.raises(CommandError, match="被截断"):
        call_command("audit_verify")


def test_rows_of_before_the_chain_are_linked_when_it_begins(rows: int) -> None:
    with guards.lifted():
        AuditLink.objects.all().delete()
        AuditHead.objects.all().delete()
    assert len(audit_verify.verify().problems) == min(rows, 100)
    with guards.lifted():
        audit_chain.create()
    assert audit_verify.verify().problems == []


def test_the_command_says_how_many(rows: int, capsys: pytest.CaptureFixture) -> None:
    call_command("audit_verify")
    assert f"{rows}条" in capsys.readouterr().out


def test_the_check_names_a_missing_trigger() -> None:
    assert audit_chain.check_trigger(None, ["default"]) == []
    audit_chain.drop()
    assert [fault.id for fault in audit_chain.check_trigger(None, ["default"])] == ["branchportal.E002"]
    audit_chain.create()
