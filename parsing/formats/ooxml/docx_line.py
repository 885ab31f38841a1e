"""The text of a Word paragraph as it is read run by run: fields and forms, links, symbols, raised and struck-out characters.

Runs in a child process only.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.ooxml import symbols
from parsing.formats.ooxml.docx_background import TEXT_BOX
from parsing.formats.ooxml.docx_visibility import HiddenRuns
from parsing.formats.ooxml.drawing import M_TEXT
from parsing.formats.ooxml.namespaces import MC, A, R, W
from parsing.links import beside
from parsing.raised import raised
from parsing.visibility.verdict import DELETED, STRUCK_OUT, Verdict, struck_out

M = M_TEXT.removesuffix("t")
OBJECT = W + "object"
PICTURES = (f"{A}blip", "{urn:schemas-microsoft-com:vml}imagedata")
WORDS = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
CHARTS = (
    "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart",
    "{http://schemas.microsoft.com/office/drawing/2014/chartex}chart",
    "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds",
)
ANNOTATIONS = {
    W + "footnoteReference": "footnotes",
    W + "endnoteReference": "endnotes",
    W + "commentReference": "comments",
}
HANGING = {TEXT_BOX, OBJECT, WORDS, *PICTURES, *CHARTS, *ANNOTATIONS}
NOT_SHOWN = {W + name for name in ("moveFrom", "rPr", "pPr", "rt", "sdtPr")} | {f"{MC}Fallback"}
SPECIAL = {W + "tab": "\t", W + "ptab": "\t", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-"}
FIELD_LINK = re.compile(r'\A\s*+HYPERLINK\s++(?:"([^"]{1,500}+)"|([^\s"\\]{1,500}+))', re.IGNORECASE)
LONGEST_FIELD = 1000  # characters of what a field is made from
MOST_FIELDS, MOST_DEPTH = 20, 60  # inside each other
OFF = ("0", "false", "off")
BOXES = ("☐", "☒")


@dataclass
class _Field:
    """A field that has begun: what it is made from, and where what it shows begins in the line."""

    code: str = ""
    start: int | None = None


@dataclass
class Line:
    """A paragraph in the making.

    Attributes:
        hanging: what stands beside the text: boxes, drawings, references to notes.
        hidden: what of it is not seen, or does not hold any more.
    """

    parts: list[str] = field(default_factory=list)
    hanging: list[etree._Element] = field(default_factory=list)
    hidden: list[Verdict] = field(default_factory=list)
    fields: list[_Field] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its characters so far."""
        return "".join(self.parts)

    def end(self) -> str:
        """Its last characters."""
        return "".join(self.parts[-4:])[-4:]

    def link(self, start: int, target: str) -> None:
        """Put an address beside what was added from a place on."""
        words = "".join(self.parts[start:])
        self.parts[start:] = [beside(words, target)]


class LineReader:
    """Reads the paragraphs of one part of a document.

    Args:
        addresses: what its links lead to, by id.
    """

    def __init__(self, hidden_runs: HiddenRuns, addresses: Mapping[str, str]) -> None:
        self._hidden_runs = hidden_runs
        self._addresses = addresses
        self._readers: dict[str, Callable[[etree._Element, Line, int], None]] = {
            f"{W}t": self._characters, M_TEXT: self._characters, f"{W}sym": self._symbol, f"{W}r": self._run,
            f"{W}fldChar": self._field, f"{W}instrText": self._code, f"{W}delText": self._characters,
            f"{W}hyperlink": self._hyperlink, f"{W}fldSimple": self._simple_field, f"{W}del": self._deleted,
            f"{M}f": self._fraction, f"{M}sup": self._power,
        }  # fmt: skip

    def read(self, paragraph: etree._Element) -> Line:
        """A paragraph, without what hangs on it."""
        line = Line()
        self._inside(paragraph, line, 0)
        return line

    def _inside(self, element: etree._Element, line: Line, depth: int) -> None:
        for child in element if depth < MOST_DEPTH else ():
            tag = child.tag
            if tag in SPECIAL:
                line.parts.append(SPECIAL[tag])
            elif tag in HANGING:
                line.hanging.append(child)
            elif tag in self._readers:
                self._readers[tag](child, line, depth)
            elif tag not in NOT_SHOWN and len(child):
                self._inside(child, line, depth + 1)

    def _characters(self, text: etree._Element, line: Line, _: int) -> None:
        line.parts.append(text.text or "")

    def _symbol(self, element: etree._Element, line: Line, _: int) -> None:
        try:
            line.parts.append(symbols.symbol(element.get(f"{W}font", ""), int(element.get(f"{W}char", ""), 16)))
        except ValueError:
            return

    def _run(self, run: etree._Element, line: Line, depth: int) -> None:
        how, is_struck = self._hidden_runs.how(run), self._hidden_runs.is_struck(run)
        if how or (is_struck and struck_out("".join(text.text or "" for text in run.iter(f"{W}t")))):
            aside = Line(fields=line.fields)
            self._inside(run, aside, depth + 1)
            line.hidden.append(Verdict(aside.text, how or STRUCK_OUT))
            line.hanging += aside.hanging
            return
        start = len(line.parts)
        self._inside(run, line, depth + 1)
        if font := _font(run):
            line.parts[start:] = [symbols.shown(font, part) for part in line.parts[start:]]
        if len(line.parts) == start + 1 and self._hidden_runs.is_raised(run):
            (text,) = line.parts[start:]
            del line.parts[start:]
            line.parts.append(raised(text, line.end()))

    def _deleted(self, element: etree._Element, line: Line, depth: int) -> None:
        aside = Line()
        self._inside(element, aside, depth + 1)
        line.hidden.append(Verdict(aside.text, DELETED))

    def _hyperlink(self, link: etree._Element, line: Line, depth: int) -> None:
        start = len(line.parts)
        self._inside(link, line, depth + 1)
        line.link(start, self._addresses.get(link.get(f"{R}id", ""), ""))

    def _simple_field(self, element: etree._Element, line: Line, depth: int) -> None:
        start = len(line.parts)
        self._inside(element, line, depth + 1)
        line.link(start, _address(element.get(f"{W}instr", "")))

    def _field(self, mark: etree._Element, line: Line, _: int) -> None:
        kind = mark.get(f"{W}fldCharType", "")
        if kind == "begin" and len(line.fields) < MOST_FIELDS:
            line.fields.append(_Field())
            line.parts.append(_form_field(mark.find(f"{W}ffData")))
        elif kind == "separate" and line.fields:
            line.fields[-1].start = len(line.parts)
        elif kind == "end" and line.fields:
            ended = line.fields.pop()
            if ended.start is not None and (address := _address(ended.code)):
                line.link(ended.start, address)

    def _code(self, text: etree._Element, line: Line, _: int) -> None:
        if line.fields and line.fields[-1].start is None and len(line.fields[-1].code) < LONGEST_FIELD:
            line.fields[-1].code += text.text or ""

    def _fraction(self, fraction: etree._Element, line: Line, depth: int) -> None:
        above, below = (self._aside(fraction.find(f"{M}{name}"), depth) for name in ("num", "den"))
        line.parts.append(f"{_grouped(above)}/{_grouped(below)}")

    def _power(self, power: etree._Element, line: Line, depth: int) -> None:
        text = self._aside(power, depth)
        shown = raised(text, "")
        line.parts.append(shown if shown != text or not text else f"^{_grouped(text)}")

    def _aside(self, element: etree._Element | None, depth: int) -> str:
        aside = Line()
        if element is not None:
            self._inside(element, aside, depth + 1)
        return aside.text


def _grouped(text: str) -> str:
    return text if text.isalnum() else f"({text})"


def _font(run: etree._Element) -> str:
    """The font of a run, where it may be one of symbols."""
    fonts = run.find(f"{W}rPr/{W}rFonts")
    return fonts.get(f"{W}ascii") or fonts.get(f"{W}hAnsi") or "" if fonts is not None else ""


def _address(code: str) -> str:
    found = FIELD_LINK.match(code)
    return (found[1] or found[2]) if found else ""


def _form_field(form: etree._Element | None) -> str:
    """What a field of a form shows by itself: a box, or the entry of a list that is chosen."""
    if form is None:
        return ""
    box, choices = form.find(f"{W}checkBox"), form.find(f"{W}ddList")
    if box is not None:
        said = box.find(f"{W}checked")
        said = box.find(f"{W}default") if said is None else said
        return BOXES[said is not None and said.get(f"{W}val", "1").lower() not in OFF]
    if choices is not None:
        entries = [entry.get(f"{W}val", "") for entry in choices.iterfind(f"{W}listEntry")]
        said = choices.find(f"{W}result")
        said = choices.find(f"{W}default") if said is None else said
        chosen = said.get(f"{W}val", "0") if said is not None else "0"
        return entries[int(chosen)] if chosen.isdigit() and int(chosen) < len(entries) else ""
    return ""
