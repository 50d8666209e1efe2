"""Every action that the code can write into the audit trail is told in Chinese words, never as a code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from assessments.inspections.models import Finding, Rectification, Visit
from assessments.inspections.services.visits import PAST
from branches.resources import BranchResource, OrganizationResource, UnitResource
from members.auditing.words import action_words
from members.resources import AccountResource, MemberResource

ROOT = Path(__file__).parents[2]
APPS = ("branchportal", "branches", "members", "assessments")
ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
WRITERS = ("record", "entry", "change_row", "run", "_move", "_store_password", "_add_marks", "_audit")
FILES = (".html", ".json", ".jsonl", ".po", ".log", ".zip", ".xml", ".dump")
MADE_UP = {  # f-strings: file -> every action that it can write
    "assessments/inspections/services/visits.py": [f"visit.{past}" for past in PAST.values()],
    "assessments/inspections/services/files.py": [
        f"{model._meta.model_name}.{verb}" for model in (Visit, Finding, Rectification)
        for verb in ("file_added", "file_removed")
    ],
    "assessments/inspections/services/rectifications.py": [
        f"rectification.{event}" for event in ("answered", "closed", "returned", "deadline_moved")
    ],
    "branches/imports/resource.py": [
        f"{resource.action}.{verb}"
        for resource in (UnitResource, OrganizationResource, BranchResource, AccountResource, MemberResource)
        for verb in ("imported", "import_changed")
    ],
}  # fmt: skip


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module that writes audit rows, with its path."""
    for name in APPS:
        for path in (ROOT / name).rglob("*.py"):
            text = path.read_text()
            if "migrations" not in path.parts and re.search(r"\baudit\.(record|entry)|\bchange_row\b|_move\(", text):
                yield path.relative_to(ROOT).as_posix(), ast.parse(text)


def is_task(text: str) -> bool:
    """Tasks are named after their package: `results.run_tally`."""
    package = text.partition(".")[0]
    return package in ("portal", *APPS) or (ROOT / "assessments" / package / "__init__.py").exists()


def written() -> dict[str, str]:
    """Action -> a file that writes it: each text of the form `object.verb` in such a module that is no task or file."""
    found = {}
    for path, tree in modules():
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and ACTION.fullmatch(text) and not text.endswith(FILES) and not is_task(text):
                found[text] = path
    return found | {action: path for path, actions in MADE_UP.items() for action in actions}


def made_up() -> set[str]:
    """Files in which an action is put together by an f-string."""
    calls = [(path, node) for path, tree in modules() for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        path
        for path, call in calls
        if getattr(call.func, "attr", "") in ("record", "entry")
        and any(isinstance(a, ast.JoinedStr) for a in call.args)
    }


def test_the_actions_put_together_are_known_here():
    assert made_up() == set(MADE_UP)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_action_has_words(language):
    actions = written()
    assert len(actions) > 150
    with translation.override(language):
        codes = {action: path for action, path in actions.items() if re.search(r"[a-z]_[a-z]", action_words(action))}
        untold = (
            [] if language == "en" else [action for action in actions if re.search("[a-z]{3}", action_words(action))]
        )
    assert codes == {}
    assert untold == []


def test_an_action_without_words_shows_its_code():
    assert action_words("moon.landed_on") == "moon：landed_on"
