"""Password hashes with argon2id. Each call takes about 64 MiB and tens of milliseconds: call it from a thread."""

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()


def _bytes_of(password: str) -> bytes:
    # The same letters typed on another system may be composed differently.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def hash_password(password: str) -> str:
    """The hash to store, with its salt and parameters."""
    return _HASHER.hash(_bytes_of(password))


@cache
def _dummy_hash() -> str:
    return hash_password("nobody has this password")


def is_password(password_hash: str | None, password: str) -> bool:
    """True when the password matches the hash. Without one (no such user, or one without a password) it is False after the same time."""
    try:
        matches = _HASHER.verify(password_hash or _dummy_hash(), _bytes_of(password))
    except (VerificationError, InvalidHashError):
        return False
    return matches and bool(password_hash)
