"""T-F7: nobody's change is overwritten unseen, at any address that writes."""

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from assessments.sheets.models import Sheet
from branchportal.models import AuditEntry
from members.models import User

from . import addresses, writes
from .world import World

pytestmark = pytest.mark.django_db


def test_every_address_that_writes_says_how_it_meets_a_stale_save() -> None:
    """A page or operation without a line in `writes.py` fails here."""
    known = {*writes.EDITS, *writes.MOVES, *writes.TRIED, *writes.OTHERS, *writes.ROOMS}
    assert [name for name in writes.names() if name not in known] == []


@pytest.mark.parametrize("path", sorted(set(writes.TRIED.values())))
def test_the_tests_named_are_there(path: str) -> None:
    assert (Path(settings.BASE_DIR) / path).is_file()


def address(name: str, thing: str, filled: World) -> str:
    found = next(each for each in addresses.addresses() if each.name == name and each.method in writes.WRITING)
    return addresses.path_of(found, thing if "pk" in found.pattern else addresses.NO_OBJECT, filled.near)


class Forms(HTMLParser):
    """What each form of a page sends when nothing is touched, by its address."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.found, self.inside, self.select, self.text = page, {}, None, "", None

    def handle_starttag(self, tag: str, pairs: list) -> None:
        said = dict(pairs)
        if tag == "form":
            self.inside = self.found.setdefault(said.get("action") or self.page, {})
        if self.inside is None or (tag != "option" and not said.get("name") and tag not in ("select", "textarea")):
            return
        kind = said.get("type", "text")
        if tag == "input" and (kind not in ("radio", "checkbox", "submit", "file") or "checked" in said):
            self.inside[said["name"]] = said.get("value", "on" if kind == "checkbox" else "")
        elif tag == "select":
            self.select = said["name"]
        elif tag == "option" and "selected" in said:
            self.inside[self.select] = said.get("value", "")
        elif tag == "textarea":
            self.text = said["name"]
            self.inside[self.text] = ""

    def handle_data(self, data: str) -> None:
        if self.text and self.inside is not None:
            self.inside[self.text] += data.strip()

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = None
        if tag == "textarea":
            self.text = None


def form_on(client: Client, page: str, action: str) -> dict[str, str]:
    answer = client.get(page)
    assert answer.status_code == 200, page
    parser = Forms(page)
    parser.feed(answer.content.decode())
    return {name: value for name, value in parser.found[action].items() if name != "csrfmiddlewaretoken"}


@pytest.mark.parametrize("name", sorted(writes.EDITS))
def test_second_editor_gets_both_values_and_chooses(
    name: str, filled: World, cast: dict[str, User], sign_in: Callable[[User], Client]
) -> None:
    case, client = writes.EDITS[name], sign_in(cast[writes.EDITS[name].who])
    action = address(name, case.thing, filled)
    page = reverse(case.page, args=[filled.near[case.thing]]) if case.page else action
    seen = form_on(client, page, action) | case.also
    assert seen["version"], "the form carries the version it was opened with"
    first = client.post(action, seen | case.theirs)
    assert first.status_code == 302, first.content.decode()
    late = client.post(action, seen | case.mine)
    text = late.content.decode()
    assert late.status_code == 409
    (field, theirs), mine = next(iter(case.theirs.items())), next(iter(case.mine.values()))
    table = text[text.index("conflict-table") :]
    assert (theirs in table, mine in table) == (True, True)
    assert field in form_on(client, page, action)
    parser = Forms(action)
    parser.feed(text)
    again = {name: value for name, value in parser.found[action].items() if name != "csrfmiddlewaretoken"}
    assert (again[field], again["version"] != seen["version"]) == (mine, True)
    if f"keep-{field}" in text:
        asked = [row.name for row in late.context["differences"]]
        assert client.post(action, again | {"asked": asked}).status_code == 409
        again |= {"asked": asked, **{f"keep-{each}": "mine" for each in asked}}
    assert client.post(action, again | case.also).status_code == 302
    assert mine in client.get(page).content.decode()


@pytest.mark.parametrize("name", sorted(writes.EDITS))
def test_an_edit_without_a_version_is_no_edit(
    name: str, filled: World, cast: dict[str, User], sign_in: Callable[[User], Client]
) -> None:
    case, client = writes.EDITS[name], sign_in(cast[writes.EDITS[name].who])
    action = address(name, case.thing, filled)
    page = reverse(case.page, args=[filled.near[case.thing]]) if case.page else action
    seen = form_on(client, page, action) | case.also | case.mine
    del seen["version"]
    before = AuditEntry.objects.count()
    assert (client.post(action, seen).status_code, AuditEntry.objects.count()) == (409, before)


@pytest.mark.parametrize("name", sorted(writes.MOVES))
def test_a_step_on_an_old_version_is_refused_and_leaves_no_trace(
    name: str, filled: World, cast: dict[str, User], sign_in: Callable[[User], Client]
) -> None:
    case = writes.MOVES[name]
    _make_ready(name, filled)
    client, before = sign_in(cast[case.who]), AuditEntry.objects.count()
    keys = {"sheets:exempt": {"sheet": filled.near["review"]}}.get(name, {})
    said = {**case.said, **keys, case.version: "99" if case.version == "version" else "0"}
    path = _claim(name, filled) or address(name, case.thing, filled)
    is_api = name.startswith("api:")
    answer = client.post(path, said, **({"content_type": "application/json"} if is_api else {}))
    assert (answer.status_code, AuditEntry.objects.count()) == (409, before), answer.content.decode()


def _claim(name: str, filled: World) -> str:
    """Addresses whose key is a claim."""
    if name == "sheets:claim_decide":
        return reverse(name, args=[filled.near["claim in review"]])
    if name == "sheets:record_take_back":
        return reverse(name, args=[filled.near["record in review"]])
    return ""


def _make_ready(name: str, filled: World) -> None:
    """What must be so before the step may be made at all."""
    if name == "sheets:review_begin":
        Sheet.objects.filter(pk=filled.near["review"]).update(status="passed")


def test_submitting_on_an_old_version_shows_the_check_list_anew(
    filled: World, cast: dict[str, User], sign_in: Callable[[User], Client]
) -> None:
    said = {"version": 99, "meeting_on": "2026-11-20", "meeting_present": 7, "is_truthful": "on"}
    answer = sign_in(cast["secretary"]).post(reverse("sheets:submit", args=[filled.near["draft"]]), said)
    now = Sheet.objects.get(pk=filled.near["draft"]).version
    assert (answer.status_code, f'name="version" value="{now}"' in answer.content.decode()) == (409, True)
    assert 'value="7"' in answer.content.decode()


def test_a_poll_result_entered_meanwhile_is_not_overwritten(
    filled: World, cast: dict[str, User], sign_in: Callable[[User], Client]
) -> None:
    client, sheet = sign_in(cast["reviewer"]), filled.near["submitted"]
    path = reverse("sheets:preliminary_poll", args=[sheet])
    assert client.post(path, {"poll-2.4": "90", "version-2.4": "0"}).status_code == 302
    late = client.post(path, {"poll-2.4": "80", "version-2.4": "0"})
    text = late.content.decode()
    assert (late.status_code, "90" in text, 'value="80"' in text) == (409, True, True)
