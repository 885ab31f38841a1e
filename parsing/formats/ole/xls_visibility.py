"""How the cells of an Excel workbook of 1997 to 2003 look: as those of newer ones, from other records."""

from collections.abc import Iterator

import xlrd

from parsing.formats.ooxml.xlsx_visibility import AUTOMATIC, PLAIN, SYSTEM, CellLook, Font, Palette
from parsing.visibility.colour import WHITE, Colour
from parsing.visibility.verdict import MARKED, Verdict

TWIPS_PER_PT = 20
NONE, SOLID = 0, 1  # patterns of fills


class OldCellStyles:
    """The looks of the cells of one workbook."""

    def __init__(self, book: xlrd.Book) -> None:
        palette = {number: Colour(*rgb) for number, rgb in book.colour_map.items() if rgb}
        self._palette: Palette = palette | SYSTEM
        self._fonts = [
            Font(font.height / TWIPS_PER_PT, palette.get(font.colour_index), bool(font.struck_out))
            for font in book.font_list
        ]
        self._looks = [self._look(book, xf) for xf in book.xf_list]

    def seen(self, sheet: xlrd.sheet.Sheet, row: int, column: int, text: str, hidden: list[Verdict]) -> str:
        """What is seen of what a cell shows; the rest goes to ``hidden``."""
        cell = sheet.cell(row, column)
        look = self._looks[cell.xf_index] if cell.xf_index is not None and cell.xf_index < len(self._looks) else PLAIN
        is_text = cell.ctype == xlrd.XL_CELL_TEXT
        how = look.how_text if is_text else look.how_number
        runs = sheet.rich_text_runlist_map.get((row, column)) if is_text and how != MARKED else None
        judged = (
            [Verdict(part, look.how_run(font)) for part, font in self._parts(text, runs)]
            if runs
            else [Verdict(text, how)]
        )
        hidden += (one for one in judged if one.how)
        return "".join(one.text for one in judged if not one.how)

    def _look(self, book: xlrd.Book, xf: xlrd.formatting.XF) -> CellLook:
        fill: Colour | None = WHITE
        if (kind := xf.background.fill_pattern) != NONE:
            fill = self._palette.get(xf.background.pattern_colour_index) if kind == SOLID else None
        form = book.format_map.get(xf.format_key)
        return CellLook.of(self._font(xf.font_index), fill, form.format_str if form else "", self._palette)

    def _font(self, index: int) -> Font:
        return self._fonts[index] if index < len(self._fonts) else AUTOMATIC

    def _parts(self, text: str, runs: list[tuple[int, int]]) -> Iterator[tuple[str, Font | None]]:
        """Parts of a text, each with its font; None before the first that has one."""
        starts = [(0, None), *((start, self._font(font)) for start, font in runs)]
        ends = [start for start, _ in starts[1:]] + [len(text)]
        yield from ((text[start:end], font) for (start, font), end in zip(starts, ends, strict=True) if start < end)
