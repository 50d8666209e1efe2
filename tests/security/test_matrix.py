"""Who is answered what at every address of the portal: `docs/permissions.md`, cell by cell."""

import logging
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import reverse

from assessments.results.models import Result
from branchportal.figures import points_text
from members.models import User

from . import addresses, matrix, world
from .addresses import Address
from .matrix import ANSWERED, HIDDEN, NOT_TAKEN, SIGN_IN, Row
from .visitor import Visitor

pytestmark = pytest.mark.asked_once
# Whatever nobody needs an account for (T-A5); a new address in this list is a decision, not a convenience.
PUBLIC = {("GET", "members:login"), ("POST", "members:login"), ("POST", "language"), ("GET", "health"),
          ("GET", "favicon"), ("POST", "favicon"), ("GET", "vote:enter"), ("GET", "vote:enter_short"),
          ("GET", "vote:ballot"), ("POST", "vote:ballot"), ("GET", "vote:done")}  # fmt: skip
BOUND = {"SEC", "DEPUTY", "DEPT", "INSP", "LEAD", "NONE"}  # see some branches only
PERSONAL = {"task", "upload", "workbook"}  # bound to one account, whatever its office
NO_SCORES = {"ADMIN", "SECADM", "NONE"}
MARKS = ("assessments_mark", "assessments_markcount")
NEVER_WRITES = {  # beginnings of tables that no request of the role writes to
    "OPERATOR": MARKS,
    "ORG": MARKS,
    **dict.fromkeys(("ADMIN", "SECADM", "AUDIT", "NONE"), ("assessments_",)),
}

TABLE = matrix.read()
ADDRESSES = addresses.addresses()


def rows_of(address: Address) -> list[Row]:
    return [Row(address.name, address.method, thing) for thing in addresses.objects_of(address)]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Hundreds of refusals are what is asked for here; writing them down would take longer than the requests."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_ta1_every_address_has_its_row_and_every_row_its_address():
    """T-A1. A page that is missing here is missing a decision: who may open it?"""
    wanted = {row for address in ADDRESSES for row in rows_of(address)}
    missing = [matrix.line_of(row, "key", {}) for row in sorted(wanted - TABLE.keys())]
    assert not missing, "no row in docs/permissions.md:\n" + "\n".join(missing)
    assert sorted(map(str, TABLE.keys() - wanted)) == [], "row without an address"


def test_ta5_nobody_reaches_anything_but_what_is_public():
    """T-A5, read from the table; that the table tells the truth is the next test's business."""
    reached = {(row.method, row.name) for row, cells in TABLE.items() if cells["ANON"] not in (SIGN_IN, NOT_TAKEN)}
    assert reached == PUBLIC


@pytest.mark.django_db
@pytest.mark.parametrize("role", matrix.ROLES)
def test_ta2_ta3_every_cell_is_as_the_table_says(
    filled: world.World, cast: dict[str, User], sign_in: Callable[[User], Client], role: str
):
    """T-A2 and T-A3: each cell as asked; a refusal writes nothing; a foreign object is a missing one."""
    user = cast.get(matrix.CAST[role])
    visitor = Visitor(sign_in(user) if user else Client())
    near = filled.near | ({"task": world.own_task(user)} if user else {})
    secrets = (_figures() if role in NO_SCORES else []) + ([world.STRANGERS.encode()] if role in BOUND else [])
    faults = [
        fault
        for address in ADDRESSES
        for row in rows_of(address)
        for fault in _faults(visitor, role, address, row, near, filled.far, secrets)
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.django_db
def test_the_figures_that_administrators_never_read_are_read_by_the_office(
    filled: world.World, office: User, sign_in: Callable[[User], Client]
):
    """Else the search for them above would find nothing for want of something to find."""
    page = sign_in(office).get(reverse("results:tally", args=[filled.near["tally"]])).content
    assert _figures()
    assert all(figure in page for figure in _figures())


def _figures() -> list[bytes]:
    """The totals of all results, as they are printed."""
    totals = Result.objects.exclude(total_up=None).values_list("total_up", flat=True).distinct()
    return [points_text(total).encode() for total in totals]


def _faults(
    visitor: Visitor, role: str, address: Address, row: Row, near: world.Keys, far: world.Keys, secrets: list[bytes]
) -> Iterator[str]:
    path, form = addresses.path_of(address, row.thing, near), addresses.form_of(address, near)
    answer = visitor.ask(address, path, form)
    wanted = TABLE.get(row, {}).get(role, "?")
    if answer.cell != wanted:
        yield f"{row}: {role} is answered {answer.cell} ({answer.status}), the table says {wanted}"
    if answer.cell != ANSWERED and answer.written:
        yield f"{row}: {role} is refused ({answer.status}), yet {sorted(answer.written)} were written"
    if touched := [table for table in answer.written if table.startswith(NEVER_WRITES.get(role, ("-",)))]:
        yield f"{row}: {role} wrote to {touched}"
    if row.name != "results:publication" and (read := [secret for secret in secrets if secret in answer.body]):
        yield f"{row}: {role} reads {read[0].decode()}"
    if answer.cell == ANSWERED and role != "ANON" and (role in BOUND or row.thing in PERSONAL):
        yield from _foreign(visitor, role, address, row, near, far)


def _foreign(
    visitor: Visitor, role: str, address: Address, row: Row, near: world.Keys, far: world.Keys
) -> Iterator[str]:
    """What belongs to others must look like what does not exist; also a foreign part of an own whole."""
    for strange in _strange_paths(address, row, near, far):
        form = addresses.form_of(address, near)
        foreign = visitor.ask(address, strange, form)
        missing = visitor.ask(address, addresses.path_of(address, row.thing, addresses.nothing(near)), form)
        if foreign.cell != HIDDEN or missing.cell != HIDDEN:
            yield f"{row}: {role} is answered {foreign.status} for a foreign object, {missing.status} for a missing one"
        elif foreign.body != missing.body:
            yield f"{row}: {role} can tell a foreign object from a missing one"
        if foreign.written:
            yield f"{row}: {role} wrote to {sorted(foreign.written)} by a foreign key"


def _strange_paths(address: Address, row: Row, near: world.Keys, far: world.Keys) -> set[str]:
    """The whole foreign, and for parts of a whole: their claim on our sheet."""
    tried = [far] if row.thing == addresses.NO_OBJECT else [far, far | {row.thing: near[row.thing]}]
    paths = {addresses.path_of(address, row.thing, keys) for keys in tried}
    return paths - {addresses.path_of(address, row.thing, near)}
