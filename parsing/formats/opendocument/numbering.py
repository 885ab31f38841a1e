"""Numbers that OpenDocument programs print before items of lists and before headings. Runs in a child process only."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.ooxml.counting import counted
from parsing.formats.opendocument.namespaces import LOEXT, STYLE, TEXT
from parsing.formats.opendocument.styles import Styles

FORMS = {
    "1": "decimal", "01": "decimalZero", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman", "①, ②, ③, ...":
    "decimalEnclosedCircle", "一, 二, 三, ...": "chineseCounting", "1st": "ordinal", "Ⅰ, Ⅱ, Ⅲ, ...": "upperRoman",
}  # fmt: skip
PLACE = re.compile(r"%(\d{1,2})%")  # where a number stands in a label
BULLET = "- "
TICKS = "☐☑☒✓✔✗✘"  # bullets that say something
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
TRUE = "true"
MOST_LISTS = 100_000


@dataclass(frozen=True, slots=True)
class _Level:
    """One depth of a kind of list: the form of its numbers, empty for none, and what stands around them.

    Attributes:
        text: with places for numbers (``%1%.%2%``); empty where it is put together from the rest.
        shown: how many depths the label shows.
    """

    form: str = ""
    text: str = ""
    before: str = ""
    after: str = ""
    shown: int = 1
    start: int = 1
    bullet: str = ""


class Numbering:
    """The lists of one document; numbers are counted as the items are met, in order.

    Args:
        parts: those that define kinds of lists.
        styles: of the same document.
    """

    def __init__(self, parts: Sequence[etree._Element], styles: Styles) -> None:
        self._styles = styles
        self._kinds = {
            one.get(f"{STYLE}name", ""): _levels(one) for part in parts for one in part.iter(f"{TEXT}list-style")
        }
        outlines = [one for part in parts for one in part.iter(f"{TEXT}outline-style")]
        self._outline = _levels(outlines[0]) if outlines else {}
        self._headings: dict[int, int] = {}
        self._ended: dict[str, dict[int, int]] = {}  # counts of lists by their id, or by their kind
        self._open: list[tuple[str, dict[int, int]]] = []  # kind and counts of the lists around, outermost first

    def begin(self, element: etree._Element) -> None:
        """A list begins (``text:list``), maybe in another. It counts anew, or goes on from one before."""
        around = self._open[-1] if self._open else None
        kind = element.get(f"{TEXT}style-name") or (around[0] if around else "") or self._of_paragraph(element)
        if around is not None:
            counts = around[1] if kind == around[0] else {**around[1]}
            if element.get(f"{TEXT}continue-numbering") != TRUE:
                counts.pop(len(self._open) + 1, None)
        else:
            goes_on = element.get(f"{TEXT}continue-list") or (
                kind if element.get(f"{TEXT}continue-numbering") == TRUE else ""
            )
            counts = self._ended.get(goes_on, {}) if goes_on else {}
        self._open.append((kind, counts))
        if len(self._ended) < MOST_LISTS:
            self._ended |= {name: counts for name in (element.get(XML_ID, ""), kind if around is None else "") if name}

    def end(self) -> None:
        """The list that began last ends."""
        self._open.pop()

    def item(self, element: etree._Element) -> str:
        """What is printed before an item (``text:list-item``), and a space."""
        kind, counts = self._open[-1]
        depth = len(self._open)
        levels = self._kinds.get(kind, {})
        level = levels.get(depth, _Level())
        if not level.form:
            return f"{level.bullet} " if level.bullet and level.bullet in TICKS else BULLET
        return _label(levels, depth, _counted_on(counts, depth, level.start, element.get(f"{TEXT}start-value")))

    def heading(self, element: etree._Element, depth: int) -> str:
        """What is printed before a heading, and a space; empty for most."""
        if self._open:
            return self._of_list(element)
        level = self._outline.get(depth, _Level())
        if not level.form or element.get(f"{TEXT}is-list-header") == TRUE:
            return ""
        restart = element.get(f"{TEXT}start-value") if element.get(f"{TEXT}restart-numbering") == TRUE else None
        return _label(self._outline, depth, _counted_on(self._headings, depth, level.start, restart))

    def _of_list(self, element: etree._Element) -> str:
        item = element.getparent()
        is_first = item is not None and item.tag == f"{TEXT}list-item" and item[0] is element
        label = self.item(item) if is_first else ""
        return "" if label == BULLET else label

    def _of_paragraph(self, element: etree._Element) -> str:
        """The kind of list that the style of the first paragraph names."""
        first = next(element.iter(f"{TEXT}p", f"{TEXT}h"), None)
        name = ("paragraph", first.get(f"{TEXT}style-name", "")) if first is not None else None
        return self._styles.attribute(name, f"{STYLE}list-style-name") if name else ""


def _counted_on(counts: dict[int, int], depth: int, start: int, restart: str | None) -> dict[int, int]:
    """Counts with one more at this depth; those of greater depths begin anew."""
    for deeper in [one for one in counts if one > depth]:
        del counts[deeper]
    begins = int(restart) if restart is not None and restart.isdigit() and len(restart) < 9 else None
    counts[depth] = begins if begins is not None else counts[depth] + 1 if depth in counts else start
    return counts


def _label(levels: dict[int, _Level], depth: int, counts: dict[int, int]) -> str:
    level = levels[depth]

    def number(at: int) -> str:
        one = levels.get(at, level)
        return counted(counts.get(at, one.start), one.form) if one.form else ""

    if level.text:
        return f"{PLACE.sub(lambda found: number(int(found[1])), level.text).strip()} ".lstrip()
    numbers = (number(at) for at in range(max(depth - level.shown + 1, 1), depth + 1))
    return f"{level.before}{'.'.join(filter(None, numbers))}{level.after}".strip() + " "


def _levels(kind: etree._Element) -> dict[int, _Level]:
    found: dict[int, _Level] = {}
    for level in kind:
        depth = level.get(f"{TEXT}level", "") if isinstance(level.tag, str) else ""
        if depth.isdigit() and len(depth) < 3:
            said = level.get(f"{STYLE}num-format", "")
            start, shown = (level.get(f"{TEXT}{name}", "1") for name in ("start-value", "display-levels"))
            found[int(depth)] = _Level(
                form=FORMS.get(said, "decimal" if said else ""),
                text=level.get(f"{LOEXT}num-list-format", ""),
                before=level.get(f"{STYLE}num-prefix", ""),
                after=level.get(f"{STYLE}num-suffix", ""),
                shown=int(shown) if shown.isdigit() and len(shown) < 3 else 1,
                start=int(start) if start.isdigit() and len(start) < 9 else 1,
                bullet=level.get(f"{TEXT}bullet-char", ""),
            )
    return found
