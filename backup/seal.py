"""Encryption of a backup's parts: AES-256-GCM in chunks, so that a part of any size is checked while it is read.

A sealed part is ``FNB1``, 8 random bytes, then chunks: 4 bytes of length (the highest bit marks the last chunk), the encrypted bytes, a tag
of 16 bytes. The nonce of a chunk is the 8 bytes and its number; its additional data are the name of the part, the number and the mark. So a
chunk that was changed, moved, taken out or cut off at the end is noticed, and so is a part under another part's name.
"""

import secrets
import struct
from collections.abc import AsyncIterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from core.errors import Invalid

MAGIC = b"FNB1"
CHUNK_BYTES = 1024 * 1024
LAST = 1 << 31
TAG_BYTES = 16
LEAST_KEY = 16  # characters
SALT_BYTES = 16
_SCRYPT = {"n": 2**15, "r": 8, "p": 1}
DAMAGED = "The backup is damaged: {name} is not what was written. Nothing was restored."


class Seal:
    """Encrypts and decrypts the parts of one backup.

    Args:
        passphrase: what the operator gave.
        salt: of this backup, stored in its manifest.
    """

    def __init__(self, passphrase: str, salt: bytes) -> None:
        key = Scrypt(salt=salt, length=32, **_SCRYPT).derive(passphrase.encode())
        self._cipher = AESGCM(key)

    async def sealed(self, name: str, content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The bytes of a sealed part."""
        prefix = secrets.token_bytes(8)
        yield MAGIC + prefix
        number, waiting = 0, bytearray()
        async for piece in content:
            waiting += piece
            while len(waiting) > CHUNK_BYTES:  # one is kept back: the last one is marked
                yield self._chunk(name, prefix, number, bytes(waiting[:CHUNK_BYTES]), is_last=False)
                del waiting[:CHUNK_BYTES]
                number += 1
        yield self._chunk(name, prefix, number, bytes(waiting), is_last=True)

    async def opened(self, name: str, content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The bytes of a part that was sealed.

        Raises:
            Invalid: it was changed or cut off, or the key is another one.
        """
        reader = _Reader(content, DAMAGED.format(name=name))
        if await reader.take(4) != MAGIC:
            raise Invalid(DAMAGED.format(name=name))
        prefix, number, is_last = await reader.take(8), 0, False
        while not is_last:
            (head,) = struct.unpack(">I", await reader.take(4))
            is_last = bool(head & LAST)
            size_bytes = head & ~LAST
            if size_bytes > CHUNK_BYTES:
                raise Invalid(DAMAGED.format(name=name))
            try:
                data = await reader.take(size_bytes + TAG_BYTES)
                yield self._cipher.decrypt(_nonce(prefix, number), data, _bound(name, number, is_last))
            except InvalidTag as error:
                raise Invalid(DAMAGED.format(name=name)) from error
            number += 1
        await reader.require_end()

    def _chunk(self, name: str, prefix: bytes, number: int, data: bytes, *, is_last: bool) -> bytes:
        head = struct.pack(">I", len(data) | (LAST if is_last else 0))
        return head + self._cipher.encrypt(_nonce(prefix, number), data, _bound(name, number, is_last))


class _Reader:
    """Exact numbers of bytes of a stream."""

    def __init__(self, content: AsyncIterator[bytes], complaint: str) -> None:
        self._content = content
        self._complaint = complaint
        self._waiting = bytearray()

    async def take(self, size_bytes: int) -> bytes:
        """The next bytes. Raises Invalid when there are fewer."""
        while len(self._waiting) < size_bytes:
            piece: bytes | None = await anext(self._content, None)
            if piece is None:
                raise Invalid(self._complaint)
            self._waiting += piece
        taken = bytes(self._waiting[:size_bytes])
        del self._waiting[:size_bytes]
        return taken

    async def require_end(self) -> None:
        """Raise Invalid when there are more bytes."""
        rest: bytes | None = await anext(self._content, None)
        if self._waiting or rest:
            raise Invalid(self._complaint)


def new_salt() -> bytes:
    """A salt for a new backup."""
    return secrets.token_bytes(SALT_BYTES)


def key_of(file: Path | None, variable: str | None) -> str | None:
    """The key that was given, in a file or in the environment; None: none was.

    Raises:
        Invalid: the file cannot be read, or the key is too short to protect anything.
    """
    if file is not None:
        try:
            key = file.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Invalid(f"The key file {file} cannot be read.") from error
    else:
        key = (variable or "").strip()
        if not key:
            return None
    if len(key) < LEAST_KEY:
        raise Invalid(f"The key needs at least {LEAST_KEY} characters.")
    return key


def _nonce(prefix: bytes, number: int) -> bytes:
    return prefix + struct.pack(">I", number)


def _bound(name: str, number: int, is_last: bool) -> bytes:
    return f"{name}\0{number}\0{int(is_last)}".encode()
