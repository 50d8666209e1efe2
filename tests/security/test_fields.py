"""T-A4: whatever else is sent with a form or an operation, in each state of a sheet, only its own fields change.

Each request is sent twice: as it should be, and with every field of every model beside it. The second one may change
nothing that the first one does not change.
"""

import datetime
import logging
from collections.abc import Callable, Iterator

import pytest
from django.db import models, transaction
from django.test import Client

from assessments.results.models import Publication, Result, Tally
from assessments.sheets.choices import Status
from assessments.sheets.models import Claim, Evidence, EvidenceLink, Mark, MarkCount, Sheet
from branches.models import Branch, Organization
from branchportal import guards
from members.models import Appointment, Member, User

from . import addresses, world, writes

pytestmark = pytest.mark.django_db
MODELS = (Sheet, Mark, MarkCount, Claim, Evidence, EvidenceLink, Tally, Result, Publication, User, Member, Appointment,
          Branch, Organization)  # fmt: skip
ALSO = {
    "pk": 1, "state": "approved", "total": "100", "version_id": 1, "is_admin": "1", "roles": "ADMIN", "role": "ADMIN",
    "rank": 1, "actor": 1, "user": 1, "owner": 1, "user_permissions": "1", "groups": "1",
}  # fmt: skip
# Who sends what about a sheet; the state of the sheet decides whether it is taken.
ABOUT_SHEETS: dict[str, tuple[str, dict[str, object]]] = {
    "api:sheet-mark": ("secretary", {"version": 0, "counts": {"b": "2"}}),
    "api:sheet-submit": ("secretary", {"version": 1, "meeting_on": "2026-11-20", "meeting_present": 5,
                                       "is_truthful": True}),
    "sheets:mark": ("secretary", {"version": 0, "c-b": "1"}),
    "sheets:submit": ("secretary", {"version": 1, "meeting_on": "2026-11-20", "meeting_present": 5,
                                    "is_truthful": "on"}),
    "sheets:withdraw": ("secretary", {"version": 1}),
    "sheets:pass": ("reviewer", {"version": 1}),
    "sheets:preliminary_mark": ("reviewer", {"version": 0, "c-b": "1", "reason": "现场核查"}),
    "sheets:preliminary_return": ("reviewer", {"version": 1, "return": "1.1", "reason-1.1": "佐证材料不齐全"}),
    "sheets:review_begin": ("inspector", {"version": 1}),
    "sheets:review_mark": ("inspector", {"version": 0, "c-b": "1", "note": "现场核查"}),
    "sheets:review_return": ("inspector", {"version": 1, "return": "1.1", "reason-1.1": "佐证材料不齐全"}),
    "sheets:review_approve": ("leader", {"version": 1}),
    "sheets:exempt": ("authority", {"version": 1, "reason": "本季度整建制撤并"}),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def everything() -> dict[str, object]:
    """Every field of the models, with a value that stands nowhere yet."""
    said: dict[str, object] = {}
    for field in (field for model in MODELS for field in model._meta.concrete_fields):
        match field:
            case models.BooleanField():
                value: object = "1"
            case models.IntegerField() | models.ForeignKey():
                value = 1
            case models.DateTimeField() | models.DateField():
                value = datetime.date(2001, 1, 1).isoformat()
            case _other:
                value = "篡改"
        said |= {field.name: value, field.attname: value}
    return said | ALSO


EVERYTHING = everything()


def cells() -> dict[tuple[str, object, str], object]:
    """Each cell of the tables, by table, key and column."""
    return {
        (model.__name__, row["pk"], name): bytes(value) if isinstance(value, memoryview) else value
        for model in MODELS
        for row in model._base_manager.values("pk", *(field.attname for field in model._meta.concrete_fields))
        for name, value in row.items()
    }


def changed(client: Client, address: addresses.Address, path: str, form: dict[str, object]) -> dict:
    """What a request changed: columns of rows that stood there, and how many rows came and went. Taken back at once."""
    kind = {"content_type": "application/json"} if address.name.startswith("api:") else {}
    with transaction.atomic():
        before = cells()
        getattr(client, address.method.lower())(path, form, **kind)
        after = cells()
        transaction.set_rollback(True)
    same = before.keys() & after.keys()
    moved = {
        (table, key, column) for table, key, column in same if before[table, key, column] != after[table, key, column]
    }
    new = sorted((table, column) for table, _key, column in after.keys() - before.keys())
    gone = sorted((table, column) for table, _key, column in before.keys() - after.keys())
    forged = {(cell[0], cell[2]) for cell in after.keys() - same if after[cell] == "篡改"}
    forged |= {(cell[0], cell[2]) for cell in moved if after[cell] == "篡改"}
    return {"moved": moved, "new": new, "gone": gone, "forged": forged}


def compare(
    client: Client, address: addresses.Address, path: str, form: dict[str, object], what: str
) -> tuple[bool, list[str]]:
    """Whether the request as it should be did anything, and what the other one did beyond it."""
    faults = []
    plain = changed(client, address, path, form)
    other = changed(client, address, path, {name: EVERYTHING[name] for name in EVERYTHING if name not in form} | form)
    if more := other["moved"] - plain["moved"]:
        faults.append(f"{what}: {sorted(f'{table}.{column}' for table, _key, column in more)} changed")
    if other["forged"]:
        faults.append(f"{what}: {sorted(other['forged'])} took what was sent")
    if (other["new"], other["gone"]) != (plain["new"], plain["gone"]) and plain["new"]:
        faults.append(f"{what}: other rows came or went")
    return bool(plain["moved"] or plain["new"]), faults


def found(name: str) -> addresses.Address:
    return next(one for one in addresses.addresses() if one.name == name and one.method in writes.WRITING)


@pytest.mark.parametrize("status", Status.values)
def test_ta4_nothing_else_of_a_sheet_changes_in_any_state(
    filled: world.World, cast: dict[str, User], sign_in: Callable[[User], Client], status: str
) -> None:
    faults, effects, key = [], 0, filled.near[status if status in (Status.APPROVED, Status.SEALED) else "draft"]
    if key == filled.near["draft"]:
        at = None if status == Status.DRAFT else "2026-11-01T00:00:00Z"
        with guards.lifted():
            Sheet.objects.filter(pk=key).update(status=status, submitted_at=at)
    assert Sheet.objects.get(pk=key).status == status
    version = Sheet.objects.get(pk=key).version
    for name, (who, form) in ABOUT_SHEETS.items():
        address, keys = found(name), filled.near | dict.fromkeys(("draft", "submitted", "review"), key)
        path = addresses.path_of(address, addresses.objects_of(address)[0], keys)
        sent = form | ({"version": version} if form.get("version") == 1 else {})
        sent |= {"sheet": key} if name == "sheets:exempt" else {}
        did, more = compare(sign_in(cast[who]), address, path, sent, f"{name} ({status}) by {who}")
        faults += more
        effects += did
    assert not faults, "\n".join(faults)
    assert effects or status not in (Status.DRAFT, Status.SUBMITTED, Status.PASSED, Status.REVIEW, Status.RETURNED)


def test_ta4_no_form_of_the_set_up_takes_a_field_that_it_does_not_show(
    filled: world.World, cast: dict[str, User], sign_in: Callable[[User], Client]
) -> None:
    """Accounts, members, branches, cycles …: the forms and steps that are sent as they stand on the page."""
    faults, tried, effects = [], 0, 0
    steps = {name: (one.who, one.thing, one.theirs | one.also) for name, one in writes.EDITS.items()}
    steps |= {name: (one.who, one.thing, one.said) for name, one in writes.MOVES.items() if "api:" not in name}
    for name, (who, thing, said) in steps.items():
        address = found(name)
        if thing not in filled.near:
            continue
        client = sign_in(cast[who])
        path = addresses.path_of(address, thing if "pk" in address.pattern else addresses.NO_OBJECT, filled.near)
        shown = shown_by(client, path) | addresses.form_of(address, filled.near)
        tried += 1
        did, more = compare(client, address, path, shown | dict(said), f"{name} by {who}")
        faults += more
        effects += did
    assert not faults, "\n".join(faults)
    assert tried >= 20
    assert effects >= 10  # most are taken as they should be, or the comparison would say nothing


def shown_by(client: Client, path: str) -> dict[str, object]:
    """The fields of the page's own form as they stand there; for a button its version, which is 1 in this world."""
    page = client.get(path)
    form = page.context.get("form") if page.status_code == 200 and page.context else None
    fields = {field.html_name: field.value() for field in form} if form is not None else {"version": 1}
    return {name: "" if value is None else value for name, value in fields.items()}


def test_ta4_the_poison_is_of_every_kind() -> None:
    assert {"is_superuser", "is_staff", "password", "status", "frozen", "digest", "approved_by", "review_total_up",
            "branch", "id", "version", "total"} <= EVERYTHING.keys()  # fmt: skip
    assert len(EVERYTHING) > 120
