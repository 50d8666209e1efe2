"""`docs/data-register.md` against the models: no field about people without purpose, basis, time and readers."""

import re
from collections import Counter
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

from members.models import Member, User

FREE = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.BinaryField,
    models.FileField,
    models.GenericIPAddressField,
)
FRAMEWORK = {"auth", "contenttypes"}  # tables of the framework that the portal leaves empty or holds no people
ROW = re.compile(r"^\| (\w+\.\w+) \| ([^|]+) \|(.*)$", re.MULTILINE)


def registered() -> list[tuple[str, str]]:
    text = (Path(settings.BASE_DIR) / "docs" / "data-register.md").read_text()
    return [(row[1], name.strip()) for row in ROW.finditer(text) for name in row[2].split(",")]


def may_hold_people(field: models.Field) -> bool:
    """A reference to a person, or room for a name that somebody types."""
    if field.is_relation:
        return field.related_model in (User, Member)
    return isinstance(field, FREE) and not field.choices


def test_field_register_names_every_field_that_may_hold_people() -> None:
    rows = registered()
    wanted = {
        (model._meta.label, field.name)
        for model in apps.get_models()
        if model._meta.app_label not in FRAMEWORK
        for field in model._meta.concrete_fields
        if may_hold_people(field)
    }
    missing = sorted(".".join(one) for one in wanted - set(rows))
    assert not missing, f"decide where these belong in docs/data-register.md: {', '.join(missing)}"
    gone = sorted(".".join(one) for one in set(rows) - wanted)
    assert not gone, f"rows of docs/data-register.md without a field: {', '.join(gone)}"
    assert [one for one, count in Counter(rows).items() if count > 1] == []


def test_field_register_says_everything_about_fields_of_people() -> None:
    text = (Path(settings.BASE_DIR) / "docs" / "data-register.md").read_text()
    first = text.partition("## 1. ")[2].partition("## 2. ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in first.splitlines() if line.startswith("| ")
    ]
    assert len(rows) > 20
    assert all(len(row) == 7 and all(row) for row in rows), "each row says what, purpose, basis, how long, seen by whom"


@pytest.mark.parametrize("field", [models.ForeignKey(User, models.PROTECT), models.CharField(), models.JSONField()])
def test_field_register_sees_a_new_field(field: models.Field) -> None:
    assert may_hold_people(field)
