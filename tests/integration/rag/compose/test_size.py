"""How many pages, rows and columns a document has."""

import pytest

from rag.compose.composed import Ask, Composed
from rag.compose.size import size
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.grounding.check import check
from rag.grounding.passage import Passage
from rag.questions.kind import Kind
from rag.types import Chunk
from tests.chunks import chunk
from tests.integration.rag.compose.test_composers import TABLE, Documents, document

PAPER = [chunk("Sources have pages.", title="paper.pdf", page=number, index=number) for number in (1, 2, 3)]
SHEET = [chunk(TABLE, title="sales.xlsx").model_copy(update={"locator": "Sheet1!A1:B4"})]
NOTES = document("notes.md", {"Leave": "Every employee receives 25 days."})


async def asked(question: str, embeddings: FootnoteEmbeddings, *documents: list[Chunk]) -> Composed | None:
    named = tuple(chunks[0].document_id for chunks in documents)
    return await size(Ask(question, question, Kind.FACT, (), named, "", Documents(*documents), embeddings))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How many pages does the paper have?", "“paper.pdf”: **3 pages**"),
        ("Wie viele Seiten hat paper.pdf?", "“paper.pdf”: **3 Seiten**"),
    ],
)
async def test_pages_are_counted(question: str, said: str, embeddings: FootnoteEmbeddings) -> None:
    paper = [one.model_copy(update={"document_id": PAPER[0].document_id}) for one in PAPER]
    found = await asked(question, embeddings, paper)
    assert found is not None
    assert found.text == said


async def test_rows_are_counted_and_the_table_opens(embeddings: FootnoteEmbeddings) -> None:
    found = await asked("How many rows are in the sales table?", embeddings, SHEET)
    assert found is not None
    assert found.text.endswith("**3 rows**, 2 columns\n\nColumns: City, Sales [1]")
    passages = {source.number: Passage(source) for source in found.sources}
    checked = await check(found.text, passages, embeddings, is_quoted=True)
    assert checked.answer == found.text  # what has a number keeps it, and nothing is marked
    assert [source.chunk for source in found.sources] == SHEET


@pytest.mark.parametrize(
    ("question", "documents"),
    [
        ("How many rows have sales over 100?", SHEET),
        ("How many pages does it have?", NOTES),
        ("How many days does an employee get?", NOTES),
        ("How many rows are there in the notes?", NOTES),
    ],
)
async def test_other_questions_are_left_alone(
    question: str, documents: list[Chunk], embeddings: FootnoteEmbeddings
) -> None:
    assert await asked(question, embeddings, documents) is None
