"""An upload on its way to the blob store: counted, hashed and sniffed as it passes, never held in memory."""

import hashlib
import re
import unicodedata
from collections.abc import AsyncIterator

from core.errors import Invalid
from core.kinds import kind_of
from core.unseen import seen
from ingestion.documents.quotas import Headroom
from parsing.sniff import containers
from parsing.sniff.sniff import HEAD_BYTES, TAIL_BYTES, sniff

LONGEST_TITLE = 255
NOT_SHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Incoming:
    """The pieces of a file, to be read once.

    Args:
        headroom: what the person who brings it may bring.
    """

    def __init__(self, stream: AsyncIterator[bytes], filename: str, headroom: Headroom) -> None:
        self._stream = stream
        self._headroom = headroom
        self._kind: str | None = None  # not known yet
        self._hash = hashlib.sha256()
        self._head = b""
        self._tail = b""
        self.title = title_of(filename)
        self.size_bytes = 0

    async def pieces(self) -> AsyncIterator[bytes]:
        """The bytes as they come.

        Raises:
            TooLarge, QuotaExceeded: more than allowed, noticed at the first byte beyond.
            UnsupportedType: the first bytes are of no kind that can be read, or that is accepted.
        """
        async for piece in self._stream:
            self.size_bytes += len(piece)
            self._headroom.require_size(self.size_bytes, self._kind)
            self._hash.update(piece)
            self._look_at(piece)
            yield piece

    @property
    def sha256(self) -> str:
        """Of all bytes so far, in hex."""
        return self._hash.hexdigest()

    @property
    def mime_type(self) -> str:
        """What the whole file is. Raises Invalid when it is empty, UnsupportedType, TooLarge."""
        if self.size_bytes == 0:
            raise Invalid("The file is empty.")
        return judge(self._head, self._tail, self.title, self.size_bytes, self._headroom)

    def _look_at(self, piece: bytes) -> None:
        self._tail = (self._tail + piece)[-TAIL_BYTES:]
        if len(self._head) < HEAD_BYTES:
            self._head += piece[: HEAD_BYTES - len(self._head)]
            if len(self._head) == HEAD_BYTES:
                self._judge_beginning()

    def _judge_beginning(self) -> None:
        found = sniff(self._head, b"", self.title)
        if not self._head.startswith((containers.ZIP_MARK, containers.OLE_MARK)):  # their ends say what they are
            self._kind = kind_of(found)
            self._headroom.require_type(found, self.size_bytes)


def judge(head: bytes, tail: bytes, name: str, size_bytes: int, headroom: Headroom) -> str:
    """The MIME type of a whole file. Raises UnsupportedType, TooLarge, QuotaExceeded when it may not be brought."""
    found = sniff(head, tail, name)
    headroom.require_type(found, size_bytes)
    return found


def title_of(filename: str) -> str:
    """A file's name fit to be shown: no control or direction marks, no way out of a folder, not too long."""
    shown = seen(NOT_SHOWN.sub("", unicodedata.normalize("NFC", filename))).replace("\\", "/")
    parts = [part.strip() for part in shown.split("/")]
    return "/".join(part for part in parts if part not in ("", ".", ".."))[-LONGEST_TITLE:] or "document"
