"""What a page shows and unstructured leaves out: boxes that it takes for decoration, captions of tables, formulas. Made what it reads.

In ``<form>`` stands the whole page on many sites, in ``<figure>`` a table or a listing, and beside ``<main>`` there is text too.
Navigation and the buttons of forms stay left out. Runs in a child process only.
"""

import re

from lxml import etree  # type: ignore[import-untyped]

from parsing import formula
from parsing.formats.html import fields, frames, links, tables, tree
from parsing.formats.html.fields import become
from parsing.formats.html.pictures import PagePictures, words_of_drawing
from parsing.grid import one_line
from parsing.visibility.verdict import STRUCK_OUT, Verdict, struck_out

BOXES = ("details", "summary", "figure", "figcaption", "form", "fieldset", "legend", "main", "dialog")
PLAIN = dict.fromkeys(BOXES, "div") | dict.fromkeys(("menu", "dir"), "ul") | {"label": "span"}
STRUCK = ("del", "s", "strike")
NEVER_SHOWN = ("script", "style", "noscript", "template")
CLICKED = ("aria-expanded", "aria-controls", "data-toggle", "data-bs-toggle", "data-target", "data-bs-target")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "dt")
SENT = ("submit", "reset")
FEWEST_WORDS = 4  # of a button that says something: a question that unfolds its answer
OTHERS = (
    "a|img|object|input|select|textarea|button|table|caption|math|sup|svg|br|iframe|template"  # what is made text, too
)
ANY = re.compile(rf"<(?:{'|'.join((*PLAIN, *STRUCK))}|{OTHERS})\b", re.IGNORECASE)


def plain(text: str, hidden: list[Verdict], pictures: PagePictures) -> str:
    """A page of which all that it shows is read; the very same text when it has nothing of the kind.

    Args:
        hidden: takes what is struck out, which is not read, and what pages within the page hide.
    """
    root = tree.parse(text) if ANY.search(text) else None
    if root is None:
        return text
    frames.spell(root, hidden)
    _clear(root, hidden)
    for button in list(root.iter("button")):
        _press(button)
    fields.spell(root)
    _draw(root, pictures)
    links.spell(root)
    for element in root.iter(*PLAIN):
        if element.tag != "dialog" or element.get("open") is not None or _is_named(element, text):
            element.tag = PLAIN[element.tag]
    for caption in list(root.iter("caption")):
        _put_above(caption)
    for element in list(root.iter("math")):
        _spell(element)
    _part_paragraphs(root)
    tables.spell(root)
    return tree.markup(root)


def _draw(root: etree._Element, pictures: PagePictures) -> None:
    """Put what is written in pictures, and what stands for them, in their place."""
    for drawing in list(root.iter("svg")):
        inner = [text for one in drawing.iter("image") for text in pictures.paragraphs(one)]
        _list(drawing, [words_of_drawing(drawing), *inner])
    for picture in list(root.iter("img", "object")):
        words, written = fields.words_of(picture), pictures.paragraphs(picture)
        if written:
            _list(picture, written if words.lower() in one_line(" ".join(written)).lower() else [words, *written])
        elif picture.tag == "img":
            become(picture, "span", f" {words} ")


def _list(element: etree._Element, paragraphs: list[str]) -> None:
    become(element, "div", "")
    for text in filter(None, paragraphs):
        etree.SubElement(element, "p").text = text


def _clear(root: etree._Element, hidden: list[Verdict]) -> None:
    """Take out what is never shown, and what is struck out."""
    for element in root.iter("template"):
        if element.get("shadowrootmode") or element.get("shadowroot"):  # a part of the page, saved with it
            element.tag = "div"
    for element in list(root.iter(*NEVER_SHOWN)):
        become(element, "script", "")
    for element in list(root.iter(*STRUCK)):
        text = one_line("".join(element.itertext()))
        if how := STRUCK_OUT if element.tag == "del" else struck_out(text):
            hidden.append(Verdict(text, how))
            become(element, "span", " ")


def _press(button: etree._Element) -> None:
    """Make a button text that stands for more: it opens what is folded, is a heading, or says a sentence."""
    words = one_line("".join(button.itertext()))
    in_heading = any(
        one.tag in HEADINGS for one in (button.getparent(), button.getparent().getparent()) if one is not None
    )
    opens = button.get("role") == "tab" or any(button.get(name) is not None for name in CLICKED)
    if in_heading or (words and (opens or (button.get("type") not in SENT and len(words.split()) >= FEWEST_WORDS))):
        button.tag = "span" if in_heading else "div"


def _is_named(dialog: etree._Element, text: str) -> bool:
    """True for a dialog that something on the page may open."""
    name = dialog.get("id", "")
    return bool(name) and text.count(name) > 1


def _part_paragraphs(root: etree._Element) -> None:
    """An empty line parts paragraphs, though it is only made of line ends. Unstructured takes it for a space."""
    for end in root.iter("br"):
        before = end.getprevious()
        if before is not None and before.tag == "br" and not (before.tail or "").strip():
            end.text = tables.PARAGRAPH
    for end in list(root.iter("br")):
        if end.text:
            end.tag = "span"


def _put_above(caption: etree._Element) -> None:
    """Of a table only the cells are read."""
    table = caption.getparent()
    if table.tag == "table" and table.getparent() is not None:
        caption.tag, caption.tail = "p", None
        table.addprevious(caption)


def _spell(element: etree._Element) -> None:
    text, tail = formula.signs(element), element.tail
    element.clear()
    element.tag, element.text, element.tail = "span", text, tail
