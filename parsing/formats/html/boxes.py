"""What a page shows and unstructured leaves out: boxes that it takes for decoration, captions of tables, formulas. Made what it reads.

In ``<form>`` stands the whole page on many sites, in ``<figure>`` a table or a listing, and beside ``<main>`` there is text too.
Navigation, buttons and what can be typed into stay left out. Runs in a child process only.
"""

import re

from lxml import etree  # type: ignore[import-untyped]

from parsing import formula
from parsing.formats.html import tree

PLAIN = dict.fromkeys(("details", "summary", "figure", "form", "main", "dialog"), "div") | {"label": "span"}
ANY = re.compile(rf"<(?:{'|'.join(PLAIN)}|caption|math)\b", re.IGNORECASE)


def plain(text: str) -> str:
    """A page of which all that it shows is read; the very same text when it has nothing of the kind."""
    root = tree.parse(text) if ANY.search(text) else None
    if root is None:
        return text
    for element in root.iter(*PLAIN):
        if element.tag != "dialog" or element.get("open") is not None:
            element.tag = PLAIN[element.tag]
    for caption in list(root.iter("caption")):
        _put_above(caption)
    for element in list(root.iter("math")):
        _spell(element)
    return tree.markup(root)


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
