"""What a page shows by the attributes of its elements: what is filled into forms, words in place of pictures. Made text.

Runs in a child process only.
"""

import re
from itertools import islice

from lxml import etree  # type: ignore[import-untyped]

from parsing.grid import one_line

TYPED = ("", "text", "email", "tel", "url", "number", "date", "datetime-local", "month", "week", "time", "search")
BOXES = ("checkbox", "radio")
TICKED, EMPTY = "☒", "☐"
FILE_NAME = re.compile(r"\S{1,200}\.(?:png|jpe?g|gif|svg|webp|bmp|ico)\Z", re.IGNORECASE)
LONGEST = 2000  # characters of words in place of a picture
RAISABLE = re.compile(r"[0-9+\-−()]{1,12}")
RAISED = str.maketrans("0123456789+-−()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾")
MOST_PARTS = 20  # of what is raised


def spell(root: etree._Element) -> None:
    """Make fields and raised numbers of a page its text."""
    has_ticks = any(one.get("checked") is not None for one in root.iter("input"))
    for field in list(root.iter("input")):
        if text := _filled(field, has_ticks):
            become(field, "span", f" {text} ")
    for field in list(root.iter("textarea")):
        become(field, "span", f" {one_line(''.join(field.itertext()))} ")
    for field in list(root.iter("select")):
        chosen = [one_line("".join(one.itertext())) for one in field.iter("option") if one.get("selected") is not None]
        become(field, "span", f" {', '.join(chosen)} ")
    for raised in list(root.iter("sup")):
        _raise(raised)


def become(element: etree._Element, name: str, text: str) -> None:
    """Make an element another, with this text and nothing else in it."""
    element.clear(keep_tail=True)
    element.tag, element.text = name, text


def _filled(field: etree._Element, has_ticks: bool) -> str:
    """What a field shows; an unticked box only where others are ticked, since many are only there to be styled."""
    kind = field.get("type", "").strip().lower()
    if kind in TYPED:
        return one_line(field.get("value", ""))
    if kind in BOXES and has_ticks:
        return TICKED if field.get("checked") is not None else EMPTY
    return ""


def words_of(picture: etree._Element) -> str:
    """The words that stand for a picture; none for one that only counts readers, or whose words are the name of a file."""
    words = one_line(picture.get("alt", ""))[:LONGEST]
    is_dot = picture.get("width", "").strip() in ("0", "1") or picture.get("height", "").strip() in ("0", "1")
    return "" if is_dot or FILE_NAME.fullmatch(words) else words


def _raise(element: etree._Element) -> None:
    """Write a raised number as one: 10⁶ is not 106. After a number it stands apart, since it may be a mark of a footnote."""
    text = one_line("".join(islice(element.itertext(), MOST_PARTS)))
    if RAISABLE.fullmatch(text):
        shown = text.translate(RAISED)
        become(element, "span", f" {shown}" if _before(element)[-1:].isdigit() else shown)


def _before(element: etree._Element) -> str:
    """The text right before an element."""
    before, parent = element.getprevious(), element.getparent()
    if before is None:
        return (parent.text or "") if parent is not None else ""
    return before.tail or "".join(before.itertext())
