"""Read-only SQL over one table, in a SQLite database of its own in memory: for language models, and to compute what is shown again.

The statement may read that table and nothing else. Everything that SQLite could do besides is refused by its authorizer before it runs;
time, rows and sizes are limited. The table is called ``t``; its columns have the names that :func:`schema` tells, and ``row`` is the
number of a row.
"""

import re
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from rag.tables.table import Cell, Column, Table

NAME = "t"
ROW = "row"
LIMIT_S, MOST_ROWS = 1.0, 200
STEPS = 1_000  # of SQLite's machine between two looks at the clock
LONGEST_SQL, LONGEST_VALUE, LONGEST_NAME = 4_000, 100_000, 40
NOT_A_NAME = re.compile(r"\W++")
ALLOWED = """abs avg ceil ceiling coalesce count date floor group_concat iif ifnull instr julianday length like lower ltrim max min
nullif round rtrim sign strftime substr substring sum total trim upper row_number rank dense_rank lag lead first_value last_value ntile"""
FUNCTIONS = frozenset(ALLOWED.split())
LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: LONGEST_VALUE,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: LONGEST_SQL,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 50,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 5,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 200,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
Value = str | float | int | None


class QueryRefused(ValueError):
    """A statement that is not run, or not to its end; the message says why, in a sentence."""


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The rows of a statement; ``is_cut`` when there were more than may be."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    is_cut: bool = False


def query(sql: str, table: Table, *, limit_s: float = LIMIT_S, most_rows: int = MOST_ROWS) -> QueryResult:
    """Runs one SELECT over a table.

    Raises:
        QueryRefused: it is no SELECT on that table, has an error, or takes longer than ``limit_s``.
    """
    with closing(_opened(table)) as connection, _limited(connection, limit_s):
        try:
            cursor = connection.execute(sql)
            rows = cursor.fetchmany(most_rows + 1)
        except (sqlite3.Error, sqlite3.Warning, ValueError, UnicodeError) as error:
            raise QueryRefused(_reason(error)) from error
        names = tuple(column[0] for column in cursor.description or ())
    if not names:
        raise QueryRefused("The statement selects nothing.")
    return QueryResult(names, tuple(map(tuple, rows[:most_rows])), len(rows) > most_rows)


def schema(table: Table) -> str:
    """How the table is declared, for a prompt: a line for each column with its heads and kind."""
    names = column_names(table)
    lines = [
        f'  "{name}" {_type(column)},  -- {" ".join(column.name.split())}'
        for name, column in zip(names, table.columns, strict=True)
    ]
    return "\n".join([f"CREATE TABLE {NAME} (", f"  {ROW} INTEGER,  -- number of the row", *lines, ");"])


def column_names(table: Table) -> list[str]:
    """The columns' names in SQL, in order: letters, digits and underscores, each once."""
    seen: Counter[str] = Counter([ROW])
    names = []
    for column in table.columns:
        plain = NOT_A_NAME.sub("_", column.name.lower()).strip("_")[:LONGEST_NAME] or f"column_{column.index + 1}"
        seen[plain] += 1
        while seen[plain] > 1 and seen[f"{plain}_{seen[plain]}"]:
            seen[plain] += 1
        name = plain if seen[plain] == 1 else f"{plain}_{seen[plain]}"
        seen[name] += name != plain
        names.append(name)
    return names


def _opened(table: Table) -> sqlite3.Connection:
    """A database with the table's rows, those that are totals left out, as sums would count them twice."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    names = column_names(table)
    declared = [f'"{name}" {_type(column)}' for name, column in zip(names, table.columns, strict=True)]
    connection.execute(f"CREATE TABLE {NAME} ({', '.join([f'{ROW} INTEGER', *declared])})")
    places = ", ".join("?" * (len(names) + 1))
    values = ((row.number, *map(_value, row.cells, table.columns)) for row in table.body)
    connection.executemany(f"INSERT INTO {NAME} VALUES ({places})", values)
    return connection


@contextmanager
def _limited(connection: sqlite3.Connection, limit_s: float) -> Iterator[None]:
    for limit, value in LIMITS.items():
        connection.setlimit(limit, value)
    end = time.monotonic() + limit_s
    connection.set_progress_handler(lambda: int(time.monotonic() > end), STEPS)
    connection.set_authorizer(_allows)
    yield


def _allows(action: int, first: str | None, second: str | None, _database: str | None, _trigger: str | None) -> int:
    """SQLite's question before each thing that a statement does."""
    is_allowed = (
        action == sqlite3.SQLITE_SELECT
        or (action == sqlite3.SQLITE_READ and first == NAME)
        or (action == sqlite3.SQLITE_FUNCTION and second is not None and second.lower() in FUNCTIONS)
    )
    return sqlite3.SQLITE_OK if is_allowed else sqlite3.SQLITE_DENY


def _type(column: Column) -> str:
    return "REAL" if column.kind == "number" else "TEXT"


def _value(cell: Cell, column: Column) -> Value:
    """A number, a date as ISO 8601 as far as it is known, else the text; None for a blank cell."""
    if cell.is_blank:
        return None
    if column.kind == "number":
        return cell.number
    if column.kind == "date" and cell.moment and cell.moment.year:
        parts: Sequence[int | None] = (cell.moment.year, cell.moment.month, cell.moment.day)
        known = [part for part in parts if part is not None]
        return "-".join(f"{part:02}" for part in known)
    return cell.text


def _reason(error: Exception) -> str:
    text = str(error)
    if "interrupted" in text:
        return "The statement takes too long."
    if "not authorized" in text or "prohibited" in text:
        return "The statement may only select from this table."
    return f"The statement has an error: {text}."
