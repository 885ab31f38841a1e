"""A file on its way to the blob store: counted, hashed and looked at while it passes, never held."""

import hashlib
import re
import unicodedata
from collections.abc import AsyncIterator

from core.errors import Invalid, TooLarge
from ingestion.sniff import HEAD_BYTES, TAIL_BYTES, sniff

LONGEST_TITLE = 255
NOT_SHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Incoming:
    """The pieces of a file, to be read once.

    Args:
        max_bytes: the largest size accepted.
    """

    def __init__(self, stream: AsyncIterator[bytes], filename: str, max_bytes: int) -> None:
        self._stream = stream
        self._max_bytes = max_bytes
        self._hash = hashlib.sha256()
        self._head = b""
        self._tail = b""
        self.title = title_of(filename)
        self.size_bytes = 0

    async def pieces(self) -> AsyncIterator[bytes]:
        """The bytes as they come.

        Raises:
            TooLarge: more than allowed, noticed at the first byte beyond.
            UnsupportedType: the first bytes are of no kind that can be read.
        """
        async for piece in self._stream:
            self.size_bytes += len(piece)
            if self.size_bytes > self._max_bytes:
                raise TooLarge(f"The file is larger than the {_in_words(self._max_bytes)} that are allowed.")
            self._hash.update(piece)
            self._look_at(piece)
            yield piece

    @property
    def sha256(self) -> str:
        """Of all bytes so far, in hex."""
        return self._hash.hexdigest()

    @property
    def mime_type(self) -> str:
        """What the whole file is. Raises Invalid when it is empty, UnsupportedType."""
        if self.size_bytes == 0:
            raise Invalid("The file is empty.")
        return sniff(self._head, self._tail, self.title)

    def _look_at(self, piece: bytes) -> None:
        self._tail = (self._tail + piece)[-TAIL_BYTES:]
        if len(self._head) < HEAD_BYTES:
            self._head += piece[: HEAD_BYTES - len(self._head)]
            if len(self._head) == HEAD_BYTES:
                sniff(self._head, b"", self.title)


def title_of(filename: str) -> str:
    """A file's name fit to be shown: no control or direction marks, no way out of a folder, not too long."""
    shown = NOT_SHOWN.sub("", unicodedata.normalize("NFC", filename)).replace("\\", "/")
    parts = [part.strip() for part in shown.split("/")]
    return "/".join(part for part in parts if part not in ("", ".", ".."))[-LONGEST_TITLE:] or "document"


def _in_words(size_bytes: int) -> str:
    return f"{size_bytes / 1024**2:.0f} MB" if size_bytes >= 1024**2 else f"{size_bytes / 1024:.0f} KB"
