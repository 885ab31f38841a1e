"""The paragraphs of a slide's shapes: numbers of lists, links, raised and struck-out characters. Runs in a child process only."""

from collections.abc import Iterator, Mapping

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.ooxml.counting import counted
from parsing.formats.ooxml.drawing import M_TEXT
from parsing.formats.ooxml.namespaces import A, R
from parsing.links import address_of, beside
from parsing.raised import raised

STRUCK = ("sngStrike", "dblStrike")
FORMS = {"alphaLc": "lowerLetter", "alphaUc": "upperLetter", "romanLc": "lowerRoman", "romanUc": "upperRoman"}
AROUND = {"ParenBoth": "({0})", "ParenR": "{0})", "Period": "{0}.", "Plain": "{0}"}
LINK = f"{A}hlinkClick"


def is_struck(run: etree._Element) -> bool:
    """True for a run with a line through it."""
    properties = run.find(f"{A}rPr")
    return properties is not None and properties.get("strike") in STRUCK


class ShapeText:
    """Reads the paragraphs of the shapes of one slide.

    Args:
        addresses: what its links lead to, by id.
    """

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses

    def lines(self, shape: etree._Element) -> Iterator[tuple[etree._Element, str]]:
        """The paragraphs of a shape and what each says, its number before it."""
        counts: dict[int, tuple[str, int]] = {}  # depth → kind of numbers, the last
        for paragraph in shape.iter(f"{A}p"):
            text = self.line(paragraph)
            yield paragraph, f"{_label(paragraph, counts)}{text}" if text else ""

    def line(self, paragraph: etree._Element) -> str:
        """What a paragraph says."""
        parts: list[str] = []
        for child in paragraph:
            if child.tag == f"{A}br":
                parts.append("\n")
            elif child.tag in (f"{A}r", f"{A}fld"):
                parts.append(self._run(child, "".join(parts[-3:])))
            else:
                parts += (text.text or "" for text in child.iter(f"{A}t", M_TEXT))
        return "".join(parts).strip()

    def address(self, shape: etree._Element) -> str:
        """What a click on a shape leads to; empty for nothing outside of the file."""
        names = shape[0].find("{*}cNvPr") if len(shape) else None
        link = names.find(LINK) if names is not None else None
        return address_of(self._addresses.get(link.get(f"{R}id", ""), "")) if link is not None else ""

    def _run(self, run: etree._Element, before: str) -> str:
        text = "".join(one.text or "" for one in run.iter(f"{A}t", M_TEXT))
        properties = run.find(f"{A}rPr")
        if properties is None:
            return text
        rise, link = properties.get("baseline", ""), properties.find(LINK)
        if rise.rstrip("%").isdigit() and int(rise.rstrip("%")):
            return raised(text, before)
        return beside(text, self._addresses.get(link.get(f"{R}id", ""), "")) if link is not None else text


def _label(paragraph: etree._Element, counts: dict[int, tuple[str, int]]) -> str:
    """The number that is printed before a paragraph, and a space. A paragraph without one ends the lists of its depth."""
    properties = paragraph.find(f"{A}pPr")
    said = properties.get("lvl", "0") if properties is not None else "0"
    depth = int(said) if said.isdigit() else 0
    for deeper in [one for one in counts if one > depth]:
        del counts[deeper]
    numbers = properties.find(f"{A}buAutoNum") if properties is not None else None
    if numbers is None:
        counts.pop(depth, None)
        return ""
    kind, start = numbers.get("type", "arabicPeriod"), numbers.get("startAt", "1")
    before = counts.get(depth)
    number = before[1] + 1 if before and before[0] == kind else int(start) if start.isdigit() and len(start) < 6 else 1
    counts[depth] = kind, number
    form = next((form for name, form in FORMS.items() if kind.startswith(name)), "decimal")
    around = next((around for name, around in AROUND.items() if kind.endswith(name)), "{0}.")
    return around.format(counted(number, form)) + " "
