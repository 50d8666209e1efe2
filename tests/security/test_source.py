"""What the source must not contain (T-A4 and rows 2, 43, 44, 46, 48 of the threats): found by reading its syntax."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import get_resolver
from rest_framework.viewsets import GenericViewSet

from . import addresses

ROOT = Path(settings.BASE_DIR)
APPS = ("branchportal", "branches", "members", "assessments")
FILES = sorted(file for app in APPS for file in (ROOT / app).rglob("*.py") if "migrations" not in file.parts)
TREES = {file.relative_to(ROOT).as_posix(): ast.parse(file.read_text(encoding="utf-8")) for file in FILES}
# Text that is passed on to a page without being escaped: each place and why nothing of a person's can stand in it.
UNESCAPED = {
    "assessments/reports/charts.py": "a chart that the drawing library made of figures",
}
GUARDED = {
    "AuditEntry", "AuditHead", "AuditLink", "Claim", "Decision", "Evidence", "EvidenceLink", "Mark", "MarkCount",
    "Publication", "Result", "SchemeVersion", "Sheet", "Tally",
}  # fmt: skip
CHANGES = {"update", "bulk_update", "bulk_create", "delete", "update_or_create", "get_or_create", "create", "save_base"}
# Files outside `services` that change guarded rows: only what a service calls, or what runs by itself.
DOORS = (
    "services",
    "services.py",
    "audit.py",
    "instances.py",
    "bulk.py",
    "demo",
    "factories",
    "management",
    "tasks.py",
)
STEPS = {  # parts of services that would be too long: `results.services.updating`, `sheets.listing.services`
    "assessments/results/reranking.py",
    "assessments/sheets/listing/sealing.py",
}


def calls() -> Iterator[tuple[str, ast.Call]]:
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield name, node


def places(nodes: Iterator[tuple[str, ast.AST]]) -> list[str]:
    return sorted(f"{name}:{node.lineno} {ast.unparse(node)[:100]}" for name, node in nodes)


def test_ta4_no_form_and_no_serializer_takes_fields_that_it_does_not_name() -> None:
    """Row 44: `fields` is written out, `exclude` is not used."""
    found = []
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.ClassDef) and node.name == "Meta"):
                continue
            for line in (line for line in node.body if isinstance(line, ast.Assign)):
                target = ast.unparse(line.targets[0])
                if target == "exclude" or (target == "fields" and "__all__" in ast.unparse(line.value)):
                    found.append(f"{name}:{line.lineno} {ast.unparse(line)}")
    assert not found, "\n".join(found)


def test_no_request_is_unpacked_into_a_query() -> None:
    """Row 48: `filter(**request.GET)` and the like."""
    sent = re.compile(r"\b(?:GET|POST|FILES|query_params|data|COOKIES|META)\b")
    found = (
        (name, call)
        for name, call in calls()
        for keyword in call.keywords
        if keyword.arg is None and sent.search(ast.unparse(keyword.value)) and "validated" not in ast.unparse(keyword)
        if "request" in ast.unparse(keyword.value)
    )
    assert not places(found)


def test_no_text_is_passed_on_unescaped() -> None:
    """Row 46: `mark_safe` and its kin in the code, `|safe` and `autoescape off` in templates."""
    names = {"mark_safe", "SafeString", "SafeText", "html_safe"}
    found = {
        name: node
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute)
        if (node.id if isinstance(node, ast.Name) else node.attr) in names
    }
    assert not places((name, node) for name, node in found.items() if name not in UNESCAPED)
    unsafe = re.compile(r"\|\s*safe\b|\|\s*safeseq\b|autoescape\s+off")
    templates = {path: path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html")}
    assert not [path.name for path, text in templates.items() if unsafe.search(text)]


def test_no_query_is_put_together_from_text() -> None:
    """Row 48: no `RawSQL`, `extra` or `objects.raw`; `execute` takes no text of a request."""
    found = []
    for name, call in calls():
        said = ast.unparse(call.func)
        is_sql = said.split(".")[-1] in {"RawSQL", "extra"} or said.endswith("objects.raw")
        if is_sql or (said.endswith(".execute") and call.args and "request" in ast.unparse(call.args[0])):
            found.append((name, call))
    assert not places(iter(found))


def test_ti3_guarded_rows_are_changed_in_services_only() -> None:
    """Row 2: one write path. Whatever changes a guarded row from anywhere else is named here."""
    found = []
    for name, call in calls():
        if not (isinstance(call.func, ast.Attribute) and call.func.attr in CHANGES):
            continue
        chain = ast.unparse(call.func.value)
        root = re.match(r"(\w+)\.(?:_base_manager|_default_manager|objects)\b", chain)
        if root and root[1] in GUARDED and name not in STEPS and not set(DOORS) & set(name.split("/")):
            found.append((name, call))
    assert not places(iter(found))


@pytest.mark.parametrize("room", ["views", "viewsets.py", "forms.py", "serializers.py", "filters.py"])
def test_ti3_no_view_form_or_serializer_writes_in_bulk(room: str) -> None:
    """Rows 2 and 44: `update`, `bulk_*` and `delete` of a query stand in services, whatever the model."""
    query = re.compile(r"\.(?:filter|exclude|all|visible_to|objects)\b")
    found = (
        (name, call)
        for name, call in calls()
        if room in name.split("/") and isinstance(call.func, ast.Attribute)
        if call.func.attr in CHANGES - {"create"} and query.search("." + ast.unparse(call.func.value))
    )
    assert not places(found)


def test_every_viewset_narrows_its_rows_by_who_asks() -> None:
    """Row 43: no view set answers from all rows."""
    views = {pattern.callback.cls for pattern in _patterns(get_resolver()) if hasattr(pattern.callback, "actions")}
    assert len(views) >= 5
    for view in views:
        assert issubclass(view, GenericViewSet)
        assert view.queryset is None or view.queryset.query.is_empty(), view
        source = ast.unparse(_class(view))
        assert "visible_to(self.request.user)" in source or "owner=self.request.user" in source, view


def test_no_address_is_left_out_of_the_walk() -> None:
    """The walk over the addresses finds what the resolver has."""
    names = {address.name for address in addresses.addresses()}
    patterns = list(_patterns(get_resolver()))
    assert len(patterns) > 100
    assert {pattern.name for pattern in patterns if pattern.name} <= {name.split(":")[-1] for name in names}


def _patterns(resolver: object) -> Iterator[object]:
    for pattern in resolver.url_patterns:
        yield from _patterns(pattern) if hasattr(pattern, "url_patterns") else [pattern]


def _class(view: type) -> ast.ClassDef:
    tree = TREES[view.__module__.replace(".", "/") + ".py"]
    return next(node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == view.__name__)
