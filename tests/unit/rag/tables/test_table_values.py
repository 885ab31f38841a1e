"""Numbers and dates of cells, and what a table makes of its columns."""

import pytest

from rag.tables.dates import Moment, moment_of
from rag.tables.numerals import decimal_sign, figures_in, shown
from rag.tables.table import Line, typed


@pytest.mark.parametrize(
    ("text", "decimal", "value", "unit"),
    [
        ("1,234.5", ".", 1234.5, ""),
        ("1.234,5", ",", 1234.5, ""),
        ("1.234", ",", 1234.0, ""),
        ("1.234", ".", 1.234, ""),
        ("12,345", ".", 12345.0, ""),
        ("(729)", ".", -729.0, ""),
        ("$(76)", ".", -76.0, "$"),
        ("−4.9 °C", ".", -4.9, ""),
        ("€ 1.5 million", ".", 1_500_000.0, "€"),
        ("24%", ".", 24.0, "%"),
        ("1'200 CHF", ".", 1200.0, "CHF"),
        ("3:14:58:46", ".", 3 * 86_400 + 14 * 3_600 + 58 * 60 + 46, ""),
        (".8", ".", 0.8, ""),
    ],
)
def test_numbers_are_read_as_tables_write_them(text: str, decimal: str, value: float, unit: str) -> None:
    (figure,) = figures_in(text, decimal)
    assert figure.value == pytest.approx(value)
    assert figure.unit == unit


def test_a_dash_between_numbers_is_no_sign() -> None:
    assert [figure.value for figure in figures_in("W 42–13")] == [42.0, 13.0]


def test_the_decimal_sign_is_that_of_the_column() -> None:
    assert decimal_sign(["1.234", "12,5"]) == ","
    assert decimal_sign(["1,234", "12.5"]) == "."


def test_computed_numbers_have_no_trailing_zeros() -> None:
    assert [shown(value) for value in (1234.0, 0.5, 2 / 3, -0.0)] == ["1,234", "0.5", "0.6667", "0"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("23 October 2005", Moment(2005, 10, 23)),
        ("January 2, 1995", Moment(1995, 1, 2)),
        ("2014-06-01", Moment(2014, 6, 1)),
        ("06/22/2015", Moment(2015, 6, 22)),
        ("22.06.2015", Moment(2015, 6, 22)),
        ("November 6", Moment(None, 11, 6)),
        ("3. März 2021", Moment(2021, 3, 3)),
        ("1914–15", Moment(1914)),
        ("may be", None),
        ("82,109", None),
    ],
)
def test_dates_are_read_whole_or_in_part(text: str, moment: Moment | None) -> None:
    assert moment_of(text) == moment


def test_a_date_without_a_year_is_not_compared_with_a_year() -> None:
    assert Moment(2015).includes(Moment(2015, 6, 1))
    assert Moment(2014).is_before(Moment(2015, 6, 1)) is True
    assert Moment(None, 6, 1).is_before(Moment(2015)) is None


def test_columns_have_the_kind_of_most_cells_and_totals_are_told_apart() -> None:
    table = typed(
        [["Item no."], ["Sold on"], ["Price", "EUR"]],
        [
            Line(("A-1", "1 May 2020", "1.200,50")),
            Line(("A-2", "2 May 2020", "n/a")),
            Line(("A-3", "3 May 2020", "80,00 [1]")),
            Line(("Total", "", "1.280,50")),
        ],
    )
    assert [column.kind for column in table.columns] == ["text", "date", "number"]
    assert [row.is_total for row in table.rows] == [False, False, False, True]
    assert table.columns[2].name == "Price · EUR"
    assert [cell.number for cell in table.cells(table.columns[2])] == [1200.5, None, 80.0]
    assert table.rows[1].cells[2].is_blank
