"""T-I1: settled rows do not go by REPLACE (SQLite) nor by TRUNCATE (PostgreSQL), which no trigger of rows sees."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from assessments.sheets.models import Sheet
from branchportal import audit, guards
from branchportal.models import AuditEntry
from tests.factories.assessments import make_sheet
from tests.factories.results import make_approved

pytestmark = pytest.mark.django_db


@pytest.fixture
def sheet(city, secretary) -> Sheet:
    """An approved sheet, beside a draft of the sibling branch."""
    guards.create()
    Sheet.objects.filter(pk=city.sheet.pk).update(submitted_at=timezone.now(), submitted_by=secretary)
    make_approved(city.sheet, secretary)
    audit.record(secretary, "sheet.saved", city.sheet)
    return Sheet.objects.get(pk=city.sheet.pk)


def refused(statement: str, *values: object) -> str:
    """What the database says to a statement; "" where it does it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
    except DatabaseError as fault:
        return str(fault)
    return ""


def copied(model: type, change: dict[str, str], where: str) -> str:
    """INSERT OR REPLACE of a row's copy with other values in some columns."""
    columns = [field.column for field in model._meta.concrete_fields]
    chosen = ", ".join(change.get(column, f'"{column}"') for column in columns)
    names, table = ", ".join(f'"{column}"' for column in columns), model._meta.db_table
    return f"INSERT OR REPLACE INTO {table} ({names}) SELECT {chosen} FROM {table} WHERE {where}"  # noqa: S608


def test_ti1_no_settled_row_is_replaced_on_sqlite(sheet) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no REPLACE; its upsert is an UPDATE, which the guards see")
    own, entry = f"id = {sheet.pk}", AuditEntry.objects.latest("pk")
    before = (Sheet.objects.values().get(pk=sheet.pk), AuditEntry.objects.count())
    draft = make_sheet(sheet.cycle, sheet.branch, revision=2, status="superseded")
    ways = [
        copied(Sheet, {"review_total_up": "0"}, own),  # by its id
        copied(Sheet, {"id": "999999", "review_total_up": "0"}, own),  # by branch, cycle and revision
        f"UPDATE OR REPLACE assessments_sheet SET id = {sheet.pk} WHERE id = {draft.pk}",  # noqa: S608
        copied(AuditEntry, {"note": "'x'"}, f"id = {entry.pk}"),
    ]
    said = [refused(way) for way in ways]
    assert [bool(text) for text in said] == [True] * 4
    assert "not replaced" in said[0]
    assert (Sheet.objects.values().get(pk=sheet.pk), AuditEntry.objects.count()) == before


def test_ti1_a_draft_may_still_be_written_anew(city) -> None:
    guards.create()
    if connection.vendor == "sqlite":
        assert not refused(copied(Sheet, {}, f"id = {city.sheet.pk}"))
    Sheet.objects.filter(pk=city.sheet.pk).update(revision=3)
    assert Sheet.objects.get(pk=city.sheet.pk).revision == 3


def test_ti1_no_guarded_table_is_emptied_on_postgresql(sheet) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE; its DELETE asks the guards")
    tables = sorted({trigger.table for trigger in guards._registered.values()})
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE waits for no row's check
        done = [table for table in tables if not refused(f"TRUNCATE {table} CASCADE")]
    assert (len(tables) > 40, done) == (True, [])
    assert Sheet.objects.filter(pk=sheet.pk).exists()


def test_ti2_these_triggers_are_missed_when_they_are_gone() -> None:
    guards.create()
    assert guards.missing() == []
    end = "emptied ON assessments_sheet" if connection.vendor == "postgresql" else "replaced_insert"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER assessments_sheet_{end}")
    assert guards.missing() == [f"assessments_sheet_{end.split()[0]}"]
    guards.create()
