"""Questions about tables with their answers: WikiTableQuestions (as CSV), AIT-QA (nested heads), our own, and when an answer is right."""

import csv
import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.tables.dates import moment_of
from rag.tables.question import Question
from rag.tables.table import Line, Table, typed

FOLDS = 5
OWN = Path("evals/sets/tables.json")
DASHES = str.maketrans("–−—", "---")
QUOTES = re.compile(r"[“”\"]")
ENDINGS = re.compile(r"(?:\s*+\[[^\[\]]*+\]|[*†#]|\s++\([^()]*+\)|\.)\Z")
HARD_TAGS = "difference before after same not or consecutive span more less each share first last"
HARD = frozenset(HARD_TAGS.split())


@dataclass(frozen=True, slots=True)
class TableQuestion:
    """A question about one table, with the cells or numbers that answer it; ``name`` is the table's."""

    set_name: str
    name: str
    text: str
    answers: tuple[str, ...]

    @property
    def fold(self) -> int:
        """The part that its table belongs to, 0 to ``FOLDS`` - 1."""
        return int(hashlib.sha256(f"fold {self.name}".encode()).hexdigest(), 16) % FOLDS

    @property
    def is_simple(self) -> bool:
        """True for look-ups, counts, sums and extremes: nothing in it compares, orders, excludes or goes to a neighbour."""
        return not Question(self.text).tag_names & HARD


@dataclass(frozen=True, slots=True)
class TableSet:
    """Tables by name, and the questions about them."""

    tables: dict[str, Table]
    questions: list[TableQuestion]


def wiki_tables(data: Path) -> TableSet:
    """WikiTableQuestions: the first row of each file names the columns."""
    folder = data / "public" / "tables"
    tables = {path.name: _from_csv(path) for path in sorted((folder / "wikitables").glob("*.csv"))}
    rows = _rows(folder / "wikitables-questions.jsonl.gz")
    questions = [
        TableQuestion("WikiTableQuestions", row["table"], row["question"], tuple(row["answer"])) for row in rows
    ]
    return TableSet(tables, questions)


def airline_tables(data: Path) -> TableSet:
    """AIT-QA: tables of airlines' filings, with nested heads of rows and columns."""
    folder = data / "public" / "tables"
    tables = {row["id"]: _from_nested(row) for row in _rows(folder / "aitqa-tables.jsonl.gz")}
    rows = _rows(folder / "aitqa-questions.jsonl.gz")
    questions = [TableQuestion("AIT-QA", row["table_id"], row["question"], tuple(row["answers"])) for row in rows]
    return TableSet(tables, questions)


def own_tables() -> TableSet:
    """Five small tables of our own, with the plain questions that people have about sheets: groups, shares, top-n, decimal commas."""
    rows = json.loads(OWN.read_text("utf-8"))
    tables = {
        row["name"]: typed(
            [[head] for head in row["heads"]], [Line(tuple(cells)) for cells in row["rows"]], row["name"]
        )
        for row in rows
    }
    questions = [
        TableQuestion("own", row["name"], text, tuple(gold)) for row in rows for text, gold in row["questions"]
    ]
    return TableSet(tables, questions)


def is_right(values: Sequence[str], gold: Sequence[str]) -> bool:
    """True when both are the same set, by text, number or date; as in the evaluator of WikiTableQuestions, marks and
    remarks in brackets at the end do not count."""
    own, wanted = set(map(_normal, values)), set(map(_normal, gold))
    return len(own) == len(wanted) and all(any(_is_same(one, other) for one in own) for other in wanted)


def _normal(text: str) -> str:
    plain = QUOTES.sub("", " ".join(text.lower().translate(DASHES).split()))
    while (shorter := ENDINGS.sub("", plain).strip()) and shorter != plain:
        plain = shorter
    return plain


def _is_same(one: str, other: str) -> bool:
    left, right = _number(one), _number(other)
    if one == other or (left is not None and right is not None and abs(left - right) < 1e-6):
        return True
    first, second = moment_of(one), moment_of(other)
    return first is not None and first.month is not None and first == second


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "").strip("%$"))
    except ValueError:
        return None


def _from_csv(path: Path) -> Table:
    with path.open(newline="") as file:
        rows = [[" ".join(cell.split()) for cell in row] for row in csv.reader(file)]
    return typed([[head] for head in rows[0]], [Line(tuple(row)) for row in rows[1:]], path.name)


def _from_nested(row: dict[str, Any]) -> Table:
    heads = [list(path) for path in row["column_header"]]
    if not row["row_header"]:
        return typed(heads, [Line(tuple(cells)) for cells in row["data"]], row["id"])
    lines = [
        Line((path[-1], *cells), None, " · ".join(path[:-1]))
        for path, cells in zip(row["row_header"], row["data"], strict=False)  # some tables have more heads than rows
    ]
    return typed([[""], *heads], lines, row["id"])


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt") as file:
        for line in file:
            yield json.loads(line)
