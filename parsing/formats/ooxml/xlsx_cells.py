"""What the cells of an Excel workbook show: their values, texts and dates, under the formats of its styles."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache

from lxml import etree  # type: ignore[import-untyped]
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.cell import column_index_from_string
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from parsing.formats.ooxml.number_formats import REGIONAL_FORMATS, shown
from parsing.formats.ooxml.package import Archive
from parsing.formats.ooxml.theme import Theme
from parsing.formats.ooxml.xlsx_formulas import Formulas, with_address
from parsing.formats.ooxml.xlsx_visibility import CellStyles, Font
from parsing.raised import raised
from parsing.row import Row
from parsing.visibility.verdict import MARKED, SAME_COLOUR, Verdict

GENERAL = "General"
LETTERS = re.compile(r"[A-Z]{1,3}")
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
MOST_COLUMNS = 16_384
TEXTS = ("s", "str", "inlineStr")  # kinds of cells
Range = tuple[int, int, int, int]  # left, top, right, bottom; columns and rows from 1
Run = tuple[str, Font | None]  # a part of a text with a font of its own; None when it has the cell's


class Cells:
    """Reads the cells of one workbook, a row at a time.

    Args:
        workbook: its main part.
        texts, styles: the entries of its shared texts and of its styles; empty when it has none.
    """

    def __init__(self, opened: Archive, workbook: etree._Element, texts: str, styles: str, theme: Theme) -> None:
        self._opened = opened
        properties = workbook.find("{*}workbookPr")
        is_mac = properties is not None and properties.get("date1904") in ("1", "true")
        self._epoch = MAC_EPOCH if is_mac else WINDOWS_EPOCH
        looks = opened.xml_or_none(styles) if styles else None
        self._codes = _codes(looks)
        self._styles = CellStyles(looks, theme)
        self._runs: dict[int, list[Run]] = {}  # by the number of a shared text that has fonts of its own
        self._texts = list(self._shared(texts)) if texts else []
        self._formulas = Formulas(workbook)
        self.hidden: list[Verdict] = []
        self.hidden_rows = 0

    def formulas_shown(self) -> int:
        """How many cells of the sheet read last show their formula, because the file has no result of it."""
        return self._formulas.shown

    def rows(self, part: str, *, coloured: Sequence[Range] = ()) -> Iterator[Row]:
        """The rows of a sheet that have cells. What nobody sees of them goes to ``hidden``, rows that are not shown are counted.

        Args:
            coloured: where what is behind the cells can be of any colour.
        """
        number = 0
        self._formulas.begin()
        for row in _elements(self._opened, part, "row"):
            said = row.get("r", "")
            number = int(said) if said.isdigit() else number + 1
            cells: dict[int, str] = {}
            column = -1
            for cell in row:
                column = _column(cell.get("r"), column + 1)
                if column < MOST_COLUMNS and (value := self._shown(cell)):
                    judged = self._judged(cell, value)
                    if any(one.how for one in judged):
                        value = self._seen(judged, any(_is_in(column + 1, number, one) for one in coloured))
                    if value:
                        cells[column] = value
            if cells:
                self.hidden_rows += row.get("hidden") in ("1", "true")
                yield Row(number, cells)

    def _judged(self, cell: etree._Element, value: str) -> list[Verdict]:
        """The parts of what a cell holds, each with how it is hidden; empty when the cell has one look and is seen."""
        look, kind = self._styles[cell.get("s", "0")], cell.get("t", "n")
        how = look.how_text if kind in TEXTS else look.how_number
        if kind in TEXTS and how != MARKED and (runs := self._runs_of(cell, kind)):
            return [Verdict(text, look.how_run(font)) for text, font in runs]
        return [Verdict(value, how)] if how else []

    def _seen(self, judged: list[Verdict], may_colour: bool) -> str:
        """The parts that are seen; the others go to ``hidden``."""
        is_seen = [not one.how or (may_colour and one.how == SAME_COLOUR) for one in judged]
        self.hidden += (one for one, seen in zip(judged, is_seen, strict=True) if not seen)
        return "".join(one.text for one, seen in zip(judged, is_seen, strict=True) if seen)

    def _runs_of(self, cell: etree._Element, kind: str) -> list[Run] | None:
        """The parts of a text that has more fonts than the cell's; None for most."""
        if kind == "s":
            index = next((child.text for child in cell if child.tag.endswith("}v")), None) or ""
            return self._runs.get(int(index)) if index.isdigit() else None
        return self._runs_in(cell[0]) if kind == "inlineStr" and len(cell) else None

    def _runs_in(self, item: etree._Element) -> list[Run] | None:
        runs: list[Run] = []
        for run in item.iterchildren("{*}r"):
            properties = run.find("{*}rPr")
            runs.append((_text(run), self._styles.font(properties) if properties is not None else None))
        return runs if any(font for _, font in runs) else None

    def _shared(self, part: str) -> Iterator[str]:
        """The texts that cells share."""
        for number, item in enumerate(_elements(self._opened, part, "si")):
            if runs := self._runs_in(item):
                self._runs[number] = runs
            yield _text(item)

    def _shown(self, cell: etree._Element) -> str:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return _text(cell)
        value = next((child.text for child in cell if child.tag.endswith("}v")), None)
        if (formula := self._formulas.of(cell)) and self._formulas.is_without_result(kind, value):
            self._formulas.shown += 1
            return f"={formula}"
        return with_address(self._value(cell, kind, value), formula) if value else ""

    def _value(self, cell: etree._Element, kind: str, value: str) -> str:
        if kind == "s":
            return self._texts[int(value)] if value.isdigit() and int(value) < len(self._texts) else ""
        if kind == "e":
            return _unescaped(value)
        style = cell.get("s", "0")
        code = self._codes[int(style)] if style.isdigit() and int(style) < len(self._codes) else GENERAL
        return shown(_unescaped(value), code) if kind == "str" else self._number(value, kind, code)

    def _number(self, value: str, kind: str, code: str) -> str:
        try:
            if kind == "b":
                return shown(value == "1", code)
            if kind == "d":
                return shown(datetime.fromisoformat(value.removesuffix("Z")), code)
            return shown(int(value) if value.isdigit() else float(value), code, self._epoch)
        except (ValueError, OverflowError):
            return value


def _elements(opened: Archive, part: str, name: str) -> Iterator[etree._Element]:
    """Elements of a part as they are read, each forgotten after its use."""
    with opened.stream(part) as file:
        events = etree.iterparse(file, tag=f"{{*}}{name}", resolve_entities=False, no_network=True, huge_tree=False)
        for _, element in events:
            yield element
            element.clear()
            parent = element.getparent()
            while element.getprevious() is not None:
                del parent[0]


def _text(parent: etree._Element) -> str:
    """The characters of a text, without how to pronounce it."""
    text = ""
    for run in parent.iter("{*}t"):
        holder = run.getparent()
        if not holder.tag.endswith("}rPh"):
            place = holder.find("{*}rPr/{*}vertAlign")
            is_raised = place is not None and place.get("val") == "superscript"
            text += raised(run.text or "", text) if is_raised else run.text or ""
    return _unescaped(text)


def _unescaped(text: str) -> str:
    """``_x000D_`` is how a carriage return is written."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _codes(styles: etree._Element | None) -> list[str]:
    """The number format of each cell style."""
    if styles is None:
        return []
    own = {one.get("numFmtId"): one.get("formatCode", GENERAL) for one in styles.iter("{*}numFmt")}
    formats = styles.find("{*}cellXfs")
    return [_code(one.get("numFmtId", "0"), own) for one in (formats if formats is not None else ())]


def _code(number: str, own: dict[str, str]) -> str:
    if number in own or not number.isdigit():
        return own.get(number, GENERAL)
    return REGIONAL_FORMATS.get(int(number)) or BUILTIN_FORMATS.get(int(number), GENERAL)


def _is_in(column: int, row: int, cells: Range) -> bool:
    return cells[0] <= column <= cells[2] and cells[1] <= row <= cells[3]


def _column(reference: str | None, following: int) -> int:
    letters = LETTERS.match(reference) if reference else None
    return _column_of(letters[0]) if letters else following


@lru_cache(maxsize=20_000)
def _column_of(letters: str) -> int:
    try:
        return column_index_from_string(letters) - 1
    except ValueError:
        return MOST_COLUMNS
