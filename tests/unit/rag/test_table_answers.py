"""Answers from tables: what is shown of the rows, and rows whose columns nobody can tell apart."""

from uuid import UUID

from rag.compose.table import from_tables
from rag.grounding.check import check
from rag.pipeline import passages_of
from rag.types import Chunk
from tests.chunks import chunk

SALES = "Region | Person | Year | Units | Price | Sales\n" + "\n".join(
    f"{region} | {person} | 2023 | {units} | 10 | {10 * units}"
    for region, person, units in (("North", "Ann", 3), ("South", "Bob", 5), ("North", "Cid", 4), ("West", "Dee", 1))
)
CHECKS = (
    "Background checks, November 2015\nState Permit Handgun Long Gun *Other Totals\n"
    "Iowa 8,785 267 4,596 27 13,675\nKansas 894 7,086 8,702 311 16,993\nKentucky 264,140 12,155 14,847 254 291,396"
)


def document(text: str) -> list[Chunk]:
    return [chunk(text, document_id=UUID(int=7))]


async def test_a_sum_shows_the_column_that_was_summed(embeddings: object) -> None:
    told = from_tables("What is the sum of sales in the North?", [document(SALES)])
    assert told is not None
    assert told.text.startswith("**70**")
    assert "| Sales |" in told.text.splitlines()[2]
    assert told.text.count("[1]") == 2  # its rows
    checked = await check(told.text, passages_of(told.sources), embeddings, "", is_quoted=True)  # type: ignore[arg-type]
    assert (checked.unsupported, checked.dropped) == (0, 0)


def test_a_row_of_a_pdf_is_told_whole() -> None:
    told = from_tables("How many permits were issued in Kentucky in November 2015?", [document(CHECKS)])
    assert told is not None
    assert told.text.splitlines()[0] == "Kentucky 264,140 12,155 14,847 254 291,396 [1]"
    assert "State Permit Handgun" in told.text


def test_a_row_that_nobody_named_is_not_told() -> None:
    assert from_tables("How many permits were issued in Texas in November 2015?", [document(CHECKS)]) is None
