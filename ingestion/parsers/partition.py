"""TXT, Markdown, HTML and DOCX through unstructured, which splits them into titled, typed blocks. Runs in a child process only."""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from lxml import html as lxml_html  # type: ignore[import-untyped]
from unstructured.documents.elements import Element
from unstructured.partition import text_type
from unstructured.partition.docx import partition_docx
from unstructured.partition.html import partition_html
from unstructured.partition.md import partition_md
from unstructured.partition.text import partition_text

from core.errors import DocumentUnreadable
from ingestion.parsers.encoding import decode
from ingestion.parsers.sections import Piece, sections_of
from ingestion.types import Section

NO_TEXT = "This file holds no text."
DAMAGED_DOCX = "This Word file is damaged and cannot be opened."
LOCKED_DOCX = "This Word file is protected with a password. Save it without one and upload it again."
STRICT_DOCX = (
    "This Word file is a “Strict Open XML Document”. Save it as an ordinary Word document and upload it again."
)
MAIN_PART = re.compile(r"word/document\d*\.xml")
STRICT_NAMESPACE = b"http://purl.oclc.org/ooxml/"
BOMB = "This Word file unpacks to far more than its size and was not opened."
MOST_UNPACKED_BYTES = 300 * 1024**2
MOST_RATIO = 200  # unpacked to packed; Word's own files stay below 50
SMALL_BYTES = 10 * 1024**2  # under this, any ratio is fine

NO_LANGUAGE = [""]  # unstructured would otherwise guess the language, slowly, for nothing
KINDS = {"Title": "heading", "ListItem": "list_item", "Table": "table", "CodeSnippet": "code"}
LEFT_OUT = ("PageBreak", "Image")
BULLET = "- "
NUMBERED = re.compile(r"\(?\w{1,4}[.)]\s")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
FRONT_MATTER_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)

Progress = Callable[[int, int], None]


def parse_text(path: Path, _: Progress) -> Iterator[Section]:
    """Plain text: paragraphs, no headings."""
    text = _text(path)
    return sections_of(_pieces(partition_text(text=text, languages=NO_LANGUAGE), has_headings=False))


def parse_markdown(path: Path, _: Progress) -> Iterator[Section]:
    """Markdown; a ``title`` in its front matter is its first heading."""
    text = _text(path)
    if front_matter := FRONT_MATTER.match(text):
        title = FRONT_MATTER_TITLE.search(front_matter[1])
        text = (f"# {title[1]}\n\n" if title else "") + text[front_matter.end() :]
    return sections_of(_pieces(partition_md(text=text, languages=NO_LANGUAGE)))


def parse_html(path: Path, _: Progress) -> Iterator[Section]:
    """HTML, as far as it is text: no scripts, no styles."""
    text = _text(path, is_html=True)
    return sections_of(_pieces(partition_html(text=text, languages=NO_LANGUAGE)))


def parse_docx(path: Path, _: Progress) -> Iterator[Section]:
    """Word. The zip's own list is believed only as far as refusing goes; the child's limits do the rest.

    Raises:
        DocumentUnreadable: damaged, or made to burst.
    """
    _refuse_unfit(path)
    try:
        elements = partition_docx(filename=str(path), languages=NO_LANGUAGE)
    except (MemoryError, DocumentUnreadable):
        raise
    except Exception as error:  # python-docx and lxml raise many kinds, none of them ours
        raise DocumentUnreadable(DAMAGED_DOCX) from error
    return sections_of(_pieces(elements))


def warm_up() -> None:
    """Make unstructured work offline and fast.

    It asks a spaCy model, which it would fetch from the network, whether a block is a title or prose. Headings are taken
    from the formats themselves here and that label is not used, so plain functions stand in for the model.
    """
    text_type.pos_tag = _tagged
    text_type.word_tokenize = str.split
    text_type.sent_tokenize = SENTENCE_END.split
    partition_md(text="# Warm\n\nThe first run loads what is needed.", languages=NO_LANGUAGE)


def _tagged(text: str) -> list[tuple[str, str]]:
    return [(word, "VB") for word in text.split()]


def _text(path: Path, *, is_html: bool = False) -> str:
    text = decode(path.read_bytes(), is_html=is_html)
    if not text.strip():
        raise DocumentUnreadable(NO_TEXT)
    return text


def _pieces(elements: Iterable[Element], *, has_headings: bool = True) -> Iterator[Piece]:
    for element in elements:
        if element.category in LEFT_OUT:
            continue
        kind = KINDS.get(element.category, "paragraph")
        if kind == "heading" and not has_headings:
            kind = "paragraph"
        level = (element.metadata.category_depth or 0) + 1 if kind == "heading" else 0
        yield Piece(kind, _readable(element, kind).replace("\0", ""), level)


def _readable(element: Element, kind: str) -> str:
    if kind == "list_item" and not NUMBERED.match(element.text):
        return f"{BULLET}{element.text}"
    if kind == "table" and element.metadata.text_as_html:
        return _rows(element.metadata.text_as_html) or str(element.text)
    return str(element.text)


def _rows(table: str) -> str:
    """A table as lines of cells."""
    rows = lxml_html.fromstring(table).iter("tr")
    lines: list[str] = [
        " | ".join(" ".join(cell.text_content().split()) for cell in row.iter("td", "th")) for row in rows
    ]
    return "\n".join(line for line in lines if line.strip(" |"))


def _refuse_unfit(path: Path) -> None:
    """Raise DocumentUnreadable for an archive that is damaged, locked, made to burst, or of the kind that nothing here reads."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _refuse_bombs(entries)
            is_strict = any(_is_strict(archive, name) for name in archive.namelist() if MAIN_PART.fullmatch(name))
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError) as error:
        is_locked = isinstance(error, RuntimeError)  # how zipfile says that it wants a password
        raise DocumentUnreadable(LOCKED_DOCX if is_locked else DAMAGED_DOCX) from error
    if is_strict:
        raise DocumentUnreadable(STRICT_DOCX)


def _is_strict(archive: zipfile.ZipFile, name: str) -> bool:
    with archive.open(name) as text:
        return STRICT_NAMESPACE in text.read(4096)


def _refuse_bombs(entries: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(sum(entry.compress_size for entry in entries), 1)
    if unpacked > MOST_UNPACKED_BYTES or (unpacked > SMALL_BYTES and unpacked / packed > MOST_RATIO):
        raise DocumentUnreadable(BOMB)
