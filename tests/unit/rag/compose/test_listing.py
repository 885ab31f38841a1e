"""Lists and counts: on documents parsed and cut as in the product, exact numbers, or none."""

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from evals.counting import Scope, codes_of
from rag.compose.composed import Ask, Composed
from rag.compose.listing import listing
from rag.compose.listing.texts import documents_of
from rag.grounding.check import check
from rag.pipeline import passages_of
from rag.questions.kind import Kind

if TYPE_CHECKING:
    from rag.embedding.embeddings import FootnoteEmbeddings

TYPES = {".csv": "text/csv", ".md": "text/markdown", ".txt": "text/plain"}
ORDERS = """no,code,customer,ship from,ship to,status,amount,date
1,QX0001,Berlin Bikes,Oslo,Berlin,open,"1,200.50",2024-03-01
2,QX0002,Delta Lab,Berlin,Oslo,paid,300,2024-02-28
3,QX0003,Delta Lab,Rome,Berlin,not delivered,900,2023-12-31
4,QX0004,Echo Media,Oslo,Rome,open,1200,2024-03-02
"""
CARE = """CURRENT MEDICATIONS
1. Lisinopril 10 mg daily
2. Metformin
3. Aspirin

Allergies: none known

Points:
- call back
- send the bill
- check the weight
- ask for a letter
"""


@pytest.fixture
def scope(embeddings: "FootnoteEmbeddings") -> Scope:
    return Scope(embeddings)


def add(scope: Scope, folder: Path, **files: str) -> None:
    """Writes files, named ``name_ending``, and reads them."""
    for name, text in files.items():
        stem, _, ending = name.rpartition("_")
        path = folder / f"{stem}.{ending}"
        path.write_text(text, "utf-8")
        asyncio.run(scope.add(path, TYPES[path.suffix]))


def ask(scope: Scope, question: str, kind: Kind = Kind.COUNT) -> Composed | None:
    return asyncio.run(listing(Ask(question, question, kind, (), (), "", scope, scope.embeddings)))


def count(scope: Scope, question: str) -> object:
    answer = ask(scope, question)
    return answer and answer.details["count"]


@pytest.mark.parametrize(
    ("question", "codes"),
    [
        ("How many orders are there?", "1 2 3 4"),
        ("List all orders shipped to Berlin", "1 3"),
        ("How many orders with customer Delta Lab?", "2 3"),
        ("Which orders over 1,200 do we have?", "1"),
        ("How many orders of at least 1,200?", "1 4"),
        ("List all orders in 2024 that are open", "1 4"),
        ("How many orders before 1 March 2024?", "2 3"),
        ("How many orders between 28 February 2024 and March 1, 2024 are there?", "1 2"),
        ("List all orders that are not open", "2 3"),
        ("How many orders with customer Delta Lab or Echo Media?", "2 3 4"),
        ("How many orders with customer Foxtrot Air?", ""),
    ],
)
def test_rows_are_judged_by_their_columns(scope: Scope, tmp_path: Path, question: str, codes: str) -> None:
    add(
        scope,
        tmp_path,
        orders_csv=ORDERS,
        policy_txt="Orders to Berlin are sent by ship. An order is never open for long.",
    )
    answer = ask(scope, question)
    assert answer
    assert codes_of(answer, scope) == {f"QX000{number}" for number in codes.split()}


@pytest.mark.parametrize(
    "question",
    [
        "How many orders from penguins were eaten?",
        "How many days does an order take?",
        "How many people work in Berlin?",
        "How much is order 3?",
    ],
)
def test_what_is_not_understood_is_not_counted(scope: Scope, tmp_path: Path, question: str) -> None:
    add(scope, tmp_path, orders_csv=ORDERS)
    assert ask(scope, question) is None
    assert ask(scope, "How many orders are there?", Kind.FACT) is None


def test_an_answer_states_the_number_cites_each_hit_and_passes_the_check(scope: Scope, tmp_path: Path) -> None:
    rows = "\n".join(f"{number},QX{number:04},{'Oslo' if number % 3 else 'Rome'}" for number in range(1, 201))
    add(scope, tmp_path, machines_csv=f"no,code,city\n{rows}\n")
    answer = ask(scope, "How many machines are in Rome?")
    assert answer
    assert answer.text.startswith("**66** of 200 machines match:\n\n- ")
    assert answer.text.count("\n- ") == 50
    assert "16 more" in answer.text
    assert answer.notice == "1 of 1 documents were looked through."
    checked = asyncio.run(check(answer.text, passages_of(answer.sources), scope.embeddings, is_quoted=True))
    assert (checked.answer, checked.dropped, checked.unsupported) == (answer.text, 0, 0)


def test_what_two_chunks_share_is_counted_once(scope: Scope, tmp_path: Path) -> None:
    add(
        scope,
        tmp_path,
        log_txt="\n".join(f"The launch code of project number {number} is {4000 + number}." for number in range(60)),
    )
    chunk = scope.read[1]
    section = next(documents_of([scope.read])).sections[0]
    start = chunk.char_start - 100
    longer = section.text[start : chunk.char_end]
    scope.read[1] = chunk.model_copy(update={"text": longer, "char_start": start})
    assert count(scope, "How many launch codes are there?") == 60
    answer = ask(scope, "List the launch codes of project number 17")
    assert answer
    assert answer.text.endswith("- The launch code of project number 17 is 4017. [1]") or "4017" in answer.text
    assert answer.details["count"] == 1


def test_a_name_within_a_longer_name_is_another_one(scope: Scope, tmp_path: Path) -> None:
    people = [
        "led by Eva Lang and reviewed by Tom Berg in York",
        "led by Tom Berg and reviewed by Eva Lang in New York",
    ]
    text = "\n\n".join(f"Project {number} is {people[number % 2]}." for number in range(6))
    add(scope, tmp_path, log_txt=text)
    assert count(scope, "How many projects are in York?") == 3
    assert count(scope, "How many projects are led by Tom Berg?") == 3
    assert count(scope, "How many projects are in New York and led by Eva Lang?") == 0


def test_a_list_is_named_by_what_stands_above_it(scope: Scope, tmp_path: Path) -> None:
    add(scope, tmp_path, care_txt=CARE)
    answer = ask(scope, "What are the current medications?", Kind.LIST)
    assert answer
    assert answer.text == "**3** current medications:\n\n- Lisinopril 10 mg daily [1]\n- Metformin [1]\n- Aspirin [1]"


def test_documents_are_looked_through_whole(scope: Scope, tmp_path: Path) -> None:
    filler = "Nothing happens here. " * 200
    files = {
        f"note{number}_txt": f"{filler}{'A penguin came by. ' if number in (2, 5) else ''}{filler}"
        for number in range(7)
    }
    add(scope, tmp_path, **files)
    answer = ask(scope, "Which documents mention penguins?", Kind.LIST)
    assert answer
    assert answer.text.startswith("**2** of 7 documents match:")
    assert "- **note5.txt**: A penguin came by. [2]" in answer.text
    assert answer.notice == "7 of 7 documents were looked through."


def test_a_large_scope_takes_at_most_two_seconds(scope: Scope, tmp_path: Path) -> None:
    rows = "\n".join(
        f"{number},QX{number:04},{'Oslo' if number % 3 else 'Rome'},{'word ' * 60}" for number in range(3_000)
    )
    add(scope, tmp_path, machines_csv=f"no,code,city,text\n{rows}\n")
    began = time.perf_counter()
    assert count(scope, "How many machines are in Rome?") == 1_000
    assert time.perf_counter() - began < 4  # twice the budget: other tests run beside this one


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("Wie viele Bestellungen gehen nach Köln?", 2),
        ("Liste alle Bestellungen über 1.000 EUR auf", 1),
        ("Wie viele Bestellungen sind nicht offen?", 1),
    ],
)
def test_german_questions(scope: Scope, tmp_path: Path, question: str, number: int) -> None:
    rows = "Nr;Stadt;Status;Betrag\n1;Köln;offen;1.200,50\n2;Köln;bezahlt;900,00\n3;Bonn;offen;12,50\n"
    add(scope, tmp_path, Bestellungen_csv=rows)
    answer = ask(scope, question)
    assert answer
    assert answer.details["count"] == number
    assert answer.text.startswith(f"**{number}** von 3 Bestellungen treffen zu:")
