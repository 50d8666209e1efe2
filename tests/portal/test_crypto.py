"""Columns that a copied database does not give away."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection

from branchportal import crypto
from branchportal.crypto import UnreadableError, decrypt, encrypt
from members.models import SecondFactor
from tests.factories.members import make_user

KEY_A, KEY_B = (base64.b64encode(bytes([letter]) * 32).decode() for letter in (1, 2))


@pytest.fixture(params=["aes", "sm"])
def ring(settings: object, request: pytest.FixtureRequest) -> object:
    """One key; every test of it runs under both ciphers (T-C6)."""
    settings.FIELD_KEYS, settings.CIPHERS = f"a:{KEY_A}", request.param
    return settings


def test_a_text_comes_back_and_never_looks_the_same_twice(ring: object) -> None:
    one, two = encrypt("13800000000", "x"), encrypt("13800000000", "x")
    assert one != two
    assert one.startswith("a$" if ring.CIPHERS == "aes" else "a:sm4$")
    assert "13800000000" not in one
    assert decrypt(one, "x") == decrypt(two, "x") == "13800000000"


def test_new_keys_read_old_values(ring: object) -> None:
    old = encrypt("甲", "x")
    ring.FIELD_KEYS = f"b:{KEY_B},a:{KEY_A}"
    assert decrypt(old, "x") == "甲"
    assert encrypt("乙", "x").startswith("b")
    ring.FIELD_KEYS = f"b:{KEY_B}"
    with pytest.raises(UnreadableError, match="“a”"):
        decrypt(old, "x")


def test_an_altered_or_moved_value_is_refused(ring: object) -> None:
    stored = encrypt("甲", "x")
    with pytest.raises(UnreadableError):
        decrypt(stored, "another column")
    for at in range(1, len(stored)):
        changed = stored[:at] + ("A" if stored[at] != "A" else "B") + stored[at + 1 :]
        with pytest.raises(UnreadableError):
            decrypt(changed, "x")


@pytest.mark.parametrize(
    "text", ["a", "a:", "a:xyz", f"a:{KEY_A}x", f":{KEY_A}", f"a$b:{KEY_A}", f"a:sm4:{KEY_A}", "a:" + KEY_A[:20]]
)
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


def test_both_ciphers_read_what_either_wrote_and_codes_are_found_again(settings: object) -> None:
    settings.FIELD_KEYS, settings.CIPHERS = f"a:{KEY_A}", "aes"
    old, digest = encrypt("13800000000", "x"), crypto.keyed_digest("code", "y")
    settings.CIPHERS = "sm"
    new = encrypt("13800000000", "x")
    assert (decrypt(old, "x"), decrypt(new, "x")) == ("13800000000", "13800000000")
    assert crypto.keyed_digest("code", "y") != digest
    assert {digest, crypto.keyed_digest("code", "y")} == set(crypto.known_digests("code", "y"))
    settings.CIPHERS = "aes"
    assert decrypt(new, "x") == "13800000000"
    with pytest.raises(UnreadableError):
        decrypt(new.replace(":sm4", ""), "x")


def test_sm4_and_sm3_are_the_published_ones() -> None:
    """RFC 8998 A.1 for SM4-GCM through the library, GB/T 32905 for SM3."""
    key = algorithms.SM4(bytes.fromhex("0123456789abcdeffedcba9876543210"))
    nonce = bytes.fromhex("00001234567800000000abcd")
    plain = bytes.fromhex("".join(pair * 8 for pair in ("aa", "bb", "cc", "dd", "ee", "ff", "ee", "aa")))
    encryptor = Cipher(key, modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"))
    encryptor.update(plain) + encryptor.finalize()
    assert encryptor.tag.hex() == "83de3541e4c2b58177e065a9bf7b62ec"
    digest = hashes.Hash(hashes.SM3())
    digest.update(b"abc")
    assert digest.finalize().hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


@pytest.mark.django_db
def test_a_new_key_in_the_file_is_found_by_a_process_that_runs(settings: object, tmp_path: Path) -> None:
    settings.FIELD_KEYS, settings.FIELD_KEYS_FILE = "", str(tmp_path / "keys")
    crypto._ring.cache_clear()
    old = encrypt("甲", "x")
    before = crypto._ring("")
    assert crypto.renew_file_key(tmp_path / "keys") == "k2"
    new = encrypt("乙", "x")
    assert (decrypt(old, "x"), decrypt(new, "x")) == ("甲", "乙")
    assert new.startswith("k2")
    assert set(before) == {"k1"}
    crypto._ring.cache_clear()
