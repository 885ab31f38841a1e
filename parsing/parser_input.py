"""What a parser reads: a file, or the bytes of one that came inside another. A child process may not write, so those stay in memory."""

import io
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class InMemoryFile:
    """A file in memory, read as a ``Path`` is."""

    data: bytes

    def open(self, _: str = "rb") -> io.BytesIO:
        """It, to be read and sought."""
        return io.BytesIO(self.data)

    def read_bytes(self) -> bytes:
        """All of it."""
        return self.data


ParserInput = Path | InMemoryFile


def size_of(source: ParserInput) -> int:
    """In bytes."""
    return len(source.data) if isinstance(source, InMemoryFile) else source.stat().st_size
