"""Which parser reads which type."""

from collections.abc import Callable, Iterator
from pathlib import Path

from core.errors import DocumentUnreadable
from ingestion.parsers import partition, pdf
from ingestion.sniff import DOCX, HTML, MARKDOWN, PDF, TEXT
from ingestion.types import Section

Parser = Callable[[Path, Callable[[int, int], None]], Iterator[Section]]

PARSERS: dict[str, Parser] = {
    PDF: pdf.parse,
    DOCX: partition.parse_docx,
    HTML: partition.parse_html,
    MARKDOWN: partition.parse_markdown,
    TEXT: partition.parse_text,
}


def parse(path: Path, mime_type: str, on_progress: Callable[[int, int], None]) -> Iterator[Section]:
    """Sections of a file of a type found by ``ingestion.sniff``.

    Raises:
        DocumentUnreadable: it holds no text, or none can be had; possibly after the first sections.
    """
    if path.stat().st_size == 0:
        raise DocumentUnreadable("The file is empty.")
    has_text = False
    for section in PARSERS[mime_type](path, on_progress):
        has_text = has_text or bool(section.text.strip())
        yield section
    if not has_text:
        raise DocumentUnreadable(partition.NO_TEXT)


def warm_up() -> None:
    """Load what the parsers load at first use."""
    partition.warm_up()
