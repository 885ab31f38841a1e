"""HTML through unstructured, which splits it into titled, typed blocks; plain text. Runs in a child process only."""

import html
import re
from collections.abc import Callable, Iterable, Iterator

from lxml import html as lxml_html  # type: ignore[import-untyped]
from unstructured.documents.elements import Element
from unstructured.partition import text_type
from unstructured.partition.html import partition_html

from core.errors import DocumentUnreadable
from parsing.encoding import decode
from parsing.formats.html import boxes
from parsing.formats.html import visibility as html_hidden
from parsing.formats.text import plain
from parsing.grid import table_text
from parsing.parser_input import ParserInput
from parsing.sections import HIDDEN, TextBlock, sections_of
from parsing.types import Section
from parsing.visibility import Hidden

NO_TEXT = "This file holds no text."

NO_LANGUAGE = [""]  # unstructured would otherwise guess the language, slowly, for nothing
KINDS = {"Title": "heading", "ListItem": "list_item", "Table": "table", "CodeSnippet": "code"}
LEFT_OUT = ("PageBreak", "Image")
BULLET = "- "
NUMBERED = re.compile(r"\(?\w{1,4}[.)]\s")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
NOT_TEXT = re.compile(r"<(script|style|head|template|noscript)\b.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
MARKS = re.compile(r"<[^>]{0,10000}>")

Progress = Callable[[int, int], None]


def parse_text(source: ParserInput, _: Progress) -> Iterator[Section]:
    """Plain text: paragraphs, no headings."""
    return sections_of(plain.text_blocks(text_of(source)))


def parse_html(source: ParserInput, _: Progress) -> Iterator[Section]:
    """HTML, as far as it is text: no scripts, no styles."""
    return sections_of(html_text_blocks(text_of(source, is_html=True)))


def html_text_blocks(text: str) -> Iterator[TextBlock]:
    """Blocks of a page; its bare text when unstructured stumbles, or its boxes are too deep in each other. Last, what it hides."""
    text, hidden = html_hidden.shown(text)
    try:
        text_blocks = list(_text_blocks(partition_html(text=boxes.plain(text), languages=NO_LANGUAGE)))
    except MemoryError:
        raise
    except Exception:  # of many kinds, over pages that are hardly pages
        text_blocks = []
    yield from (
        text_blocks if any(text_block.text.strip() for text_block in text_blocks) else plain.text_blocks(_bare(text))
    )
    yield from _left_out(hidden)


def _left_out(hidden: Iterable[Hidden]) -> Iterator[TextBlock]:
    return (TextBlock(HIDDEN, one.text, locator=one.how) for one in hidden)


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
    partition_html(text="<h1>Warm</h1><p>The first run loads what is needed.</p>", languages=NO_LANGUAGE)


def _tagged(text: str) -> list[tuple[str, str]]:
    return [(word, "VB") for word in text.split()]


def text_of(source: ParserInput, *, is_html: bool = False) -> str:
    """The text of a file, in whichever encoding it is.

    Raises:
        DocumentUnreadable: there is none.
    """
    text = decode(source.read_bytes(), is_html=is_html)
    if not text.strip():
        raise DocumentUnreadable(NO_TEXT)
    return text


def _text_blocks(elements: Iterable[Element]) -> Iterator[TextBlock]:
    for element in elements:
        if element.category in LEFT_OUT:
            continue
        kind = KINDS.get(element.category, "paragraph")
        level = (element.metadata.category_depth or 0) + 1 if kind == "heading" else 0
        yield TextBlock(kind, _readable(element, kind).replace("\0", ""), level)


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
