"""Columns that a copied database does not give away: AES-256-GCM with a key from outside, named in every value.

A stored value is `KEY-ID$base64(nonce + ciphertext + tag)`. Keys come from FIELD_KEYS (`id:base64,…`; the first one
encrypts, the others still decrypt, so that keys can be renewed), otherwise from a file made at the first start. The
column's name is authenticated with the value: a value copied into another column is refused.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

NONCE_BYTES = 12
KEY_BYTES = 32


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
        if not name or "$" in name or len(key) != KEY_BYTES:
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


def encrypt(plain: str, purpose: str) -> str:
    """The stored form of a text; two calls never give the same. `purpose` must be given again to read it."""
    name, key = next(iter(_keys().items()))
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, plain.encode(), purpose.encode())
    return f"{name}${base64.b64encode(nonce + sealed).decode()}"


def decrypt(stored: str, purpose: str) -> str:
    """The text of a stored form. Raises: UnreadableError when its key is missing or anything was altered."""
    name, dollar, encoded = stored.partition("$")
    key = _keys().get(name)
    if not dollar or key is None:
        raise UnreadableError(f"The key “{name}” of an encrypted value is not among FIELD_KEYS.")
    try:
        data = base64.b64decode(encoded, validate=True)
        if base64.b64encode(data).decode() != encoded:
            raise ValueError
        return AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], purpose.encode()).decode()
    except (InvalidTag, binascii.Error, ValueError) as fault:
        raise UnreadableError("An encrypted value was altered, or belongs to another column.") from fault


def keyed_digest(text: str, purpose: str) -> str:
    """Hex HMAC-SHA256 under the portal's secret: to keep a code that is only ever compared."""
    return hmac.new(settings.SECRET_KEY.encode(), f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


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
