"""The total of a document that a question names, and documents named by what they are."""

from uuid import UUID, uuid4

import pytest

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.questions.kind import Kind
from rag.questions.roles import by_role
from rag.questions.routing import route
from tests.integration.rag.compose.test_composers import Asking, document, text_of

REPAIR = {"Estimate": "Parts\nBody Labor 2 150 300\nSubtotal 5,200\nSales Tax 538\nGRAND TOTAL 5,738\nNote"}
LEASE = {"Contract": "The tenant pays 900 euros each month. The total of all rooms is three."}
TITLES = (
    "REPAIR-2022-INV-001_multipage.pdf",
    "contractor_invoice.pdf",
    "travel-policy-2025.docx",
    "travel report.docx",
    "cleaning contract.pdf",
    "garden contract.pdf",
)


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What is the total amount of the repair invoice?", TITLES[0]),
        ("How much is the repair invoice?", TITLES[0]),
        ("What is the total of the contractor invoice?", TITLES[1]),
        ("What does the travel policy say about hotels?", TITLES[2]),
        ("Who wrote the travel report?", TITLES[3]),
        ("When does the garden contract end?", TITLES[5]),
        ("Who wrote the travel report, and how long is it?", TITLES[3]),
        ("When does the contract end?", None),
        ("When was the invoice paid?", None),
        ("What is a purchase order?", None),
    ],
)
def test_a_document_is_named_by_what_it_is(question: str, title: str | None) -> None:
    titles = [(UUID(int=number), name) for number, name in enumerate(TITLES)]
    named = [TITLES[key.int] for key in route(question, titles).documents]
    assert named == ([title] if title else [])


def test_a_role_and_a_title_are_both_named() -> None:
    titles = [(UUID(int=number), name) for number, name in enumerate(TITLES)]
    found = route("Compare the repair invoice and the contractor invoice", titles).documents
    assert [TITLES[key.int] for key in found] == [TITLES[0], TITLES[1]]


def test_a_role_that_several_have_names_none() -> None:
    titles = [(uuid4(), ("repair", "inv", "1")), (uuid4(), ("repair", "invoice", "2"))]
    assert by_role(["what", "is", "the", "total", "of", "the", "repair", "invoice"], titles) == ()


@pytest.mark.parametrize("kind", [Kind.TABLE, Kind.DOCUMENT])
@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("GRAND TOTAL 5,738", "GRAND TOTAL 5,738 [1]"),
        ("Total amount due: $5,000.00", r"Total amount due: \$5,000.00 [1]"),
        ("Invoice total (incl. VAT): EUR 119.00", "Invoice total (incl. VAT): EUR 119.00 [1]"),
        ("Gesamtbetrag: 1.190,00 €", "Gesamtbetrag: 1.190,00 € [1]"),
        ("Total 80", "Total 80 [1]"),
    ],
)
async def test_the_total_is_the_line_that_has_it(
    kind: Kind, line: str, shown: str, embeddings: FootnoteEmbeddings
) -> None:
    text = REPAIR["Estimate"].replace("GRAND TOTAL 5,738", line)
    asking = Asking(embeddings, document("repair invoice.pdf", {"Estimate": text}))
    assert await text_of(asking, kind, "What is the total amount of the repair invoice?") == shown


async def test_other_questions_and_documents_without_a_total_are_left_alone(embeddings: FootnoteEmbeddings) -> None:
    asking = Asking(embeddings, document("repair invoice.pdf", REPAIR))
    found = await asking.ask(Kind.TABLE, "What is the total of body labor in the repair invoice?")
    assert found is None or found.details.get("shape") != "total"
    asking = Asking(embeddings, document("lease contract.pdf", LEASE))
    found = await asking.ask(Kind.TABLE, "What is the total amount of the lease contract?")
    assert found is None or found.details.get("shape") != "total"
