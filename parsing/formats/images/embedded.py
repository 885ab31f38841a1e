"""Pictures inside files of other kinds (a screenshot in a letter, a scan on a slide): what is written in them, within bounds.

Runs in a child process only.
"""

import io
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from PIL import Image

from core.errors import FootnoteError
from parsing.formats.images import reader
from parsing.parser_input import InMemoryFile
from parsing.sections import TextBlock
from parsing.sniff.mime import IMAGES
from parsing.sniff.sniff import HEAD_BYTES, TAIL_BYTES, sniff
from parsing.types import Section

MOST_PICTURES = 200
MOST_CPU_S = 240.0  # for all pictures of a file
MOST_BYTES = 50 * 1024**2  # of one picture
LEAST_SIDE_PX = 24  # a line, an icon, the dot that counts readers: nothing is written there
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "HEIF", "AVIF")
TOO_MANY = "there are too many of them"
TOO_LARGE = "too large"
OTHER_KIND = "of a kind that cannot be read"
REMARK = "Pictures in this file that were not read: {counts}."


@dataclass
class EmbeddedPictures:
    """The pictures of one file. Each is read once, however often the file shows it.

    Attributes:
        unread: how many were not read, by why.
    """

    unread: Counter[str] = field(default_factory=Counter)
    _seen: set[bytes] = field(default_factory=set)
    _names: set[str] = field(default_factory=set)
    _read: int = 0
    _cpu_s: float = 0.0

    def text(self, data: bytes) -> str:
        """What is written in a picture; empty when that is nothing, when it was read before, and when it cannot be read."""
        mark = sha256(data).digest()
        if mark in self._seen or _is_tiny(data):
            return ""
        self._seen.add(mark)
        if reason := self._refusal(data):
            self.unread[reason] += 1
            return ""
        self._read += 1
        started = time.process_time()
        try:
            return "\n\n".join(self._pages(data))
        finally:
            self._cpu_s += time.process_time() - started

    def text_blocks(self, data: bytes) -> Iterator[TextBlock]:
        """The same, a paragraph to a block."""
        yield from (TextBlock("paragraph", part) for part in self.text(data).split("\n\n") if part.strip())

    def is_new(self, name: str) -> bool:
        """True the first time that this name of a picture is asked about: it need not be unpacked again."""
        if name in self._names:
            return False
        self._names.add(name)
        return True

    def lost(self, reason: str) -> None:
        """Count a picture that the file shows and that is not there."""
        self.unread[reason] += 1

    def remark(self) -> str | None:
        """What is said of pictures that were not read, in a sentence; None when all were. Ask when the file is through."""
        counts = ", ".join(f"{count} ({reason})" for reason, count in self.unread.most_common())
        return REMARK.format(counts=counts) if counts else None

    def remark_section(self) -> Iterator[Section]:
        """The remark as a section without text; none when there is nothing to say."""
        if said := self.remark():
            yield Section(number=1, text="", warning=said)

    def _refusal(self, data: bytes) -> str:
        """Why a picture is not read; empty when it is."""
        if self._read >= MOST_PICTURES or self._cpu_s > MOST_CPU_S:
            return TOO_MANY
        if len(data) > MOST_BYTES:
            return TOO_LARGE
        return "" if _is_picture(data) else OTHER_KIND

    def _pages(self, data: bytes) -> Iterator[str]:
        """The writing on each page of a picture; why some is missing is counted, and a picture without writing lacks nothing."""
        is_open = False
        try:
            for section in reader.parse(InMemoryFile(data), lambda *_: None):
                is_open = True
                if section.warning:
                    self.unread[_reason(section.warning)] += 1
                if section.text.strip():
                    yield section.text.strip()
        except FootnoteError as error:
            if not is_open:
                self.unread[_reason(error.message)] += 1


def _is_tiny(data: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            return min(picture.size) < LEAST_SIDE_PX
    except (*reader.BROKEN, Image.DecompressionBombError):
        return False


def _is_picture(data: bytes) -> bool:
    try:
        return sniff(data[:HEAD_BYTES], data[-TAIL_BYTES:], "") in IMAGES
    except FootnoteError:
        return False


def _reason(sentence: str) -> str:
    """What stands in brackets: the part of a sentence that says why."""
    if sentence == reader.DAMAGED:
        return reader.PAGE_DAMAGED
    if sentence == reader.TOO_LARGE:
        return TOO_LARGE
    return sentence.partition(": ")[2].rstrip(".") or sentence
