"""The public sets (``public/`` in the folder of the data): gzipped JSON lines, and how their texts become documents."""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from evals.chunking_sets import Document
from parsing import registry
from parsing.parser_input import InMemoryFile
from parsing.sniff.mime import CSV
from parsing.types import Section


def rows(data: Path, name: str) -> list[dict[str, Any]]:
    """The rows of a set, such as ``sentences/qed``."""
    with gzip.open(data / "public" / f"{name}.jsonl.gz", "rt") as file:
        return [json.loads(line) for line in file]


def document(title: str, text: str) -> Document:
    """A text as a document of one section."""
    return Document(title, [Section(number=1, text=text)], {})


def csv_document(title: str, content: bytes) -> Document:
    """A CSV file, parsed as in the product."""
    return Document(title, list(registry.parse(InMemoryFile(content), CSV, lambda *_: None)), {})


def table_document(title: str, lines: Iterable[Sequence[str]]) -> Document:
    """A table as a CSV file."""
    file = io.StringIO()
    csv.writer(file).writerows([" ".join(cell.split()) for cell in line] for line in lines)
    return csv_document(title, file.getvalue().encode())


def airline_lines(table: dict[str, Any]) -> list[list[str]]:
    """The cells of a table with nested heads: both sides are written as paths. Some tables have more heads than rows."""
    heads = [" ".join(path) for path in table["column_header"]]
    names = [" ".join(path) for path in table["row_header"]] or [""] * len(table["data"])
    return [["", *heads], *([name, *line] for name, line in zip(names, table["data"], strict=False))]
