"""The ciphers and digests that may stand behind `crypto`: AES-256-GCM with SHA-256, or SM4-GCM with SM3 (国密).

Each cipher has a mark that stands in every stored value, so that both may stand in one column while values move over.
"""

import secrets
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
TAG_BYTES = 16
AES, SM4 = "", "sm4"  # marks; values without one are the oldest kind
DIGESTS: dict[str, type[hashes.HashAlgorithm]] = {AES: hashes.SHA256, SM4: hashes.SM3}


class WrongTag(ValueError):  # noqa: N818 - told from other faults by name
    """The value was not sealed with this key, this cipher and these associated data."""


@cache
def _aes(key: bytes) -> AESGCM:
    return AESGCM(key)


@cache
def _sm4_key(key: bytes) -> algorithms.SM4:
    """SM4 has keys of 16 bytes: one is derived from the ring's 32 by HMAC-SM3."""
    return algorithms.SM4(mac(SM4, key, b"SM4-GCM field key")[:16])


def seal(mark: str, key: bytes, plain: bytes, associated: bytes) -> bytes:
    """Nonce, ciphertext and tag under the cipher of this mark. `key` has 32 bytes."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    if mark == AES:
        return nonce + _aes(key).encrypt(nonce, plain, associated)
    encryptor = Cipher(_sm4_key(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(associated)
    sealed = encryptor.update(plain) + encryptor.finalize()
    return nonce + sealed + encryptor.tag


def unseal(mark: str, key: bytes, data: bytes, associated: bytes) -> bytes:
    """What `seal` was given. Raises: WrongTag for anything altered, cut or of another key."""
    nonce, sealed = data[:NONCE_BYTES], data[NONCE_BYTES:]
    if len(sealed) < TAG_BYTES:
        raise WrongTag("too short")
    try:
        if mark == AES:
            return _aes(key).decrypt(nonce, sealed, associated)
        decryptor = Cipher(_sm4_key(key), modes.GCM(nonce, sealed[-TAG_BYTES:])).decryptor()
        decryptor.authenticate_additional_data(associated)
        return decryptor.update(sealed[:-TAG_BYTES]) + decryptor.finalize()
    except InvalidTag as fault:
        raise WrongTag("altered") from fault


def mac(mark: str, key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 or HMAC-SM3, 32 bytes."""
    made = hmac.HMAC(key, DIGESTS[mark]())
    made.update(message)
    return made.finalize()
