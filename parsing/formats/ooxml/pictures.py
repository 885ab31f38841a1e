"""Pictures of an office file and the words that stand for them. Runs in a child process only."""

import re
import zipfile
import zlib
from collections.abc import Iterator

from parsing.formats.images.embedded import EmbeddedPictures
from parsing.formats.ooxml.package import Archive
from parsing.grid import one_line
from parsing.sections import TextBlock

FILE_NAME = re.compile(r"\S{1,200}\.(?:png|jpe?g|gif|svg|webp|bmp|ico|tiff?|emf|wmf)\Z", re.IGNORECASE)
ADDED_WORDS = re.compile(
    r"(?:Description automatically generated|AI-generated content may be incorrect\.?|Automatisch generierte Beschreibung|"
    r"KI-generierte Inhalte können fehlerhaft sein\.?)(?: with \w{1,10} confidence)?", re.IGNORECASE
)  # fmt: skip
USUAL_NAME = re.compile(r"(?:picture|image|graphic|photo|bild|grafik|diagram|chart)\s*+\d{0,5}\Z", re.IGNORECASE)
LONGEST_WORDS = 2000
MISSING = "not in the file"


def text_blocks(opened: Archive, pictures: EmbeddedPictures, target: str) -> Iterator[TextBlock]:
    """What is written in a picture by its entry; nothing for one that is not there, which is counted."""
    if target and not pictures.is_new(target):
        return
    try:
        data = opened.read(target) if target in opened else b""
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError):
        data = b""
    if data:
        yield from pictures.text_blocks(data)
    else:
        pictures.lost(MISSING)


def words_for(description: str | None) -> Iterator[TextBlock]:
    """The words that an author wrote in the place of a picture; not what a program put there."""
    words = one_line(ADDED_WORDS.sub("", description or ""))[:LONGEST_WORDS].strip(" ,")
    if words and not FILE_NAME.fullmatch(words) and not USUAL_NAME.fullmatch(words):
        yield TextBlock("paragraph", words)
