"""Documents that a question calls by a part of their names, and questions for the size of one."""

from uuid import UUID

import pytest

from rag.questions.kind import Kind
from rag.questions.routing import route
from rag.questions.sizes import asks_for_size

TITLES = (
    "City memo 2015.docx", "repair-invoice.pdf", "INV-2024-001 invoice.pdf", "GAO cybersecurity report.pdf",
    "medical report.pdf", "blog autogen.html", "Financial Sample.xlsx", "Geometrie Skript.pdf",
)  # fmt: skip
BY_ID = [(UUID(int=number), title) for number, title in enumerate(TITLES)]
MEMO, REPAIR, INVOICE, GAO, MEDICAL, BLOG, SAMPLE, SCRIPT = range(len(TITLES))


@pytest.mark.parametrize(
    ("question", "kind", "documents"),
    [
        ("Summarize the memo", Kind.SUMMARY, [MEMO]),
        ("Give me a short overview of the blog", Kind.SUMMARY, [BLOG]),
        ("What are the key points of the memo?", Kind.SUMMARY, [MEMO]),
        ("What is the memo about?", Kind.DOCUMENT, [MEMO]),
        ("Fasse das Skript kurz zusammen", Kind.SUMMARY, [SCRIPT]),
        ("Summarize the invoices", Kind.SUMMARY, [REPAIR, INVOICE]),
        ("Compare the memo and the blog", Kind.COMPARISON, [MEMO, BLOG]),
        ("What does page 2 of the memo say?", Kind.PART, [MEMO]),
        ("Summarize what the report says about leadership", Kind.SUMMARY, []),
        ("Summarize the letter", Kind.SUMMARY, []),
        ("How long is a memo?", Kind.FACT, []),
        ("Which invoice is the highest?", Kind.TABLE, []),
    ],
)
def test_a_document_is_called_by_a_part_of_its_name(question: str, kind: Kind, documents: list[int]) -> None:
    found = route(question, BY_ID)
    assert [key.int for key in found.documents] == documents
    if documents:
        assert found.kind is kind


def test_a_part_of_many_names_calls_none() -> None:
    many = [(UUID(int=number), f"memo {name}.docx") for number, name in enumerate("abcdefghij")]
    assert route("Summarize the memo", many).documents == ()


@pytest.mark.parametrize(
    ("question", "unit"),
    [
        ("How many pages does the memo have?", "pages"),
        ("How many rows does the financial sample have?", "rows"),
        ("Wie viele Seiten hat das Skript?", "pages"),
        ("Combien de pages a le rapport ?", "pages"),
        ("¿Cuántas páginas tiene el informe?", "pages"),
        ("这份报告有多少页？", "pages"),
        ("How many people are on the pages?", None),
        ("How many days of leave do I have?", None),
    ],
)
def test_the_size_of_a_document_is_asked_for(question: str, unit: str | None) -> None:
    assert asks_for_size(question) == unit


@pytest.mark.parametrize(
    ("question", "documents"),
    [
        ("How many pages does the memo have?", [MEMO]),
        ("How many rows are in the financial sample?", [SAMPLE]),
        ("How many pages may a letter have?", []),
    ],
)
def test_the_document_whose_size_is_asked_for_is_mentioned(question: str, documents: list[int]) -> None:
    assert [key.int for key in route(question, BY_ID).mentioned] == documents
