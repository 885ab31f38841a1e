"""A ZIP that is written while it is read: no file is on this machine, and memory does not grow with what is in it.

Only the directory at its end is kept, some hundred bytes for each file.
"""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from typing import IO

PIECE_BYTES = 256 * 1024


class ZipStream:
    """Collects entries; :meth:`taken` gives the bytes that are complete."""

    def __init__(self, at: datetime) -> None:
        self._sink = _Sink()
        self._at = at.timetuple()[:6]
        self._zip = _Zip(self._sink, "w")

    async def add(self, name: str, content: AsyncIterator[bytes], *, is_packed: bool = True) -> AsyncIterator[bytes]:
        """The bytes of the archive while an entry is added.

        Args:
            is_packed: False for what is compressed already, such as most documents.
        """
        info = zipfile.ZipInfo(name, self._at)
        info.compress_type = zipfile.ZIP_DEFLATED if is_packed else zipfile.ZIP_STORED
        info.external_attr = 0o600 << 16
        entry: IO[bytes] = self._zip.open(info, "w", force_zip64=True)
        try:
            async for piece in content:
                await asyncio.to_thread(entry.write, piece)
                if self._sink.size_bytes >= PIECE_BYTES:
                    yield self._sink.taken()
        finally:
            await asyncio.to_thread(entry.close)
        yield self._sink.taken()

    async def end(self) -> bytes:
        """The end of the archive."""
        await asyncio.to_thread(self._zip.close)
        return self._sink.taken()


class _Zip(zipfile.ZipFile):
    """An archive that is not completed when it is abandoned in the middle of an entry, which would fail."""

    def __del__(self) -> None:
        return


class _Sink(io.RawIOBase):
    """What the archive writes into: it cannot go back, so that what was taken is final."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.size_bytes = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._pieces.append(piece)
        self.size_bytes += len(piece)
        return len(piece)

    def taken(self) -> bytes:
        """All bytes since the last call."""
        taken, self._pieces, self.size_bytes = b"".join(self._pieces), [], 0
        return taken
