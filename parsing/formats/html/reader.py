"""HTML through unstructured, which splits it into titled, typed blocks. Runs in a child process only."""

import html
import re
from collections.abc import Callable, Iterable, Iterator

from unstructured.documents.elements import Element
from unstructured.partition import text_type
from unstructured.partition.html import partition_html

from parsing.encoding import text_of
from parsing.formats.html import boxes, tables, tree, visibility
from parsing.formats.html.cascade import SheetOf
from parsing.formats.html.pictures import PagePictures
from parsing.formats.text import plain
from parsing.grid import one_line
from parsing.parser_input import ParserInput
from parsing.sections import HIDDEN, TextBlock, sections_of
from parsing.types import Section
from parsing.visibility.verdict import Verdict
from parsing.words import UNSPACED

NO_LANGUAGE = [""]  # unstructured would otherwise guess the language, slowly, for nothing
KINDS = {"Title": "heading", "ListItem": "list_item", "CodeSnippet": "code"}
LEFT_OUT = ("PageBreak", "Image")
BULLET = "- "
NUMBERED = re.compile(r"\(?\w{1,4}[.)]\s")
ZERO_WIDTHS = "\u180e\u200b-\u200d\u2060-\u2064\ufeff"  # runs of them may spell something, and are looked at later
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
BREAKS = re.compile(f"\u00ad|(?<![{ZERO_WIDTHS}{UNSPACED}])[\u200b\u2060](?![{ZERO_WIDTHS}])")
MARKS = re.compile(r"<[^<>]*>")

Progress = Callable[[int, int], None]


def parse(source: ParserInput, _: Progress) -> Iterator[Section]:
    """HTML, as far as it is text: no scripts, no styles."""
    pictures = PagePictures()
    yield from sections_of(html_text_blocks(text_of(source, is_html=True), pictures=pictures))
    yield from pictures.embedded.remark_section()


def html_text_blocks(
    text: str, sheet_of: SheetOf = lambda _: None, pictures: PagePictures | None = None
) -> Iterator[TextBlock]:
    """Blocks of a page; its bare text when unstructured stumbles, or its boxes are too deep in each other. Last, what it hides.

    Args:
        sheet_of: gives the style sheet of an address, where it is at hand.
        pictures: reads those of the page, and knows what could not be read of them.
    """
    pictures = pictures or PagePictures()
    text = pictures.lifted(text)
    text, hidden = visibility.shown(text, sheet_of)
    try:
        readable = boxes.plain(text, hidden, pictures)
        text_blocks = list(_text_blocks(partition_html(text=readable, languages=NO_LANGUAGE)))
    except MemoryError:
        raise
    except Exception:  # of many kinds, over pages that are hardly pages
        text_blocks = []
    yield from (
        text_blocks if any(text_block.text.strip() for text_block in text_blocks) else plain.text_blocks(_bare(text))
    )
    yield from _left_out(hidden)


def _left_out(hidden: Iterable[Verdict]) -> Iterator[TextBlock]:
    return (TextBlock(HIDDEN, one.text, locator=one.how) for one in hidden)


def _bare(text: str) -> str:
    """The text of a page without its marks, a line to a box."""
    return html.unescape(MARKS.sub("\n", tree.without_unseen(text, "\n")))


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


def _text_blocks(elements: Iterable[Element]) -> Iterator[TextBlock]:
    for element in elements:
        if element.category in LEFT_OUT:
            continue
        if element.text.startswith(tables.MARK):
            yield TextBlock("table", shown_text(element.text.removeprefix(tables.MARK)))
            continue
        kind = KINDS.get(element.category, "paragraph")
        level = (element.metadata.category_depth or 0) + 1 if kind == "heading" else 0
        first, *more = (
            element.text.split(tables.PARAGRAPH)
            if not level
            else [one_line(element.text.replace(tables.PARAGRAPH, " "))]
        )
        yield TextBlock(kind, _readable(first, kind), level)
        yield from (TextBlock("paragraph", shown_text(text)) for text in more)


def _readable(text: str, kind: str) -> str:
    text = shown_text(text)
    return f"{BULLET}{text}" if kind == "list_item" and not NUMBERED.match(text) else text


def shown_text(text: str) -> str:
    """A text without the places where a line may be broken: they are not seen, and part words that are searched as one."""
    return BREAKS.sub("", text)
