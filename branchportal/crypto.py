"""Columns that a copied database does not give away: encrypted with a key from outside, named in every value.

A stored value is `KEY-ID$base64(nonce + ciphertext + tag)` under AES-256-GCM, `KEY-ID:sm4$…` under SM4-GCM
(`CIPHERS=sm`). Keys come from FIELD_KEYS (`id:base64,…`; the first one encrypts, the others still decrypt, so that keys
can be renewed: `manage.py rotate_keys`), otherwise from a file made at the first start. The column's name is
authenticated with the value: a value copied into another column is refused.
"""

import base64
import binascii
import json
import os
import secrets
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from . import ciphers

KEY_BYTES = 32
MARKS = {"aes": ciphers.AES, "sm": ciphers.SM4}  # settings.CIPHERS: the mark of its cipher


class UnreadableError(ValueError):
    """An encrypted value whose key is missing, or that was altered."""


def keys(text: str, path: Path) -> dict[str, bytes]:
    """Keys by id, the encrypting one first: from `text` (`id:base64,…`), else from the file, made when absent."""
    if not text.strip():
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(f"k1:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}")
        text = path.read_text()
    found: dict[str, bytes] = {}
    for part in text.strip().split(","):
        name, _colon, encoded = part.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not name or set(name) & set("$:") or len(key) != KEY_BYTES:
            raise ImproperlyConfigured("FIELD_KEYS holds a key that is not ID:BASE64 of 32 bytes.")
        found[name] = key
    return found


@cache
def _ring(text: str) -> dict[str, bytes]:
    return keys(text, Path(settings.FIELD_KEYS_FILE))


def _keys() -> dict[str, bytes]:
    return _ring(settings.FIELD_KEYS)


def keys_text() -> str:
    """The keys in use as FIELD_KEYS is written, to be kept apart from a backup."""
    return ",".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in _keys().items())


def renew_file_key(path: Path) -> str:
    """Put a new key in front of those in the file and give its id. Raises: ImproperlyConfigured with FIELD_KEYS."""
    if settings.FIELD_KEYS.strip():
        raise ImproperlyConfigured("The keys come from FIELD_KEYS: put a new one in front there, then rotate.")
    known = keys("", path)
    number = 1 + max((int(name[1:]) for name in known if name[:1] == "k" and name[1:].isdigit()), default=0)
    new = f"k{number}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{new},{path.read_text().strip()}")
    part.replace(path)
    _ring.cache_clear()
    return f"k{number}"


def current_head() -> str:
    """What stands before the `$` of a value that is encrypted now: key id and, but for AES, the cipher's mark."""
    mark = MARKS[settings.CIPHERS]
    name = next(iter(_keys()))
    return f"{name}:{mark}" if mark else name


def encrypt(plain: str, purpose: str) -> str:
    """The stored form of a text; two calls never give the same. `purpose` must be given again to read it."""
    head = current_head()
    name, _colon, mark = head.partition(":")
    sealed = ciphers.seal(mark, _keys()[name], plain.encode(), purpose.encode())
    return f"{head}${base64.b64encode(sealed).decode()}"


def decrypt(stored: str, purpose: str) -> str:
    """The text of a stored form. Raises: UnreadableError when its key is missing or anything was altered."""
    head, dollar, encoded = stored.partition("$")
    name, _colon, mark = head.partition(":")
    key = _key(name) if dollar else None
    if key is None or mark not in ciphers.DIGESTS:
        raise UnreadableError(f"The key “{name[:20] if dollar else ''}” of an encrypted value is not among FIELD_KEYS.")
    try:
        data = base64.b64decode(encoded, validate=True)
        if base64.b64encode(data).decode() != encoded:
            raise ValueError
        return ciphers.unseal(mark, key, data, purpose.encode()).decode()
    except (binascii.Error, ValueError) as fault:
        raise UnreadableError("An encrypted value was altered, or belongs to another column.") from fault


def _key(name: str) -> bytes | None:
    """A key of the ring; another process may have put a new one into the file meanwhile."""
    if name not in _keys() and not settings.FIELD_KEYS.strip():
        _ring.cache_clear()
    return _keys().get(name)


def keyed_digest(text: str, purpose: str) -> str:
    """Hex HMAC under the portal's secret (SHA-256 or SM3, `CIPHERS`): to keep a code that is only ever compared."""
    return _digest(MARKS[settings.CIPHERS], text, purpose)


def known_digests(text: str, purpose: str) -> list[str]:
    """The digest under every algorithm, to find what was kept before `CIPHERS` was changed."""
    return [_digest(mark, text, purpose) for mark in ciphers.DIGESTS]


def _digest(mark: str, text: str, purpose: str) -> str:
    return ciphers.mac(mark, settings.SECRET_KEY.encode(), f"{purpose}\0{text}".encode()).hex()


class EncryptedField(models.TextField):
    """A text that is encrypted in the database and plain in Python. It cannot be searched or sorted by."""

    def get_prep_value(self, value: str | None) -> str | None:
        value = super().get_prep_value(value)
        return encrypt(value, self._purpose) if value else value

    def from_db_value(self, value: str | None, *args: object) -> str | None:
        return decrypt(value, self._purpose) if value else value

    @property
    def _purpose(self) -> str:
        return f"{self.model._meta.label_lower}.{self.name}"

    def get_lookup(self, lookup_name: str) -> type[models.Lookup] | None:
        """Only “is empty” can be asked of the database."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


class EncryptedJSONField(EncryptedField):
    """A JSON value that is encrypted in the database, whole."""

    def get_prep_value(self, value: object) -> str | None:
        return super().get_prep_value(json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder))

    def from_db_value(self, value: str | None, *args: object) -> object:
        return json.loads(super().from_db_value(value, *args) or "null")

    def to_python(self, value: object) -> object:
        return value
