"""The text of API keys: ``fn_``, the key's id, and 256 random bits of which only a hash is stored."""

import re
import secrets
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from uuid import UUID

PREFIX = "fn_"
_TEXT = re.compile(r"\Afn_([0-9a-f]{32})_([A-Za-z0-9_-]{43})\Z", re.ASCII)
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class SecretKey:
    """An API key as its owner holds it."""

    key_id: UUID
    secret: str

    @classmethod
    def new(cls, key_id: UUID) -> "SecretKey":
        """A key with a random secret."""
        return cls(key_id, secrets.token_urlsafe(_SECRET_BYTES))

    @classmethod
    def read(cls, text: str) -> "SecretKey | None":
        """The key in a text; None when the text is none."""
        match = _TEXT.match(text)
        return None if match is None else cls(UUID(match[1]), match[2])

    def __str__(self) -> str:
        return f"{PREFIX}{self.key_id.hex}_{self.secret}"

    @property
    def secret_hash(self) -> bytes:
        """SHA-256 of the secret: 256 random bits need no slow hash."""
        return sha256(self.secret.encode()).digest()

    def has_hash(self, stored: bytes) -> bool:
        """True when its secret has this hash; takes the same time for every other hash."""
        return compare_digest(self.secret_hash, stored)


def is_key(token: str) -> bool:
    """True for a bearer token that is meant as an API key, whether it is one or not."""
    return token.startswith(PREFIX)


def hint_of(key_id: UUID) -> str:
    """The beginning of a key, by which its owner recognises it; no part of the secret."""
    return f"{PREFIX}{key_id.hex[:8]}…"
