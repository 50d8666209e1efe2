"""Ways to alter a published scheme version, all refused by the database itself, and by a sentence where a person is."""

import copy

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from assessments.demo.schemes import FILE as SCHEME_FILE
from assessments.schemes.models import Criterion, Indicator, Scheme, SchemeEdit, SchemeVersion
from assessments.schemes.services import drafts, publishing
from assessments.schemes.services.rows import write_rows
from assessments.scoring import Scheme as EngineScheme
from branchportal import guards
from branchportal.errors import PortalError, StaleState
from tests.factories.schemes import SCHEME, make_scheme

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(city) -> SchemeVersion:
    return city.scheme


def raw(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def save_changed(version: SchemeVersion) -> None:
    version.name = "改名"
    version.save()


def bulk_update_digest(version: SchemeVersion) -> None:
    version.digest = "0" * 64
    SchemeVersion.objects.bulk_update([version], ["digest"])


def easier(version: SchemeVersion) -> dict:
    content = copy.deepcopy(version.content)
    content["bands"][0]["from"] = 80
    return content


def add_indicator(version: SchemeVersion) -> None:
    Indicator.objects.bulk_create(
        [Indicator(scheme_version=version, code="9", name="新增", position=99, level=1, points_up=1)]
    )


def add_criterion(version: SchemeVersion) -> None:
    row = version.indicators.get(code="1.1")
    Criterion.objects.bulk_create([Criterion(indicator=row, code="z", text="新增", position=9)])


def move_indicators_here(version: SchemeVersion) -> None:
    other = drafts.import_scheme(SCHEME | {"version": "other"})
    write_rows(other, EngineScheme.from_data(other.content))
    other.indicators.update(scheme_version=version, code=F("position"))


WAYS = {
    "save": save_changed,
    "bulk_update": bulk_update_digest,
    "content": lambda version: SchemeVersion.objects.filter(pk=version.pk).update(content=easier(version)),
    "back to draft": lambda version: SchemeVersion.objects.filter(pk=version.pk).update(status="draft"),
    "raw": lambda version: raw("UPDATE assessments_schemeversion SET version = '9' WHERE id = %s", version.pk),
    "published by": lambda version: SchemeVersion.objects.update(published_by=1),
    "started from": lambda version: SchemeVersion.objects.update(based_on=version),
    "raw delete": lambda version: raw("DELETE FROM assessments_schemeversion WHERE id = %s", version.pk),
    "replace": lambda version: SchemeVersion.objects.bulk_create(
        [SchemeVersion(pk=version.pk, scheme=version.scheme, version="1", name="换掉", content={}, digest="")],
        update_conflicts=True, update_fields=["content"], unique_fields=["id"],
    ),
    "points": lambda version: version.indicators.update(points_up=1),
    "no indicators": lambda version: raw(
        "DELETE FROM assessments_indicator WHERE scheme_version_id = %s AND rule = 'entry'", version.pk
    ),
    "new indicator": add_indicator,
    "indicators moved here": move_indicators_here,
    "criterion": lambda version: Criterion.objects.filter(indicator__scheme_version=version).update(text="改"),
    "no criteria": lambda version: Criterion.objects.filter(indicator__scheme_version=version).delete(),
    "new criterion": add_criterion,
    "history": lambda version: version.edits.update(actor=None, summary="改"),
    "no history": lambda version: version.edits.all().delete(),
    "new history": lambda version: SchemeEdit.objects.create(version=version, edition=99, content={}, summary=""),
    "code of the scheme": lambda version: Scheme.objects.filter(pk=version.scheme_id).update(code="other"),
}  # fmt: skip


def state(version: SchemeVersion) -> list:
    return [
        list(SchemeVersion.objects.filter(pk=version.pk).values()),
        list(version.indicators.values()),
        list(Criterion.objects.filter(indicator__scheme_version=version).values()),
        list(SchemeEdit.objects.filter(version=version).values()),
        list(Scheme.objects.values()),
    ]


@pytest.mark.parametrize("way", WAYS)
def test_a_published_version_is_not_altered(published, way):
    before = state(published)
    with pytest.raises(DatabaseError), transaction.atomic():
        WAYS[way](published)
    assert state(published) == before


def test_the_guard_names_every_column_of_a_version():
    from assessments.schemes.guards import KEPT

    columns = {field.column for field in SchemeVersion._meta.concrete_fields}
    assert columns - set(KEPT) == {"id", "based_on_id"}


DOORS = {
    "import": lambda version, user: drafts.import_scheme(easier(version), actor=user),
    "save_draft": lambda version, user: drafts.save_draft(
        version=version, edition=version.edition, content=easier(version), summary="改", actor=user
    ),
    "undo": lambda version, user: drafts.undo(version=version, edition=version.edition, actor=user),
    "delete": lambda version, user: drafts.delete_draft(version=version, actor=user),
    "propose": lambda version, user: publishing.propose_scheme(version=version, edition=version.edition, actor=user),
}


@pytest.mark.parametrize("door", ["import", "save_draft", "delete"])
def test_services_refuse_with_a_sentence(published, office, door):
    before = state(published)
    with pytest.raises(StaleState) as refusal:
        DOORS[door](published, office)
    assert refusal.value.message == "版本 1 已发布，不能更改。请使用新的版本号。"
    assert state(published) == before


def test_undo_and_proposing_of_a_published_version_are_refused(published, office, sign_in):
    before = state(published)
    with pytest.raises(PortalError):
        DOORS["undo"](published, office)
    answer = sign_in(office).post(f"/schemes/{published.pk}/propose/", {"edition": published.edition})
    assert (answer.status_code, "只有草案才能送审" in answer.content.decode()) == (403, True)
    assert state(published) == before


def test_the_command_line_does_not_replace_it(published, tmp_path):
    from assessments.schemes.files import write_scheme_yaml

    file = tmp_path / "a.yaml"
    file.write_text(write_scheme_yaml(EngineScheme.from_data(easier(published))), encoding="utf-8")
    before = state(published)
    with pytest.raises(CommandError, match="不能更改"):
        call_command("scheme", "import", str(file))
    assert state(published) == before


def test_the_api_reads_schemes_and_nothing_else(published, office, sign_in):
    client = sign_in(office)
    for address in ("/api/v1/schemes/", f"/api/v1/schemes/{published.pk}/"):
        for method in (client.post, client.put, client.patch, client.delete):
            assert method(address).status_code == 405


def test_a_deleted_origin_is_forgotten_and_nothing_else(published, office):
    source = drafts.start_draft(source=published, number="2", actor=office)
    later = make_scheme(version="3")
    with guards.lifted():
        SchemeVersion.objects.filter(pk=later.pk).update(based_on=source)
    drafts.delete_draft(version=source, actor=office)
    later.refresh_from_db()
    assert (later.based_on, later.status) == (None, "published")


def test_drafts_and_their_rows_stay_free(published, office):
    draft = drafts.start_draft(source=published, number="2", actor=office)
    write_rows(draft, EngineScheme.from_data(draft.content))
    write_rows(draft, EngineScheme.from_data(draft.content))
    assert draft.indicators.update(points_up=1) == 9
    drafts.delete_draft(version=draft, actor=office)
    assert not SchemeVersion.objects.filter(version="2").exists()


def test_lifting_is_for_a_moment_only(published):
    with guards.lifted():
        assert SchemeVersion.objects.filter(pk=published.pk).update(name="改名") == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        SchemeVersion.objects.filter(pk=published.pk).update(name="再改")


def test_missing_triggers_are_named_by_the_check(published):
    assert guards.missing() == []
    name = "assessments_schemeversion_published_update"
    raw(f"DROP TRIGGER {name}" + (" ON assessments_schemeversion" if connection.vendor == "postgresql" else ""))
    with pytest.raises(SystemCheckError, match=name):
        call_command("check", databases=["default"], fail_level="WARNING")
    guards.create()
    assert guards.missing() == []


def test_the_demonstration_scheme_is_published_under_the_guard(office, authority):
    from assessments.schemes.files import read_scheme_yaml

    draft = drafts.import_scheme(read_scheme_yaml(SCHEME_FILE.read_bytes()))
    publishing.propose_scheme(version=draft, edition=draft.edition, actor=office)
    version = publishing.publish_scheme(version=draft, actor=authority)
    assert (version.status, version.indicators.count() > 26) == ("published", True)
    with pytest.raises(DatabaseError), transaction.atomic():
        version.indicators.update(points_up=0)


@pytest.mark.django_db(transaction=True)
def test_a_flush_works_and_leaves_the_guard_behind():
    make_scheme()
    guards.drop()
    call_command("flush", interactive=False, verbosity=0)
    assert (SchemeVersion.objects.count(), guards.missing()) == (0, [])
    guards.drop()  # what empties the tables after this test meets them once more
