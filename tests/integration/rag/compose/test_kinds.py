"""Which documents are invoices, and how many."""

from uuid import uuid4

import pytest

from rag.compose.composed import Ask, Composed
from rag.compose.composers import composed
from rag.compose.kinds import documents_of_kind
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.questions.kind import Kind
from rag.questions.routing import route
from rag.types import Chunk
from tests.chunks import chunk
from tests.integration.rag.compose.test_composers import TABLE, Documents, document

REPAIR = [chunk("Motor Works\nINVOICE\nParts 150\nTotal 300", title="REPAIR-001.pdf", document_id=uuid4())]
CLEANING = [chunk("Cleaning in May, 80 euros", title="cleaning_invoice.pdf", document_id=uuid4())]
RULES = document("expenses.md", {"Invoices": "Invoices are paid within thirty days. Every invoice needs a number."})
SHEET = [chunk(TABLE, title="invoices.xlsx").model_copy(update={"locator": "Sheet1!A1:B4", "document_id": uuid4()})]


async def asked(question: str, embeddings: FootnoteEmbeddings, *documents: list[Chunk]) -> Composed | None:
    return await documents_of_kind(Ask(question, question, Kind.LIST, (), (), "", Documents(*documents), embeddings))


@pytest.mark.parametrize(
    "question",
    ["List all invoices", "How many invoices do I have?", "Which invoices are there?", "What invoices do we have?"],
)
async def test_documents_that_say_what_they_are_are_listed(question: str, embeddings: FootnoteEmbeddings) -> None:
    found = await asked(question, embeddings, REPAIR, CLEANING, RULES)
    assert found is not None
    assert found.text == "**2** of 3 documents match:\n\n- cleaning_invoice.pdf [1]\n- REPAIR-001.pdf [2]"
    assert found.notice == "3 of 3 documents were looked through."


@pytest.mark.parametrize("question", ["List all invoices", "How many invoices do I have?", "What invoices do we have?"])
async def test_the_question_leads_there(question: str, embeddings: FootnoteEmbeddings) -> None:
    kind = route(question).kind
    found = await composed(Ask(question, question, kind, (), (), "", Documents(REPAIR, CLEANING, RULES), embeddings))
    assert found is not None
    assert found.details["shape"] == "kind"


@pytest.mark.parametrize(
    "question",
    ["List all invoices from March", "List all parts", "List the documents", "How many invoices need a number?"],
)
async def test_other_lists_are_left_alone(question: str, embeddings: FootnoteEmbeddings) -> None:
    assert await asked(question, embeddings, REPAIR, CLEANING, RULES) is None


async def test_the_records_of_a_table_are_no_documents(embeddings: FootnoteEmbeddings) -> None:
    assert await asked("List all invoices", embeddings, REPAIR, CLEANING, SHEET) is None


async def test_in_one_document_its_own_records_are_meant(embeddings: FootnoteEmbeddings) -> None:
    assert await asked("List all invoices", embeddings, REPAIR, RULES) is None
