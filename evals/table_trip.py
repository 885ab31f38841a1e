"""Do tables survive the way through the product? Each CSV file is parsed, cut into chunks and read back, then compared and asked."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from core.settings import ChunkSettings
from evals.corpus import LIBRARY, document_id
from evals.table_sets import TableSet, is_right
from ingestion.indexing.chunking.chunker import Chunker
from ingestion.indexing.chunking.structure import StructureSplitter
from parsing import registry
from parsing.parser_input import InMemoryFile
from parsing.sniff.sniff import HEAD_BYTES, TAIL_BYTES, sniff
from rag.tables.answering import best_answer
from rag.tables.reading import tables_in
from rag.tables.scorer import Model
from rag.tables.table import Table


def read_back(path: Path) -> list[Table]:
    """The tables of a file, after it was parsed and cut into chunks as in the product."""
    data = path.read_bytes()
    mime_type = sniff(data[:HEAD_BYTES], data[-TAIL_BYTES:], path.name)
    sections = list(registry.parse(InMemoryFile(data), mime_type, lambda *_: None))
    settings = ChunkSettings()
    splitter = StructureSplitter(settings.size, settings.overlap)
    chunker = Chunker(splitter, document_id=document_id(path.name), library_id=LIBRARY, title=path.name)
    return tables_in(asyncio.run(chunker.chunks_of(*sections)))


def report(folder: Path, given: TableSet, model: Callable[[str], Model]) -> None:
    """Prints how many tables come back cell by cell, and how many questions are answered right from those that came back.

    Args:
        model: of a table's name, fitted without it.
    """
    registry.warm_up()
    tables = {name: read_back(folder / name) for name in given.tables}
    same = sum(len(own) == 1 and _cells(own[0]) == _cells(given.tables[name]) for name, own in tables.items())
    right = 0
    for question in given.questions:
        answer = best_answer(question.text, tables[question.name], model(question.name))
        right += answer is not None and is_right(answer.values, question.answers)
    asked = len(given.questions)
    print(
        f"\nThrough the parser: {same} of {len(tables)} tables come back the same; right {right / asked:.3f} of {asked}"
    )


def _cells(table: Table) -> list[tuple[str, ...]]:
    """What all rows show, without blank rows and columns."""
    rows = [tuple(cell.text for cell in row.cells) for row in table.rows]
    filled = [index for index in range(len(table.columns)) if any(row[index] for row in rows)]
    return [tuple(row[index] for index in filled) for row in rows if any(row)]
