"""Questions made of what a document says, and what a question about whole documents asks for in particular."""

from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

import pytest

from rag.compose.composed import Ask
from rag.compose.quotations import quotations
from rag.compose.subject import asks_for_all, subject_of
from rag.compose.suggestions import lower_start, suggestions
from rag.compose.topics import headings
from rag.corpus import DocumentCard
from rag.questions.kind import Kind
from tests.chunks import LIBRARY, chunk


def asked(text: str, *, path: tuple[str, ...] = ()) -> list[str]:
    chunks = [
        chunk("House rules for all of the people in it.", path=("Rules",)),
        chunk(text, index=1, path=path or ("Rules",)),
    ]
    return [one.text for one in suggestions(chunks, quotations(chunks), headings(chunks), "rules.md")]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("A PIP is a plan with goals for the next weeks.", "What is a PIP?"),
        ("Apache Tika is a toolkit for reading documents.", "What is Apache Tika?"),
        ("MAU stands for monthly active users of the product.", "What does MAU stand for?"),
        ("Parental leave lasts sixteen weeks at full pay.", "How long does parental leave last?"),
        ("The probation period takes 6 months for all people.", "How long does the probation period take?"),
        ("A visitor badge costs 5 euros at the front desk.", "How much does a visitor badge cost?"),
        ("The office in Lisbon opens at 8:30 on weekdays.", "When does the office in Lisbon open?"),
        ("IBM was founded in 1911 in the town of Endicott.", "When was IBM founded?"),
        (
            "Every employee receives 25 days of paid leave a year.",
            "How many days of paid leave does every employee receive?",
        ),
        ("Who may enter the lab?\n\nEverybody with a badge may enter it.", "Who may enter the lab?"),
    ],
)
def test_a_question_is_made_of_what_a_sentence_says(text: str, question: str) -> None:
    assert asked(text)[0] == question


@pytest.mark.parametrize(
    "text",
    [
        "Another example is a plan with goals for the next weeks.",
        "The company is a maker of telescopes and of cameras.",
        "How does it work in the lab?\n\nIt works with a badge.",
        "Ready?\n\nThen open the door of the lab.",
    ],
)
def test_none_is_made_that_cannot_be_asked_by_itself(text: str) -> None:
    assert asked(text) == ["What is “rules.md” about?"]


def test_headings_become_questions_on_the_document() -> None:
    assert (
        asked("Nothing more.", path=("Rules", "Parental leave"))[0] == "What does “rules.md” say about parental leave?"
    )
    assert asked("Nothing more.", path=("Rules", "How to apply for leave"))[0] == "How do I apply for leave?"
    assert asked("Nothing more.", path=("Rules", "What is a PIP?"))[0] == "What is a PIP?"
    assert asked("Nothing more.", path=("Rules", "My customer is new")) == ["What is “rules.md” about?"]


@pytest.mark.parametrize("name", ["IBM products", "New York", "LayoutParser", "Rate Limiter"])
def test_names_keep_their_capitals(name: str) -> None:
    assert lower_start(name) == name


def ask(question: str) -> tuple[Ask, list[DocumentCard]]:
    card = DocumentCard(
        document_id=uuid4(),
        library_id=LIBRARY,
        library="",
        title="Travel_Policy-2023.pdf",
        state="ready",
        created_at=datetime.now(UTC),
    )
    nobody = cast(Any, None)
    return Ask(question, question, Kind.DOCUMENT, (), (), "", nobody, nobody), [card]


@pytest.mark.parametrize(
    "question",
    [
        "What is this document about?",
        "What is “Travel Policy 2023” about?",
        "What is the main argument of this article?",
        "Worum geht es in diesem Dokument?",
        "De quoi parle ce document ?",
        "¿De qué trata este documento?",
        "这份文档是关于什么的？",
        "この文書は何についてですか？",
        "เอกสารนี้เกี่ยวกับอะไร",
        "Tài liệu này nói về gì?",
        "عن ماذا يتحدث هذا المستند؟",
    ],
)
def test_the_whole_is_asked_for(question: str) -> None:
    assert asks_for_all(*ask(question))


@pytest.mark.parametrize(
    "question",
    ["Who wrote this paper?", "What does this file say about cancellation?", "这个文件对保修是怎么说的？"],
)
def test_something_in_it_is_asked_for(question: str) -> None:
    assert not asks_for_all(*ask(question))


def test_what_is_to_be_compared() -> None:
    assert subject_of(*ask("Compare the notice periods in the two contracts")) == {"notic", "period"}
