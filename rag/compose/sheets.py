"""What tables of a spreadsheet or CSV file hold: columns, how many rows, the first rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from rag.compose.citing import Citing
from rag.compose.phrases import Phrases
from rag.grounding.markdown import literal
from rag.types import Chunk

CELLS = re.compile(r"\A(?:[^!\n]*!)?[A-Z]{1,3}\d+")
# with a sign or a part after the comma, or of several digits: others may be numbers of something
AMOUNT = re.compile(r"\A-?[$€£]? ?\d[\d,.]*[.,]\d{2,3}\Z|\A-?[$€£] ?\d+\Z")
JOINT = " | "
LEAST_SHARE = 0.6  # of the chunks that have addresses of cells
SHOWN_ROWS, SHOWN_COLUMNS, SHOWN_SHEETS, CELL_CHARS = 3, 7, 4, 60


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: ``rows`` are the first ones, cell by cell, with the chunk that holds each; ``count`` is the number of all."""

    name: str
    columns: tuple[str, ...]
    head: Chunk
    rows: tuple[tuple[Chunk, tuple[str, ...]], ...]
    count: int


def is_table(chunks: Sequence[Chunk]) -> bool:
    """True for the chunks of a document that consists of tables."""
    addressed = sum(bool(chunk.locator and CELLS.match(chunk.locator)) for chunk in chunks)
    has_rows = any(JOINT in chunk.text for chunk in chunks)
    return has_rows and addressed >= LEAST_SHARE * len(chunks)


def sheets(chunks: Sequence[Chunk]) -> list[Sheet]:
    """The tables of a document, one for each sheet."""
    made = []
    for path, group in groupby(chunks, key=lambda chunk: chunk.path):
        sheet = _sheet(path[-1] if path else "", [chunk for chunk in group if chunk.locator])
        if sheet:
            made.append(sheet)
    return made


def _sheet(name: str, chunks: Sequence[Chunk]) -> Sheet | None:
    lines = [(chunk, line) for chunk in chunks for line in chunk.text.splitlines() if JOINT in line]
    if not lines:
        return None
    (head, first), *rows = lines
    columns = tuple(first.split(JOINT))
    named = [(chunk, line) for chunk, line in rows if line.startswith(f"{columns[0]}: ")]
    found = [(chunk, tuple(_value(cell, columns) for cell in line.split(JOINT))) for chunk, line in named or rows]
    return Sheet(name, columns, head, tuple(found[:SHOWN_ROWS]), len(found))


def _value(cell: str, columns: Sequence[str]) -> str:
    """A cell without the name of its column before it."""
    name, joint, value = cell.partition(": ")
    return value if joint and name in columns else cell


def described(found: Sequence[Sheet], citing: Citing, phrases: Phrases) -> str:
    """The tables in Markdown: columns, number of rows, first rows; cells are quoted."""
    texts = [_described(sheet, citing, phrases, is_named=len(found) > 1) for sheet in found[:SHOWN_SHEETS]]
    others = [sheet.name for sheet in found[SHOWN_SHEETS:] if sheet.name]
    named = [f"{phrases.say('sheets_lead')}: {', '.join(map(literal, others))}"] if others else []
    return "\n\n".join([*texts, *named])


def _described(sheet: Sheet, citing: Citing, phrases: Phrases, *, is_named: bool) -> str:
    name = f"**{literal(sheet.name)}**: " if is_named and sheet.name else ""
    rows, columns = (
        phrases.counted(one, many, count)
        for one, many, count in (("row", "rows", sheet.count), ("column", "columns", len(sheet.columns)))
    )
    names = citing.quoted(", ".join(filter(None, sheet.columns)), sheet.head)
    table = phrases.say("table", rows=rows, columns=columns)
    return f"{name}{table}\n\n**{phrases.say('columns_lead')}:** {names}\n\n{_first_rows(sheet, citing)}".rstrip()


def _first_rows(sheet: Sheet, citing: Citing) -> str:
    if not sheet.rows:
        return ""
    count = min(len(sheet.columns), SHOWN_COLUMNS)
    lines = [_row(sheet.columns[:count]), _row(["---"] * count)]
    for chunk, cells in sheet.rows:
        shown = [*cells[:count], *([""] * (count - len(cells)))]
        last = max((place for place, cell in enumerate(shown) if cell.strip()), default=0)
        lines.append(
            _row(
                [
                    f"{_cell(cell)} {citing.mark(chunk)}" if place == last else _cell(cell)
                    for place, cell in enumerate(shown)
                ]
            )
        )
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    short = (
        text
        if len(text) <= CELL_CHARS
        else text[: text.rfind(" ", 0, CELL_CHARS) if " " in text[:CELL_CHARS] else CELL_CHARS]
    )
    return literal(short.replace("|", "\\|"))


def amounts(found: Sequence[Sheet]) -> list[str]:
    """The columns of the first table whose first rows are amounts, such as "Sales"; not numbers of years or items."""
    if not found or not found[0].rows:
        return []
    cells = [row for _, row in found[0].rows]
    return [
        column
        for place, column in enumerate(found[0].columns)
        if column and all(place < len(row) and AMOUNT.match(row[place]) for row in cells)
    ]
