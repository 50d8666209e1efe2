"""Row 43 and T-A3 for lists: filters, orderings, searches and counts tell nothing of rows that one does not see."""

import json
import logging
import re
from collections.abc import Callable, Iterator

import pytest
from django.db.models import QuerySet
from django.test import Client

from assessments.results.models import Publication, Result, Tally
from assessments.sheets.models import Claim, Sheet
from branches.models import Branch, Organization
from members.models import Member, User

from . import addresses, junk, matrix, world
from .matrix import ANSWERED, Row

pytestmark = [pytest.mark.django_db, pytest.mark.asked_once]
TABLE = matrix.read()
BOUND = ("SEC", "DEPUTY", "DEPT", "INSP", "LEAD", "NONE")
LISTS = [one for one in addresses.addresses() if one.method == "GET" and "pk>" not in one.pattern]
ORDERS = ("ordering", "order", "order_by", "sort", "o")
HIDDEN = ("password", "-frozen", "review_total_up", "user__password", "branch__sheets__review_total_up", "-total_up")
SEARCHES = ("q", "search", "branch", "organization", "name", "unit", "sector", "team", "tally", "cycle")
MODELS = {"branches": Branch, "sheets": Sheet, "results": Result, "rankings": Tally}
VARIES = re.compile(rb'(csrfmiddlewaretoken" value=|X-CSRFToken": )"\w+"')


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def open_lists(role: str, near: world.Keys) -> Iterator[tuple[str, str]]:
    """Lists that answer the role: their names and paths."""
    for one in LISTS:
        if TABLE.get(Row(one.name, "GET", addresses.NO_OBJECT), {}).get(role) == ANSWERED and "<" not in one.pattern:
            yield one.name, addresses.path_of(one, addresses.NO_OBJECT, near)


@pytest.mark.parametrize("role", BOUND)
def test_ta3_no_list_tells_of_strangers_whatever_it_is_asked(
    filled: world.World, cast: dict[str, User], sign_in: Callable[[User], Client], role: str
) -> None:
    """Foreign keys, codes and names as the value of each parameter that the page or operation reads."""
    client, faults, asked = sign_in(cast[matrix.CAST[role]]), [], 0
    stranger = Branch.objects.get(pk=filled.far["branch"])
    values = [str(stranger.pk), stranger.code]
    for name, path in open_lists(role, filled.near):
        fields = {*SEARCHES, *(field for field in junk.fields_of(path) if len(field) < 20)}
        for value in values:
            for field in fields if name.startswith("api:") else [None]:
                query = {field: value} if field else dict.fromkeys(fields, value)
                body = client.get(path, query).content
                asked += 1
                if world.STRANGE.encode() in body:
                    faults.append(f"{name} as {role}: {query} tells of strangers")
        echo = client.get(path, {"q": "外单位党支", "search": "外单位党支"}).content
        if world.STRANGE.encode() in echo:
            faults.append(f"{name} as {role}: finds a stranger by name")
    assert not faults, "\n".join(faults)
    assert asked >= 20


@pytest.mark.parametrize("role", BOUND)
def test_ta3_no_list_is_ordered_by_what_is_not_shown(
    filled: world.World, cast: dict[str, User], sign_in: Callable[[User], Client], role: str
) -> None:
    """An unknown order changes nothing on a page and is refused by the API; a hidden column is an oracle otherwise."""
    client, faults = sign_in(cast[matrix.CAST[role]]), []
    for name, path in open_lists(role, filled.near):
        if name in ("api:schema", "api:docs", "favicon", "members:login"):
            continue
        if name.startswith("api:"):
            refused = [client.get(path, {order: column}).status_code for order in ORDERS for column in HIDDEN]
            if set(refused) != {400}:
                faults.append(f"{name} as {role}: {set(refused)}")
            continue
        plain, rows = client.get(path), None
        rows = rows_shown(plain)
        for column in HIDDEN[:2]:
            answer = client.get(path, dict.fromkeys(ORDERS, column))
            if answer.status_code not in (200, 302, 404) or (answer.status_code == 200 and rows_shown(answer) != rows):
                faults.append(f"{name} as {role}: {column} changes the list ({answer.status_code})")
    assert not faults, "\n".join(faults)


def rows_shown(answer: object) -> list[str]:
    """The rows of the page in their order, without links that repeat the query."""
    text = VARIES.sub(b"", answer.content).decode()
    return [re.sub(r"<[^>]+>|\s+", "", row) for row in re.findall(r"<tr.*?</tr>", text, re.DOTALL)]


@pytest.mark.parametrize("role", matrix.ROLES[1:])
def test_ta3_the_api_counts_what_is_seen_and_no_more(
    filled: world.World, cast: dict[str, User], sign_in: Callable[[User], Client], role: str
) -> None:
    user = cast[matrix.CAST[role]]
    client = sign_in(user)
    for name, model in MODELS.items():
        answer = json.loads(client.get(f"/api/v1/{name}/", {"page_size": 200}).content)
        assert answer["count"] == model.objects.visible_to(user).count() == len(answer["results"]), name
        far = client.get(f"/api/v1/{name}/", {"page": 2})
        assert far.status_code == 404


@pytest.mark.parametrize("role", matrix.ROLES[1:])
def test_ta3_pages_count_what_is_seen_and_no_more(
    filled: world.World, cast: dict[str, User], sign_in: Callable[[User], Client], role: str
) -> None:
    """The number of rows that a list announces is that of the rows its reader sees."""
    user = cast[matrix.CAST[role]]
    client, seen = sign_in(user), {
        "/organizations/branches/": Branch.objects.visible_to(user).filter(is_active=True),
        "/people/members/": Member.objects.visible_to(user).filter(is_active=True),
    }  # fmt: skip
    for path, rows in seen.items():
        answer = client.get(path)
        if answer.status_code == 200 and "page" in (answer.context or {}):
            assert answer.context["page"].paginator.count == rows.count(), path


@pytest.mark.parametrize("role", ["SEC", "DEPUTY", "DEPT", "INSP", "LEAD"])
def test_ta3_nobody_sees_more_by_seeing_related_rows(filled: world.World, cast: dict[str, User], role: str) -> None:
    """What is below a row that one does not see is not seen either: sheets, claims, results of strangers."""
    user = cast[matrix.CAST[role]]
    branches = set(Branch.objects.visible_to(user).values_list("pk", flat=True))
    below: dict[str, QuerySet] = {
        "sheets": Sheet.objects.visible_to(user).values_list("branch_id", flat=True),
        "claims": Claim.objects.visible_to(user).values_list("sheet__branch_id", flat=True),
        "results": Result.objects.visible_to(user).values_list("branch_id", flat=True),
        "members": Member.objects.visible_to(user).values_list("branch_id", flat=True),
    }
    assert {name: set(keys) - branches for name, keys in below.items()} == {name: set() for name in below}
    assert filled.far["branch"] not in branches
    assert filled.far["organization"] not in Organization.objects.visible_to(user).values_list("pk", flat=True)
    assert not Publication.objects.visible_to(user).filter(status="prepared").exists()
    assert not Tally.objects.visible_to(user).filter(status__in=("candidate", "discarded")).exists()


@pytest.mark.parametrize("role", BOUND)
def test_ta3_lists_hold_no_draft_no_candidate_and_no_strange_organization(
    filled: world.World, cast: dict[str, User], sign_in: Callable[[User], Client], role: str
) -> None:
    """What a list must leave out for those who are bound to their own branches, by the links it would show."""
    client, near = sign_in(cast[matrix.CAST[role]]), filled.near
    unseen = {
        "/organizations/": "外单位党委",
        "/schemes/": f'href="/schemes/{near["scheme draft"]}/',
        "/results/publications/": f'href="/results/publications/{near["prepared"]}/',
        "/results/ranking/": f'value="{near["candidate"]}" ',
    }
    shown = {path: client.get(path).content.decode() for path in unseen}
    assert [path for path, text in unseen.items() if text in shown[path]] == []


def test_ta3_the_office_sees_what_the_others_do_not(
    filled: world.World, office: User, sign_in: Callable[[User], Client]
) -> None:
    """Else the lists above would be empty for want of something to leave out."""
    client, near = sign_in(office), filled.near
    assert "外单位党委" in client.get("/organizations/").content.decode()
    assert f'href="/schemes/{near["scheme draft"]}/' in client.get("/schemes/").content.decode()
    assert f'href="/results/publications/{near["prepared"]}/' in client.get("/results/publications/").content.decode()
