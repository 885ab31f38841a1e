"""Tables of a page as lines of cells: each cell stands under the heads of its columns, also where cells span several.

Unstructured glues the words at line ends of a cell and forgets what spans, so it is given the finished lines. Runs in a child process only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.html import fields
from parsing.grid import one_line, table_text
from parsing.heads import LONGEST_LABEL, is_label

PARAGRAPH = "\ue001"  # ends a paragraph
MARK = "\ue000table\ue000"  # begins a listing that is a table
BLOCKS = frozenset(
    (
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "br",
            "center",
            "dd",
            "div",
            "dl",
            "dt",
            "fieldset",
            "figcaption",
            "figure",
        ),
        *(
            "footer",
            "form",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "legend",
            "li",
            "main",
            "ol",
            "option",
            "p",
            "pre",
        ),
        *("section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    )
)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
OF_LAYOUT = ("p", "div", "ul", "ol", "dl", "pre", "blockquote", *HEADINGS)
PARTS = ("table", "thead", "tbody", "tfoot", "tr", "td", "th")
LONG_CELL = 200  # characters; one column of such is no table
MOST_SPAN = 1000  # as browsers have it
DIGITS = re.compile(r"\A\s*+(\d{1,6})")


def spell(root: etree._Element) -> None:
    """Make every table a listing that begins with MARK, and what is laid out by a table a box of its own."""
    tables = list(root.iter("table"))
    outer = {parent for table in tables if (parent := next(table.iterancestors("table"), None)) is not None}
    for table in tables:
        if table in outer:
            _open(table)
            continue
        _put_before(table, _stray(table))
        rows = _Rows.of(list(table.iter("tr")))
        if rows.is_layout:
            _open(table)
        else:
            fields.become(table, "pre", f"{MARK}{rows.text()}")


def _open(table: etree._Element) -> None:
    """Make a table that only lays out boxes, each a part of the page. Rows of cells among them stay such."""
    run: list[etree._Element] = []
    for row in _own_rows(table):
        if next(row.iter("table", "pre", *HEADINGS), None) is None and len(row) > 1:
            run.append(row)
            continue
        _close(run)
        run = []
        for part in (row, *row.iterchildren("td", "th")):
            part.tag = "div"
    _close(run)
    table.tag = "div"


def _own_rows(table: etree._Element) -> Iterator[etree._Element]:
    """The rows of a table, without those of others in it. The parts that they stand in become boxes."""
    for child in list(table):
        if child.tag in ("thead", "tbody", "tfoot"):
            child.tag = "div"
            yield from list(child.iterchildren("tr"))
        elif child.tag == "tr":
            yield child


def _close(run: list[etree._Element]) -> None:
    """Make neighbouring rows a listing, or boxes where they are none."""
    rows = _Rows.of(run)
    if run and not rows.is_layout and any(len(row) > 1 for row in rows.body):
        fields.become(run[0], "pre", f"{MARK}{rows.text()}")
        for row in run[1:]:
            fields.become(row, "span", "")
        return
    for row in run:
        for part in (row, *row.iterchildren("td", "th")):
            part.tag = "div"


def cell_text(cell: etree._Element) -> str:
    """The text of a cell on one line; blocks and line ends in it part words."""
    parts: list[str] = []
    for event, element in etree.iterwalk(cell, events=("start", "end", "comment", "pi")):
        is_start = event == "start"
        if is_start or event == "end":
            parts.append(" " if element.tag in BLOCKS else "")
        if is_start:
            parts.append(element.text or "")
        elif element is not cell:
            parts.append(element.tail or "")
    return one_line("".join(parts).replace(PARAGRAPH, " "))


@dataclass
class _Rows:
    """The rows of a table, by column.

    Attributes:
        titles: lines over all columns that come before the others.
        head: what its columns are called; empty when nothing says so.
    """

    titles: list[str] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    body: list[list[str]] = field(default_factory=list)
    is_layout: bool = False

    @classmethod
    def of(cls, rows_of_table: list[etree._Element]) -> "_Rows":
        """Those of a table without others in it."""
        grid = _Grid()
        for row in rows_of_table:
            grid.add(row)
        used = sorted({column for cells in grid.rows for column, text in cells.items() if text})
        boxes = HEADINGS if len(used) > 1 else OF_LAYOUT
        is_boxed = any(next(row.iter(*boxes), None) is not None for row in rows_of_table)
        if is_boxed or (len(used) < 2 and grid.longest > LONG_CELL):
            return cls(is_layout=True)
        titles = next((number for number, is_title in enumerate(grid.is_title) if not is_title), 0)
        lines = [" ".join(filter(None, cells.values())) for cells in grid.rows[:titles]]
        place = {column: number for number, column in enumerate(used)}
        if len(used) * len(grid.rows) > 10 * grid.cells + 1000:  # steps: mostly gaps
            return cls(
                lines, body=[[text for _, text in sorted(cells.items()) if text] for cells in grid.rows[titles:]]
            )
        shown = ({place[column]: text for column, text in cells.items() if text} for cells in grid.rows[titles:])
        rows = [[cells.get(column, "") for column in range(max(cells, default=-1) + 1)] for cells in shown]
        heads = _head_rows(rows, grid.is_head[titles:], grid.has_spans[titles:])
        head = _labels(rows[:heads]) if heads else []
        return (
            cls(lines, head, rows[heads:]) if max(map(len, head), default=0) <= LONGEST_LABEL else cls(lines, body=rows)
        )

    def text(self) -> str:
        """They as lines of cells."""
        return "\n".join([*self.titles, table_text(self.body, self.head)])


@dataclass
class _Grid:
    """Cells at their columns; one that spans several stands in each, as long as it is short.

    Attributes:
        is_title, is_head, has_spans: of rows: one cell over all columns; cells that name columns; some, not all, over several columns.
        longest: characters of a cell.
    """

    rows: list[dict[int, str]] = field(default_factory=list)
    is_title: list[bool] = field(default_factory=list)
    is_head: list[bool] = field(default_factory=list)
    has_spans: list[bool] = field(default_factory=list)
    longest: int = 0
    cells: int = 0
    _below: dict[int, tuple[int, str]] = field(
        default_factory=dict
    )  # column → rows still to come, and what stands there
    _copies: int = 0

    def add(self, row: etree._Element) -> None:
        """The next row."""
        own = [cell for cell in row if cell.tag in ("td", "th")]
        if self._is_full():
            self._below = {}
        is_alone = len(own) == 1 and not self._below
        cells = {column: text for column, (_, text) in self._below.items()}
        self._copies += len(cells)
        self._below = {column: (left - 1, text) for column, (left, text) in self._below.items() if left > 1}
        column, widest = 0, 1
        for cell in own:
            while column in cells:
                column += 1
            width = self._put(cell, column, cells, is_alone)
            widest = max(widest, width)
            column += width
        names, parent = {cell.tag for cell in own}, row.getparent()
        self.rows.append(cells)
        self.is_title.append(is_alone and widest > 1)
        self.is_head.append(bool(own) and (names == {"th"} or (parent is not None and parent.tag == "thead")))
        self.has_spans.append(widest > 1 and not is_alone)

    def _put(self, cell: etree._Element, column: int, cells: dict[int, str], is_alone: bool) -> int:
        """A cell into its row and into those that it spans. Returns how many columns it takes."""
        text = cell_text(cell)
        width, height = (_span(cell, name) for name in ("colspan", "rowspan"))
        self.cells += 1
        self.longest = max(self.longest, len(text))
        cells[column] = text
        if self._is_full():
            return width
        copy = text if len(text) <= LONGEST_LABEL else ""
        for other in range(column, column + width):
            if other > column:
                cells[other] = "" if is_alone else copy
            if height > 1:
                self._below[other] = (height - 1, copy)
        self._copies += width - 1
        return width

    def _is_full(self) -> bool:
        """True when there are far more copies of cells than cells."""
        return self._copies > 4 * (self.cells + len(self.rows)) + 100


def _span(cell: etree._Element, name: str) -> int:
    found = DIGITS.match(cell.get(name, ""))
    number = int(found[1]) if found else 1
    return MOST_SPAN if name == "rowspan" and number == 0 else min(max(number, 1), MOST_SPAN)


def _head_rows(rows: list[list[str]], is_head: list[bool], has_spans: list[bool]) -> int:
    """How many rows name the columns: those of heads, or, where a first row of names spans columns, it and the names below."""
    count = 0
    while count < len(rows) - 1 and is_head[count]:
        count += 1
    if count or len(rows) < 3 or not has_spans[0] or not _are_names(rows[0]):
        return count
    return 2 if not has_spans[1] and _goes_on(rows[0], rows[1]) else 1


def _goes_on(head: list[str], below: list[str]) -> bool:
    """True for a row that only names the columns under those names of the head that span several."""
    spanned = {text for text, other in pairwise(head) if text and text == other}
    above = [*head, *[""] * len(below)]
    return _are_names(below) and all(
        text in ("", name) for name, text in zip(above, below, strict=False) if name not in spanned
    )


def _are_names(row: list[str]) -> bool:
    return all(is_label(text) for text in row if text)


def _labels(rows: list[list[str]]) -> list[str]:
    """The names of columns: what stands above each, from the top."""
    width = max(map(len, rows))
    columns = ([row[column] for row in rows if column < len(row)] for column in range(width))
    return [" ".join(dict.fromkeys(filter(None, column))) for column in columns]


def _stray(table: etree._Element) -> str:
    """Text between the cells, which browsers show above the table."""
    return one_line(" ".join(_between(table)))


def _between(table: etree._Element) -> Iterator[str]:
    for element in table.iter(*PARTS[:5]):
        yield element.text or ""
        yield from (child.tail or "" for child in element if child.tag in PARTS[1:] or not isinstance(child.tag, str))


def _put_before(table: etree._Element, text: str) -> None:
    if text and table.getparent() is not None:
        paragraph = etree.Element("p")
        paragraph.text = text
        table.addprevious(paragraph)
