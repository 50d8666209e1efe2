"""Whole columns into a table, in portions: the same rows on both databases, stopped between portions, keys checked."""

import pytest
from django.db import IntegrityError, connection, transaction

from branches.models import Branch, Sector
from branchportal import bulk

pytestmark = pytest.mark.django_db
NAMES = ['甲"\\领域\t', "乙\n", "'丙'", "", "丁" * 40]


@pytest.fixture(autouse=True)
def small_portions(monkeypatch):
    monkeypatch.setattr(bulk, "PORTION", 3)
    monkeypatch.setattr(bulk, "MOST_VALUES", 9)  # two rows of four columns a statement on SQLite, the third by itself


def sectors(count: int) -> dict[str, list]:
    return {
        "code": [f"c{at}" for at in range(count)],
        "name": [NAMES[at % len(NAMES)] for at in range(count)],
        "name_en": [""] * count,
        "position": list(range(count)),
    }


@pytest.mark.parametrize("count", [1, 2, 5])
def test_all_portions_arrive_as_they_were_given(count):
    heard = []
    columns = sectors(count)
    written = bulk.insert_columns(Sector, columns, after_portion=lambda: heard.append(1))
    assert (written, len(heard)) == (count, -(-count // 3))
    stored = Sector.objects.filter(code__in=columns["code"]).order_by("code").values_list(*columns)
    assert list(stored) == list(zip(*columns.values(), strict=True))


def test_raising_between_portions_leaves_nothing():
    def stop() -> None:
        Sector.objects.count()  # the connection is free between portions
        raise InterruptedError

    with pytest.raises(InterruptedError), transaction.atomic():
        bulk.insert_columns(Sector, sectors(5), after_portion=stop)
    assert not Sector.objects.filter(code__startswith="c", name__in=NAMES).exists()


def test_a_refusal_of_the_database_is_djangos_error():
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert_columns(Sector, sectors(3) | {"code": ["x", "y", "x"]})


def test_a_text_with_a_zero_byte_is_refused_on_postgresql():
    columns = sectors(3) | {"name": ["甲", "乙\0丙", "丁"]}
    if connection.vendor == "postgresql":
        with pytest.raises(ValueError, match="zero byte"), transaction.atomic():
            bulk.insert_columns(Sector, columns)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite checks at the end of a transaction")
def test_keys_can_be_checked_before_the_end(city):
    bulk.check_keys(Branch)
    with transaction.atomic():
        Branch.objects.filter(pk=city.branch.pk).update(sector_id=10**9)
        with pytest.raises(IntegrityError):
            bulk.check_keys(Branch)
        transaction.set_rollback(True)
