"""Questions to tables: what is understood is computed from the rows shown, what is not is left to others."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rag.tables import Table, TableAnswer, answer_from_tables, tables_in
from rag.tables.answering import readings
from rag.tables.conditions import Words
from rag.tables.question import Question
from rag.tables.recompute import AGAIN, holds
from rag.tables.shapes import Space, candidates
from rag.tables.table import Line, typed
from tests.unit.rag.tables.conftest import Chunked

MEDALS = typed(
    [["Rank"], ["Nation"], ["Gold"], ["Silver"], ["Bronze"]],
    [
        Line(("1", "Brazil", "21", "9", "12")),
        Line(("2", "United States", "9", "3", "6")),
        Line(("3", "China", "1", "8", "8")),
        Line(("4", "Netherlands", "1", "1", "1")),
        Line(("", "Total", "32", "21", "27")),
    ],
    "medals.csv",
)
OWN = Path(__file__).parents[4] / "evals" / "sets" / "tables.json"


def answered(question: str, *tables: Table) -> TableAnswer:
    """The answer, which there must be."""
    answer = answer_from_tables(question, tables or (MEDALS,))
    assert answer is not None
    return answer


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("How many gold medals did Brazil win?", ("21",)),
        ("how many gold medals did brasil win", ("21",)),
        ("Which nation won the most silver medals?", ("Brazil",)),
        ("gold by nation", ("Brazil: 21", "United States: 9", "China: 1", "Netherlands: 1")),
    ],
)
def test_plain_questions_are_answered(question: str, values: tuple[str, ...]) -> None:
    assert answered(question).values == values


def test_an_answer_says_how_and_from_which_rows() -> None:
    answer = answered("How many gold medals did Brazil win?")
    assert answer.text == "Brazil – Gold: 21."
    assert answer.operation == "Gold of 1 row where Nation is Brazil"
    (row,) = answer.rows
    assert (row.table, row.number) == (0, 1)
    assert ("Silver", "9") in row.cells


def test_a_group_is_a_series_for_a_chart() -> None:
    assert answered("gold by nation").points[:2] == (("Brazil", 21.0), ("United States", 9.0))


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of France?",
        "Who wrote the report?",
        "How do I reset my password?",
        "hello",
        "",
        "?",
        "Summarize this document",
        "x" * 100_000,
    ],
)
def test_what_is_not_about_the_table_is_not_answered(question: str) -> None:
    assert answer_from_tables(question, [MEDALS]) is None


def test_the_right_one_of_several_tables_answers() -> None:
    staff = typed([["Name"], ["Salary"]], [Line(("Ana Costa", "$82,000")), Line(("Ben Okafor", "$74,500"))])
    answer = answered("What is the salary of Ana Costa?", MEDALS, staff)
    assert (answer.values, answer.rows[0].table) == (("$82,000",), 1)


def test_two_tables_that_say_different_things_are_not_decided_between() -> None:
    bills = [
        typed([["Item"], ["Cost"]], [Line(("Parts", cost)), Line(("Labour", "40"))]) for cost in ("2,100", "99,999")
    ]
    assert answered("How much do parts cost?", bills[0]).values == ("2,100",)
    assert answered("How much do parts cost?", bills[0], bills[0]).values == ("2,100",)
    assert answer_from_tables("How much do parts cost?", bills) is None


def test_no_tables_no_answer() -> None:
    assert answer_from_tables("How many gold medals did Brazil win?", []) is None
    assert answer_from_tables("How many are there?", [typed([["a"]], [])]) is None


def test_a_row_of_a_file_can_be_cited(chunked: Chunked) -> None:
    lines = ["Region,Units,Revenue", *(f"Region {number},{number},{number * 10}" for number in range(1, 90))]
    sections, chunks = chunked("\n".join(lines).encode(), "sales.csv")
    (row,) = answered("What was the revenue of Region 77?", *tables_in(chunks)).rows
    assert row.place is not None
    section = next(section for section in sections if section.number == row.place.section)
    assert section.text[row.place.start : row.place.end] == "Region: Region 77 | Units: 77 | Revenue: 770"


def test_every_reading_is_the_same_when_computed_again() -> None:
    for table in json.loads(OWN.read_text("utf-8")):
        typed_table = typed([[head] for head in table["heads"]], [Line(tuple(row)) for row in table["rows"]])
        for question, _ in table["questions"]:
            space = Space(Words(typed_table, Question(question)))
            lost = [one for one in candidates(space) if one.values and not holds(space, one)]
            assert lost == [], question


def test_a_wrong_number_is_found_out() -> None:
    space = Space(Words(MEDALS, Question("How many more gold medals in total did Brazil win than China, on average?")))
    computed = [one for one, _ in readings(space) if one.number is not None]
    assert {one.shape for one in computed} >= {"count", "sum", "mean", "difference"}
    for one in computed:
        assert one.shape in AGAIN
        assert not holds(space, replace(one, number=(one.number or 0.0) + 1))


def test_totals_are_not_counted_but_can_be_asked_for() -> None:
    space = Space(Words(MEDALS, Question("total of gold")))
    values = {(one.shape, one.values) for one in candidates(space)}
    assert ("sum", ("32",)) in values
    assert ("total row", ("32",)) in values
    assert not any(one.shape == "count" and one.values == ("5",) for one in candidates(space))


def test_tables_with_gaps_are_not_counted() -> None:
    gaps = replace(MEDALS, is_complete=False)
    assert answer_from_tables("How many nations won at least 2 bronze medals?", [gaps]) is None
    assert answered("How many gold medals did Brazil win?", gaps).values == ("21",)


def test_our_own_questions_are_mostly_answered_and_hardly_wrong() -> None:
    asked = right = given = 0
    for table in json.loads(OWN.read_text("utf-8")):
        typed_table = typed([[head] for head in table["heads"]], [Line(tuple(row)) for row in table["rows"]])
        for question, gold in table["questions"]:
            answer = answer_from_tables(question, [typed_table])
            asked += 1
            given += answer is not None
            right += answer is not None and set(answer.values) == set(gold)
    assert given >= 0.55 * asked
    assert right >= 0.95 * given
