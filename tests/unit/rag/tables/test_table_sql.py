"""SQL over one table: what is asked is answered, what is not a SELECT on it is refused, what takes long ends."""

import time

import pytest

from rag.tables.sql import QueryRefused, column_names, query, schema
from rag.tables.table import Line, typed

TABLE = typed(
    [["Region"], ["Units sold"], ["Units, sold"], ["Date"]],
    [
        Line(("North", "1,200", "1", "3 May 2020")),
        Line(("South", "800", "2", "1 June 2020")),
        Line(("North", "(50)", "3", "")),
        Line(("Total", "1,950", "6", "")),
    ],
)


def test_numbers_are_summed_without_totals_and_dates_are_iso() -> None:
    found = query('SELECT "region", sum("units_sold") AS units FROM t GROUP BY 1 ORDER BY 2 DESC', TABLE)
    assert (found.columns, found.rows) == (("region", "units"), (("North", 1150.0), ("South", 800.0)))
    assert query("SELECT date FROM t WHERE row = 2", TABLE).rows == (("2020-06-01",),)


def test_names_of_columns_are_told_apart() -> None:
    assert column_names(TABLE) == ["region", "units_sold", "units_sold_2", "date"]
    assert '"units_sold_2" REAL,  -- Units, sold' in schema(TABLE)


def test_common_table_expressions_and_windows_are_allowed() -> None:
    sql = "WITH big AS (SELECT * FROM t WHERE units_sold > 0) SELECT region, rank() OVER (ORDER BY units_sold) FROM big"
    assert len(query(sql, TABLE).rows) == 2


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES (9, 'x', 1, 1, '')",
        "UPDATE t SET region = 'x'",
        "DELETE FROM t",
        "DROP TABLE t",
        "CREATE TABLE u (a)",
        "CREATE TEMP TABLE u AS SELECT * FROM t",
        "ATTACH DATABASE '/tmp/stolen.db' AS s",
        "VACUUM INTO '/tmp/stolen.db'",
        "PRAGMA database_list",
        "PRAGMA temp_store_directory = '/'",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM pragma_database_list",
        "SELECT load_extension('/tmp/evil.so')",
        "SELECT readfile('/etc/passwd')",
        "SELECT writefile('/tmp/x', 'y')",
        "SELECT randomblob(1000000000) FROM t",
        "SELECT zeroblob(1000000000) FROM t",
        "SELECT printf('%1000000000d', 1) FROM t",
        "SELECT 1; DROP TABLE t",
        "BEGIN",
        "EXPLAIN DELETE FROM t",
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c",
        "SELECT region COLLATE nowhere FROM t ORDER BY 1 COLLATE nowhere",
        "SELECT * FROM other",
        "SELECT",
        "",
        "-- nothing",
        "SELECT '\x00' FROM t; \x00",
        "SELECT " + "(" * 500 + "1" + ")" * 500,
        "SELECT * FROM t WHERE region = '" + "x" * 10_000 + "'",
    ],
)
def test_what_is_no_select_on_the_table_is_refused(sql: str) -> None:
    with pytest.raises(QueryRefused, match=r"^The statement "):
        query(sql, TABLE)


def test_a_statement_that_never_ends_is_stopped() -> None:
    joined = ", ".join(f"t AS t{number}" for number in range(16))
    started = time.monotonic()
    with pytest.raises(QueryRefused, match="takes too long"):
        query(f"SELECT count(*) FROM {joined}", TABLE, limit_s=0.2)
    assert time.monotonic() - started < 2


def test_rows_are_limited() -> None:
    found = query("SELECT a.row FROM t AS a, t AS b", TABLE, most_rows=5)
    assert (len(found.rows), found.is_cut) == (5, True)


def test_a_statement_leaves_the_next_one_untouched() -> None:
    with pytest.raises(QueryRefused):
        query("DELETE FROM t", TABLE)
    assert query("SELECT count(*) FROM t", TABLE).rows == ((3,),)
