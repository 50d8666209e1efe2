"""Columns that a copied database does not give away."""

import base64
from pathlib import Path

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection

from branchportal import crypto
from branchportal.crypto import UnreadableError, decrypt, encrypt
from members.models import SecondFactor
from tests.factories.members import make_user

KEY_A, KEY_B = (base64.b64encode(bytes([letter]) * 32).decode() for letter in (1, 2))


@pytest.fixture
def ring(settings: object) -> object:
    settings.FIELD_KEYS = f"a:{KEY_A}"
    return settings


def test_a_text_comes_back_and_never_looks_the_same_twice(ring: object) -> None:
    one, two = encrypt("13800000000", "x"), encrypt("13800000000", "x")
    assert one != two
    assert one.startswith("a$")
    assert "13800000000" not in one
    assert decrypt(one, "x") == decrypt(two, "x") == "13800000000"


def test_new_keys_read_old_values(ring: object) -> None:
    old = encrypt("甲", "x")
    ring.FIELD_KEYS = f"b:{KEY_B},a:{KEY_A}"
    assert decrypt(old, "x") == "甲"
    assert encrypt("乙", "x").startswith("b$")
    ring.FIELD_KEYS = f"b:{KEY_B}"
    with pytest.raises(UnreadableError, match="“a”"):
        decrypt(old, "x")


def test_an_altered_or_moved_value_is_refused(ring: object) -> None:
    stored = encrypt("甲", "x")
    with pytest.raises(UnreadableError):
        decrypt(stored, "another column")
    for at in range(2, len(stored)):
        changed = stored[:at] + ("A" if stored[at] != "A" else "B") + stored[at + 1 :]
        with pytest.raises(UnreadableError):
            decrypt(changed, "x")


@pytest.mark.parametrize("text", ["a", "a:", "a:xyz", f"a:{KEY_A}x", f":{KEY_A}", f"a$b:{KEY_A}", "a:" + KEY_A[:20]])
def test_wrong_keys_stop_the_start(text: str, tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="FIELD_KEYS"):
        crypto.keys(text, tmp_path / "none")


def test_without_a_setting_a_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "field_keys"
    assert crypto.keys("", path) == crypto.keys(" ", path)
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.django_db
def test_the_database_holds_no_plain_text_and_cannot_search_it() -> None:
    factor = SecondFactor.objects.create(user=make_user("a"), secret="00ff" * 10)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM members_secondfactor")
        stored = cursor.fetchone()[0]
    assert "00ff" not in stored
    factor.refresh_from_db()
    assert factor.secret == "00ff" * 10
    with pytest.raises(FieldError):
        SecondFactor.objects.filter(secret="00ff" * 10).exists()
