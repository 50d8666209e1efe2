"""T-A7: the figures that each role reads on its home page, board and lists are those of the rows it sees.

Strangers' rows are added: nothing may change for whoever is bound to own branches. For everybody, a list holds rows
of `visible_to` only; the sums on board and home page are counted again from it.
"""

import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.paginator import Page
from django.test import Client
from django.utils import timezone

from assessments.cycles.models import Cycle, YearPlan
from assessments.reports.board import COLUMNS
from assessments.schemes.models import SchemeVersion
from assessments.sheets.models import Sheet
from branchportal import keyset
from members.models import User
from tests.conftest import City
from tests.factories.assessments import make_sheet
from tests.factories.branches import make_branch, make_organization, make_unit
from tests.factories.members import make_member

from . import matrix, world, world_polls, world_visits
from .test_leaks import VARIES, open_lists
from .test_matrix import BOUND

pytestmark = [pytest.mark.django_db, pytest.mark.asked_once]
SIGNED_IN = matrix.ROLES[1:]
NO_SCORES = ("ADMIN", "SECADM")
SHARED = {Cycle, SchemeVersion, YearPlan}  # what belongs to everybody who may set up, narrowed down by rules alone
NOT_LISTS = {"home", "favicon", "health", "api:schema", "api:docs", "tasks", "members:login"}
BALLOT_PAPERS = {"polls:papers", "polls:new", "polls:meeting_new"}  # show the papers of all, which belong to nobody
# Say of drafts that they are there, and no figure of them: who is late, and what the office itself recorded of them.
QUEUES = {"submitted": "/sheets/department/?", "review": "/sheets/queue/?"}
COUNTED_ONLY = {"cycles:board_branches", "sheets:records"}
OF_ALL_PEOPLE = {"reports:rights"}  # names and offices of every account, for those alone who grant and check rights
MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?")


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def add_strangers(city: City, office: User) -> None:
    """Two more foreign branches with a sheet in each open cycle, members, visits, findings, polls and a fact."""
    organization = make_organization("外单位二党委", city.work_committee, unit=make_unit("外单位二"))
    for name in ("外单位甲支部", "外单位乙支部"):
        branch = make_branch(organization, name, sector=city.branch.sector)
        make_member(branch)
        mine = Sheet.objects.filter(branch=city.branch, status__in=("draft", "submitted", "review"))
        for sheet in mine.select_related("cycle"):
            submitted = {"submitted_at": timezone.now()} if sheet.submitted_at else {}
            make_sheet(sheet.cycle, branch, status=sheet.status, **submitted)
        world_visits.add_visits(branch, city.cycle, office, office)
        world_polls.of_branch(city, branch, office)


def text_of(client: Client, path: str) -> str:
    """What a reader of the page sees and could press, without tokens and moments."""
    return MOMENT.sub("", VARIES.sub(b"", client.get(path).content).decode())


@pytest.mark.parametrize("role", [*sorted(BOUND), *NO_SCORES])
def test_ta7_no_figure_counts_a_stranger(
    city: City, filled: world.World, cast: dict[str, User], sign_in: Callable[[User], Client], role: str
) -> None:
    client = sign_in(cast[matrix.CAST[role]])
    lists = list(open_lists(role, filled.near)) if role in BOUND else []
    paths = ["/", *(path for name, path in lists if name not in NOT_LISTS | BALLOT_PAPERS)]
    before = {path: text_of(client, path) for path in paths}
    add_strangers(city, cast["office"])
    changed = [path for path in paths if text_of(client, path) != before[path]]
    assert not changed


@pytest.mark.parametrize("role", SIGNED_IN)
def test_ta7_lists_hold_what_is_seen(
    city: City, filled: world.World, cast: dict[str, User], sign_in: Callable[[User], Client], role: str
) -> None:
    user = cast[matrix.CAST[role]]
    client, faults, lists = sign_in(user), [], 0
    for name, path in open_lists(role, filled.near):
        if name in COUNTED_ONLY | OF_ALL_PEOPLE:
            continue
        rows = rows_of(client.get(path))
        lists += bool(rows)
        faults += [f"{name} as {role}: {row!r} is not seen" for row in unseen(user, rows)]
    assert not faults, "\n".join(faults)
    assert lists or role == "NONE"


def rows_of(answer: Any) -> list:
    """The rows of a list page, whichever way it turns its pages."""
    page = (getattr(answer, "context", None) or {}).get("page")
    if isinstance(page, keyset.Page):
        return page.rows
    return list(page.object_list) if isinstance(page, Page) else []


def unseen(user: User, rows: list) -> list:
    """Rows that `visible_to` does not give this person."""
    models = {type(row) for row in rows if hasattr(type(row), "_meta")} - SHARED
    kinds = [model for model in models if hasattr(model._default_manager.all(), "visible_to")]
    seen = {model: set(model._default_manager.visible_to(user).values_list("pk", flat=True)) for model in kinds}
    return [row for row in rows if type(row) in seen and row.pk not in seen[type(row)]]


@pytest.mark.parametrize("role", ["OPERATOR", "ORG"])
def test_ta7_the_board_counts_the_sheets_one_sees_and_the_drafts_of_the_same_branches(
    city: City, filled: world.World, cast: dict[str, User], sign_in: Callable[[User], Client], role: str
) -> None:
    """Drafts are counted, not shown: they are those of branches that one sees."""
    add_strangers(city, cast["office"])
    user = cast[matrix.CAST[role]]
    client, cycles = sign_in(user), Cycle.objects.filter(status=Cycle.Status.OPEN)
    branches = city.branch._meta.default_manager.visible_to(user)
    assert cycles
    for cycle in cycles:
        board = client.get("/cycles/board/", {"cycle": cycle.pk}).context["board"]
        theirs = Sheet.objects.filter(cycle=cycle, branch__in=branches).current()
        shown = {status: sum(row.counts.get(status, 0) for row in board.rows) for status in COLUMNS}
        assert shown == {status: theirs.filter(status=status).count() for status in COLUMNS}


@pytest.mark.parametrize(("role", "status"), [("DEPT", "submitted"), ("INSP", "review"), ("LEAD", "review")])
def test_ta7_what_waits_is_counted_among_the_sheets_one_sees(
    city: City, filled: world.World, cast: dict[str, User], sign_in: Callable[[User], Client], role: str, status: str
) -> None:
    add_strangers(city, cast["office"])
    user = cast[matrix.CAST[role]]
    client = sign_in(user)
    panels = client.get("/").context["panels"]
    todos = [todo for panel in panels for todo in panel.todos if todo.url.startswith(QUEUES[status])]
    numbers = [todo.number for todo in todos if role == "DEPT" or f"status={status}" in todo.url]
    seen = Sheet.objects.visible_to(user).current().filter(status=status, cycle__status=Cycle.Status.OPEN).count()
    everybodys = Sheet.objects.filter(status=status, cycle__status=Cycle.Status.OPEN).count()
    assert sum(numbers) == seen  # one entry a cycle in which sheets wait
    assert everybodys > seen > 0
    for todo in todos if role == "DEPT" else ():  # the link leads to exactly what was counted
        assert client.get(todo.url).context["page"].paginator.count == todo.number


def test_ta7_nobody_reads_no_figure(filled: world.World) -> None:
    for path in ("/", "/cycles/board/", "/sheets/"):
        assert Client().get(path)["Location"].startswith("/accounts/login/")
