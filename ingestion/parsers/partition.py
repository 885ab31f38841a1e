"""Markdown and HTML through unstructured, which splits them into titled, typed blocks; plain text. Runs in a child process only."""

import html
import re
from collections.abc import Callable, Iterable, Iterator

from lxml import html as lxml_html  # type: ignore[import-untyped]
from unstructured.documents.elements import Element
from unstructured.partition import md, text_type
from unstructured.partition.html import partition_html
from unstructured.partition.md import partition_md

from core.errors import DocumentUnreadable
from ingestion.parsers import html_hidden, plain
from ingestion.parsers.encoding import decode
from ingestion.parsers.grid import table_text
from ingestion.parsers.hidden import Hidden
from ingestion.parsers.sections import HIDDEN, Piece, sections_of
from ingestion.parsers.source import Source
from ingestion.types import Section

NO_TEXT = "This file holds no text."

NO_LANGUAGE = [""]  # unstructured would otherwise guess the language, slowly, for nothing
KINDS = {"Title": "heading", "ListItem": "list_item", "Table": "table", "CodeSnippet": "code"}
LEFT_OUT = ("PageBreak", "Image")
BULLET = "- "
NUMBERED = re.compile(r"\(?\w{1,4}[.)]\s")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
NOT_TEXT = re.compile(r"<(script|style|head|template|noscript)\b.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
MARKS = re.compile(r"<[^>]{0,10000}>")
MARKUP = re.compile(r"<[a-zA-Z]")
MARKDOWN_EXTENSIONS = ["tables", "fenced_code"]
FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
FRONT_MATTER_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)

Progress = Callable[[int, int], None]


def parse_text(source: Source, _: Progress) -> Iterator[Section]:
    """Plain text: paragraphs, no headings."""
    return sections_of(plain.pieces(_text(source)))


def parse_markdown(source: Source, _: Progress) -> Iterator[Section]:
    """Markdown; a ``title`` in its front matter is its first heading."""
    text = _text(source)
    if front_matter := FRONT_MATTER.match(text):
        title = FRONT_MATTER_TITLE.search(front_matter[1])
        text = (f"# {title[1]}\n\n" if title else "") + text[front_matter.end() :]
    if MARKUP.search(text):  # raw HTML, which may hide something
        page, hidden = html_hidden.shown(md.markdown.markdown(text, extensions=MARKDOWN_EXTENSIONS))
        if hidden:
            return sections_of([*html_pieces(page), *_left_out(hidden)])
    return sections_of(_pieces(partition_md(text=text, languages=NO_LANGUAGE, extensions=MARKDOWN_EXTENSIONS)))


def parse_html(source: Source, _: Progress) -> Iterator[Section]:
    """HTML, as far as it is text: no scripts, no styles."""
    return sections_of(html_pieces(_text(source, is_html=True)))


def html_pieces(text: str) -> Iterator[Piece]:
    """Blocks of a page; its bare text when unstructured stumbles, or its boxes are too deep in each other. Last, what it hides."""
    text, hidden = html_hidden.shown(text)
    try:
        pieces = list(_pieces(partition_html(text=text, languages=NO_LANGUAGE)))
    except MemoryError:
        raise
    except Exception:  # of many kinds, over pages that are hardly pages
        pieces = []
    yield from pieces if any(piece.text.strip() for piece in pieces) else plain.pieces(_bare(text))
    yield from _left_out(hidden)


def _left_out(hidden: Iterable[Hidden]) -> Iterator[Piece]:
    return (Piece(HIDDEN, one.text, place=one.how) for one in hidden)


def _bare(text: str) -> str:
    """The text of a page without its marks, a line to a box."""
    return html.unescape(MARKS.sub("\n", NOT_TEXT.sub("\n", text)))


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


def _text(source: Source, *, is_html: bool = False) -> str:
    text = decode(source.read_bytes(), is_html=is_html)
    if not text.strip():
        raise DocumentUnreadable(NO_TEXT)
    return text


def _pieces(elements: Iterable[Element]) -> Iterator[Piece]:
    for element in elements:
        if element.category in LEFT_OUT:
            continue
        kind = KINDS.get(element.category, "paragraph")
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
    return table_text([[" ".join(cell.text_content().split()) for cell in row.iter("td", "th")] for row in rows])
