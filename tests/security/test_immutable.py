"""T-I1: an approved sheet and a publication stay as they are, by whatever door.

Here: what hangs together with them, every page, the API, files. What the database itself refuses, one by one, stands in
`test_guards.py` of sheets, results and schemes.
"""

import logging
from collections.abc import Callable, Iterator

import pytest
from django.db import DatabaseError, connection, models, transaction
from django.test import Client

from assessments.cycles.models import Cycle, YearPlan
from assessments.results.models import Publication, Result, Tally
from assessments.schemes.models import Scheme, SchemeVersion
from assessments.sheets.models import Claim, Evidence, EvidenceLink, Mark, MarkCount, Sheet
from branches.models import Branch, Organization, Sector, Unit
from members.models import User

from . import addresses, matrix, world

pytestmark = pytest.mark.django_db
SETTLED = ("approved", "sealed")
ROWS = matrix.read()
WRITES = [one for one in addresses.addresses() if one.method != "GET" and ROWS.keys() & {*addresses.rows_of(one)}]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def rows_of(query: models.QuerySet) -> list[tuple]:
    return [tuple(bytes(cell) if isinstance(cell, memoryview) else cell for cell in row) for row in query.values_list()]


def settled() -> dict[str, list[tuple]]:
    """All that must not move: settled sheets with their parts, official tallies with their results, publications."""
    sheets = Sheet.objects.filter(status__in=SETTLED).order_by("pk")
    inside = {"sheet__in": list(sheets)}
    official = Tally.objects.filter(status__in=("published", "superseded")).order_by("pk")
    return {
        "sheets": rows_of(sheets),
        "marks": rows_of(Mark.objects.filter(**inside).order_by("pk")),
        "counts": rows_of(MarkCount.objects.filter(mark__sheet__in=list(sheets)).order_by("pk")),
        "claims": rows_of(Claim.objects.filter(**inside).order_by("pk")),
        "files": rows_of(EvidenceLink.objects.filter(**inside).order_by("pk")),
        "tallies": rows_of(official),
        "results": rows_of(Result.objects.filter(tally__in=list(official)).order_by("pk")),
        "publications": rows_of(Publication.objects.filter(status="published").order_by("pk")),
    }


def sheet_of(keys: world.Keys) -> Sheet:
    return Sheet.objects.get(pk=keys["approved"])


# What hangs together with a sheet or a publication; deleting it would take them along.
TOGETHER: dict[str, Callable[[world.Keys], models.Model]] = {
    "branch": lambda keys: sheet_of(keys).branch,
    "organization": lambda keys: sheet_of(keys).organization,
    "unit": lambda keys: Unit.objects.get(pk=keys["unit"]),
    "sector": lambda keys: sheet_of(keys).sector,
    "cycle": lambda keys: sheet_of(keys).cycle,
    "plan": lambda keys: YearPlan.objects.get(pk=keys["plan"]),
    "scheme version": lambda keys: sheet_of(keys).scheme_version,
    "scheme": lambda keys: sheet_of(keys).scheme_version.scheme,
    "indicator": lambda keys: Mark.objects.filter(sheet=keys["approved"]).first().indicator,
    "who entered the marks": lambda keys: Mark.objects.filter(sheet=keys["approved"]).first().entered_by,
    "who published": lambda keys: Publication.objects.get(pk=keys["publication"]).published_by,
    "tally": lambda keys: Tally.objects.get(pk=keys["tally"]),
    "mark": lambda keys: Mark.objects.filter(sheet=keys["approved"]).first(),
    "sheet": sheet_of,
    "publication": lambda keys: Publication.objects.get(pk=keys["publication"]),
    "result": lambda keys: Result.objects.get(pk=keys["result"]),
}


def delete_by_orm(row: models.Model) -> None:
    row.delete()


def delete_by_query(row: models.Model) -> None:
    type(row)._base_manager.filter(pk=row.pk).delete()


def delete_by_hand(row: models.Model) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {row._meta.db_table} WHERE id = %s", [row.pk])  # noqa: S608 - our own table
    connection.check_constraints()


def move(sheet: Sheet, field: str, key: int) -> None:
    Sheet.objects.filter(pk=sheet.pk).update(**{f"{field}_id": key})
    connection.check_constraints()


@pytest.mark.parametrize("delete", [delete_by_orm, delete_by_query, delete_by_hand])
def test_ti1_what_hangs_together_takes_nothing_settled_along(
    filled: world.World, delete: Callable[[models.Model], None]
) -> None:
    before = settled()
    assert all(before[name] for name in ("sheets", "marks", "results", "publications"))
    for name, find in TOGETHER.items():
        row = find(filled.near)
        with pytest.raises((models.ProtectedError, models.RestrictedError, DatabaseError)), transaction.atomic():
            delete(row)
        assert settled() == before, name


def test_ti1_a_settled_sheet_is_not_moved_to_something_else(filled: world.World) -> None:
    before, sheet = settled(), sheet_of(filled.near)
    for kind, field in ((Branch, "branch"), (Cycle, "cycle"), (SchemeVersion, "scheme_version"), (Sector, "sector"),
                        (Organization, "organization")):  # fmt: skip
        other = kind.objects.exclude(pk=getattr(sheet, f"{field}_id")).values_list("pk", flat=True).first() or 0
        with pytest.raises(DatabaseError), transaction.atomic():
            move(sheet, field, other)
        assert settled() == before, field


@pytest.mark.parametrize("who", ["secretary", "inspector", "leader", "office", "authority"])
def test_ti1_no_address_alters_what_is_settled(
    filled: world.World, cast: dict[str, User], sign_in: Callable[[User], Client], who: str
) -> None:
    """Every page and operation that writes about sheets and results, with settled keys in the place of open ones."""
    client, before, faults = sign_in(cast[who]), settled(), []
    client.raise_request_exception = False
    keys = filled.near | dict.fromkeys(("draft", "submitted", "review"), filled.near["approved"])
    keys |= dict.fromkeys(("candidate", "prepared"), filled.near["tally"]) | {"prepared": filled.near["publication"]}
    for address in WRITES:
        if not address.name.startswith(("sheets:", "api:", "results:", "reports:")):
            continue
        for thing in addresses.objects_of(address):
            with transaction.atomic():
                path, form = addresses.path_of(address, thing, keys), addresses.form_of(address, keys)
                kind = {"content_type": "application/json"} if address.name.startswith("api:") else {}
                status = getattr(client, address.method.lower())(
                    path, form | {"reason": "理由充分"}, **kind
                ).status_code
                if status >= 500 or settled() != before:
                    faults.append(f"{address.name} ({thing}) as {who}: {status}")
                transaction.set_rollback(True)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("who", ["secretary", "inspector", "office", "authority", "sysadmin"])
def test_ti1_the_api_takes_no_put_patch_or_delete(
    filled: world.World, cast: dict[str, User], sign_in: Callable[[User], Client], who: str
) -> None:
    before, client = settled(), sign_in(cast[who])
    body = {"status": "draft", "review_total_up": 1, "total": "100", "id": filled.near["draft"], "version": 1}
    for kind, key in (("sheets", "approved"), ("results", "result"), ("rankings", "tally"), ("schemes", "scheme")):
        for path in (f"/api/v1/{kind}/", f"/api/v1/{kind}/{filled.near[key]}/"):
            for send in (client.post, client.put, client.patch, client.delete):
                assert send(path, body, content_type="application/json").status_code == 405
    assert settled() == before


@pytest.mark.parametrize("who", ["secretary", "deputy", "inspector", "leader", "office", "authority"])
def test_ti1_parts_of_a_settled_sheet_are_not_reached_through_another(
    filled: world.World, cast: dict[str, User], sign_in: Callable[[User], Client], who: str
) -> None:
    """Nested addresses: the part of a settled sheet under the key of one that is open."""
    before, client, near = settled(), sign_in(cast[who]), filled.near
    approved = sheet_of(near)
    claim = Claim.objects.filter(sheet__status__in=SETTLED).values_list("pk", flat=True).first() or 0
    link = EvidenceLink.objects.filter(sheet=approved).values_list("pk", flat=True).first() or 0
    parts = near | {f"{kind} in {state}": claim for kind in ("claim", "record") for state in ("draft", "review")}
    parts |= {f"link in {state}": link for state in ("draft", "review")}
    nested = [address for address in WRITES if ":claim>" in address.pattern or ":link>" in address.pattern]
    assert nested
    for address in nested:
        for thing in addresses.objects_of(address):
            path = addresses.path_of(address, thing, parts)
            assert client.post(path, addresses.form_of(address, near)).status_code in (403, 404), path
    assert settled() == before


def test_ti1_a_file_in_use_is_not_taken_away(filled: world.World) -> None:
    link = EvidenceLink.objects.first()
    with pytest.raises(models.ProtectedError), transaction.atomic():
        Evidence.objects.get(pk=link.evidence_id).delete()
    with pytest.raises(models.ProtectedError), transaction.atomic():
        Scheme.objects.first().delete()
