"""Objects that office files hold as OLE files: a file of any kind in a package, or a new office file in a stream of its own.

Runs in a child process only.
"""

import struct
from collections.abc import Iterator
from pathlib import PureWindowsPath

import olefile  # type: ignore[import-untyped]

from parsing.formats.inner_files import InnerFiles
from parsing.types import Section

NATIVE, PACKAGE, CONTENTS = "\x01ole10native", "package", "contents"
STREAMS = (NATIVE, PACKAGE, CONTENTS)
NAME = "object"
MOST_NAME_BYTES = 260


def is_object(names: list[str]) -> bool:
    """True for an OLE file with these streams at its root that only wraps another file."""
    return any(name.lower() in STREAMS for name in names)


def sections(streams: olefile.OleFileIO, files: InnerFiles) -> Iterator[Section]:
    """Sections of the file within, under its name.

    Raises:
        struct.error, IndexError, OSError: damaged.
    """
    names = {path[0].lower(): path[0] for path in streams.listdir() if len(path) == 1}
    found = next(name for name in STREAMS if name in names)
    data = streams.openstream(names[found]).read()
    name, data = _unpacked(data) if found == NATIVE else (NAME, data)
    yield from files.sections(name, data)


def _unpacked(data: bytes) -> tuple[str, bytes]:
    """Name and bytes of a file in a package: sizes before all, texts that end with NUL."""
    at = 6
    label, at = _text(data, at)
    path, at = _text(data, at)
    at += 4
    (length,) = struct.unpack_from("<I", data, at)
    at += 4 + length
    (size,) = struct.unpack_from("<I", data, at)
    return PureWindowsPath(label or path).name or NAME, data[at + 4 : at + 4 + size]


def _text(data: bytes, at: int) -> tuple[str, int]:
    end = data.index(b"\0", at, at + MOST_NAME_BYTES)
    return data[at:end].decode("cp1252", "replace"), end + 1
