"""An upload on its way to the blob store: counted, hashed and sniffed piece by piece, never held in memory."""

import hashlib
import re
import unicodedata
from collections.abc import AsyncIterator

from core.errors import Invalid
from core.kinds import kind_of
from core.storable import storable
from core.unseen import seen
from ingestion.documents.quotas import Headroom
from parsing.sniff import containers
from parsing.sniff.sniff import HEAD_BYTES, TAIL_BYTES, sniff

LONGEST_TITLE = 255
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Incoming:
    """The pieces of a file, to be read once.

    Args:
        headroom: what the uploading person may upload.
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
        """Yields the bytes of the upload.

        Raises:
            TooLarge, QuotaExceeded: more than allowed; raised at the first byte too many.
            UnsupportedType: the first bytes are of no kind that can be read or is accepted.
        """
        async for piece in self._stream:
            self.size_bytes += len(piece)
            self._headroom.require_size(self.size_bytes, self._kind)
            self._hash.update(piece)
            self._look_at(piece)
            yield piece

    @property
    def sha256(self) -> str:
        """The hash of all bytes so far, in hex."""
        return self._hash.hexdigest()

    @property
    def mime_type(self) -> str:
        """The MIME type of the whole file. Raises Invalid when it is empty, UnsupportedType, TooLarge."""
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
        mime_type = sniff(self._head, b"", self.title)
        if not self._head.startswith(
            (containers.ZIP_MARK, containers.OLE_MARK)
        ):  # their types are known only at their ends
            self._kind = kind_of(mime_type)
            self._headroom.require_type(mime_type, self.size_bytes)


def judge(head: bytes, tail: bytes, name: str, size_bytes: int, headroom: Headroom) -> str:
    """The MIME type of a whole file. Raises UnsupportedType, TooLarge, QuotaExceeded when it may not be uploaded."""
    mime_type = sniff(head, tail, name)
    headroom.require_type(mime_type, size_bytes)
    return mime_type


def title_of(filename: str) -> str:
    """A file's name as a title: without control and direction marks and ``..``, at most 255 characters."""
    path = seen(CONTROLS.sub("", unicodedata.normalize("NFC", storable(filename)))).replace("\\", "/")
    parts = [part.strip() for part in path.split("/")]
    return "/".join(part for part in parts if part not in ("", ".", ".."))[-LONGEST_TITLE:] or "document"
