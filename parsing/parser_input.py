"""What a parser reads: an open file, a path, or the bytes of a file that came inside another. A child process may not write, so those
stay in memory."""

import io
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class InMemoryFile:
    """A file in memory, read as a ``Path`` is.

    Attributes:
        depth: how many files it is inside.
    """

    data: bytes
    depth: int = 0

    def open(self, _: str = "rb") -> io.BytesIO:
        """It, to be read and sought."""
        return io.BytesIO(self.data)

    def read_bytes(self) -> bytes:
        """All of it."""
        return self.data


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file that another process opened, read as a ``Path`` is: a child process can open none by itself.

    Attributes:
        descriptor: open for reading for as long as the process runs.
    """

    descriptor: int

    def open(self, _: str = "rb") -> io.BufferedReader:
        """It, to be read and sought; independent of other readers of the same descriptor."""
        return io.BufferedReader(_PositionedReader(self.descriptor), 65_536)

    def read_bytes(self) -> bytes:
        """All of it."""
        with self.open() as file:
            return file.read()


class _PositionedReader(io.RawIOBase):
    """Reads a descriptor at a position of its own: descriptors that were handed over share one."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        count = os.preadv(self._descriptor, [buffer], self._position)
        self._position += count
        return count

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = (0, self._position, os.fstat(self._descriptor).st_size)[whence] if whence else 0
        if start + offset < 0:
            raise OSError("a position before the start of the file")
        self._position = start + offset
        return self._position


ParserInput = Path | InMemoryFile | OpenFile


def depth_of(source: ParserInput) -> int:
    """How many files it is inside."""
    return source.depth if isinstance(source, InMemoryFile) else 0


def size_of(source: ParserInput) -> int:
    """In bytes."""
    if isinstance(source, InMemoryFile):
        return len(source.data)
    return os.fstat(source.descriptor).st_size if isinstance(source, OpenFile) else source.stat().st_size
