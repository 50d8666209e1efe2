"""Ways to alter an official result, all refused by the database itself (T-I1)."""

import pytest
from django.db import DatabaseError, connection, models, transaction

from assessments.cycles.models import Cycle
from assessments.results.models import Publication, QuotaDecision, QuotaLine, Result, SectorMedian, Tally
from assessments.results.services.publishing import prepare_publication, publish
from branchportal import guards
from members.models import User
from tests.conftest import City
from tests.factories.results import BEST, make_approved, make_tally

pytestmark = pytest.mark.django_db


def raw(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def bulk_update(row: models.Model, **changes: object) -> None:
    for name, value in changes.items():
        setattr(row, name, value)
    type(row).objects.bulk_update([row], list(changes))


def add_result(publication: Publication) -> None:
    """One more branch in an official list."""
    result = publication.tally.results.select_related("branch").first()
    branch = result.branch
    branch.pk, branch.code = None, "ZZ999"
    branch.save()
    result.pk, result.branch = None, branch
    Result.objects.bulk_create([result])


def add_median(publication: Publication) -> None:
    SectorMedian.objects.create(tally=publication.tally, dimension="新", share_up=1)


def move_in(publication: Publication) -> None:
    """A row of another tally put into the official one."""
    other = Tally.objects.get(pk=publication.tally_id)
    other.pk, other.number, other.status = None, 99, Tally.Status.CANDIDATE
    other.save()
    median = SectorMedian.objects.create(tally=other, dimension="新", share_up=1)
    raw("UPDATE assessments_sectormedian SET tally_id = %s WHERE id = %s", publication.tally_id, median.pk)


WAYS = {
    "result added": add_result,
    "median added": add_median,
    "median moved in": move_in,
    "result total": lambda p: Result.objects.filter(tally=p.tally).update(total_up=1),
    "result stars in bulk": lambda p: bulk_update(p.tally.results.first(), stars=1),
    "result saved": lambda p: p.tally.results.first().save(),
    "result raw": lambda p: raw("UPDATE assessments_result SET rank_all = 1 WHERE tally_id = %s", p.tally_id),
    "result moved away": lambda p: raw("UPDATE assessments_result SET tally_id = 0 WHERE tally_id = %s", p.tally_id),
    "results removed": lambda p: Result.objects.filter(tally=p.tally).delete(),
    "medians": lambda p: SectorMedian.objects.filter(tally=p.tally).update(share_up=0),
    "quota lines": lambda p: QuotaLine.objects.filter(tally=p.tally).delete(),
    "tally digest": lambda p: Tally.objects.filter(pk=p.tally_id).update(digest="0"),
    "tally counts": lambda p: Tally.objects.filter(pk=p.tally_id).update(rated_count=0),
    "tally reopened": lambda p: Tally.objects.filter(pk=p.tally_id).update(status="candidate"),
    "tally removed": lambda p: raw("DELETE FROM assessments_tally WHERE id = %s", p.tally_id),
    "title": lambda p: Publication.objects.filter(pk=p.pk).update(title="另一个标题"),
    "publisher": lambda p: Publication.objects.filter(pk=p.pk).update(published_by=p.prepared_by),
    "publication digest": lambda p: bulk_update(p, digest="0"),
    "publication prepared again": lambda p: Publication.objects.filter(pk=p.pk).update(status="prepared"),
    "publication removed": lambda p: p.delete(),
    "publication raw": lambda p: raw("DELETE FROM assessments_publication WHERE id = %s", p.pk),
}


@pytest.fixture
def tallied(city: City, inspector: User, office: User) -> Tally:
    """A candidate of four branches without a tie."""
    Cycle.objects.filter(pk=city.cycle.pk).update(purpose="rating")
    city.cycle.refresh_from_db()
    sheets = (city.sheet, city.sibling_sheet, city.far_sheet, city.farther_sheet)
    for points, sheet in zip((10, 9, 8, 7), sheets, strict=True):
        make_approved(sheet, inspector, marks=BEST, points=points)
    return make_tally(city.cycle, office)


@pytest.fixture
def official(tallied: Tally, office: User, authority: User) -> Publication:
    """A published quarter."""
    prepared = prepare_publication(tally=tallied, actor=office, digest=tallied.digest, title="结果", document_number="")
    return publish(publication=prepared, actor=authority)


@pytest.mark.parametrize("way", WAYS)
def test_the_database_refuses_to_alter_an_official_result(official: Publication, way: str) -> None:
    before = fingerprint()
    with pytest.raises(DatabaseError, match="official"), transaction.atomic():
        WAYS[way](official)
    assert fingerprint() == before


def test_a_candidate_can_still_be_settled(tallied: Tally) -> None:
    assert Result.objects.filter(tally=tallied).update(stars=1)
    assert QuotaDecision.objects.filter(tally=tallied).count() == 0


def test_the_only_way_on_is_to_be_superseded(official: Publication) -> None:
    assert Tally.objects.filter(pk=official.tally_id).update(status="superseded") == 1
    assert Publication.objects.filter(pk=official.pk).update(status="superseded") == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        Publication.objects.filter(pk=official.pk).update(status="published")


def test_every_trigger_stands(db: None) -> None:
    assert guards.missing() == []
    assert sum("_official_" in name for name in guards.names()) == 22


def fingerprint() -> list:
    return [list(model.objects.order_by("pk").values_list()) for model in (Tally, Result, QuotaLine, Publication)]
