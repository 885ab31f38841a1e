"""What the cells of an Excel workbook show: their values, texts and dates, under the formats of its styles."""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from lxml import etree  # type: ignore[import-untyped]
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.cell import column_index_from_string
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

from parsing.formats.ooxml.number_formats import shown
from parsing.formats.ooxml.package import Archive
from parsing.formats.ooxml.xlsx_visibility import unseen_styles
from parsing.grid import Row
from parsing.visibility import SAME_COLOUR, Hidden

GENERAL = "General"
LETTERS = re.compile(r"[A-Z]{1,3}")
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
MOST_COLUMNS = 16_384


class Cells:
    """Reads the cells of one workbook, a row at a time.

    Args:
        workbook: its main part.
        texts, styles: the entries of its shared texts and of its styles; empty when it has none.
    """

    def __init__(self, opened: Archive, workbook: etree._Element, texts: str, styles: str) -> None:
        self._opened = opened
        properties = workbook.find("{*}workbookPr")
        is_mac = properties is not None and properties.get("date1904") in ("1", "true")
        self._epoch = MAC_EPOCH if is_mac else WINDOWS_EPOCH
        self._texts = [_text(item) for item in _elements(opened, texts, "si")] if texts else []
        looks = opened.xml_or_none(styles) if styles else None
        self._codes = _codes(looks)
        self._unseen = unseen_styles(looks)
        self.hidden: list[Hidden] = []
        self.hidden_rows = 0

    def rows(self, part: str, *, may_colour: bool = False) -> Iterator[Row]:
        """The rows of a sheet that have cells. What nobody sees of them goes to ``hidden``, rows that are not shown are counted.

        Args:
            may_colour: what is behind the cells can be of any colour.
        """
        number = 0
        for row in _elements(self._opened, part, "row"):
            said = row.get("r", "")
            number = int(said) if said.isdigit() else number + 1
            cells: dict[int, str] = {}
            column = -1
            for cell in row:
                column = _column(cell.get("r"), column + 1)
                if column < MOST_COLUMNS and (value := self._shown(cell)):
                    how = self._unseen.get(cell.get("s", "0"), "") if self._unseen else ""
                    if how and not (may_colour and how == SAME_COLOUR):
                        self.hidden.append(Hidden(value, how))
                    else:
                        cells[column] = value
            if cells:
                self.hidden_rows += row.get("hidden") in ("1", "true")
                yield Row(number, cells)

    def _shown(self, cell: etree._Element) -> str:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return _text(cell)
        value = next((child.text for child in cell if child.tag.endswith("}v")), None)
        if not value:
            return ""
        if kind == "s":
            return self._texts[int(value)] if value.isdigit() and int(value) < len(self._texts) else ""
        if kind in ("str", "e"):
            return _unescaped(value)
        style = cell.get("s", "0")
        code, is_date = (
            self._codes[int(style)] if style.isdigit() and int(style) < len(self._codes) else (GENERAL, False)
        )
        return self._number(value, kind, code, is_date)

    def _number(self, value: str, kind: str, code: str, is_date: bool) -> str:
        try:
            if kind == "b":
                return shown(value == "1", code)
            if kind == "d":
                return shown(datetime.fromisoformat(value.removesuffix("Z")), code)
            number = float(value)
            if is_date:
                return shown(from_excel(number, self._epoch), code)
            return shown(int(value) if value.isdigit() else number, code)
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
    runs = (run for run in parent.iter("{*}t") if not run.getparent().tag.endswith("}rPh"))
    return _unescaped("".join(run.text or "" for run in runs))


def _unescaped(text: str) -> str:
    """``_x000D_`` is how a carriage return is written."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _codes(styles: etree._Element | None) -> list[tuple[str, bool]]:
    """The number format of each cell style, and whether it is one of dates."""
    if styles is None:
        return []
    own = {one.get("numFmtId"): one.get("formatCode", GENERAL) for one in styles.iter("{*}numFmt")}
    formats = styles.find("{*}cellXfs")
    codes = []
    for one in formats if formats is not None else ():
        number = one.get("numFmtId", "0")
        codes.append(own.get(number) or BUILTIN_FORMATS.get(int(number) if number.isdigit() else 0, GENERAL))
    return [(code, bool(is_date_format(code))) for code in codes]


def _column(reference: str | None, following: int) -> int:
    letters = LETTERS.match(reference) if reference else None
    return _column_of(letters[0]) if letters else following


@lru_cache(maxsize=20_000)
def _column_of(letters: str) -> int:
    try:
        return column_index_from_string(letters) - 1
    except ValueError:
        return MOST_COLUMNS
