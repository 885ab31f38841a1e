"""Answers about whole documents, put together without a language model: every sentence stands in a document and passes the check."""

import time
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from rag.compose.composed import Ask, Composed
from rag.compose.composers import composed
from rag.corpus import DocumentBeginning, DocumentCard
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.events import Citations
from rag.grounding.check import check
from rag.grounding.passage import Passage
from rag.questions.kind import Kind
from rag.types import Chunk
from tests.chunks import LIBRARY, chunk

LEAVE_2023 = {
    "Annual leave": "Every employee receives 25 days of paid leave per year. Unused days expire on 31 March. Ask in the calendar.",
    "Parental leave": "Parental leave lasts sixteen weeks at full pay. It may be split into two parts.",
    "Sick leave": "A doctor's note is needed from the third day on.",
}
LEAVE_2024 = {
    "Annual leave": "Every employee receives 28 days of paid leave per year. Unused days expire on 31 March. Ask in the calendar.",
    "Parental leave": "Parental leave lasts sixteen weeks at full pay. It may be split into two parts.",
    "Remote work": "Two days a week may be worked from home.",
}
ELSEWHERE = {
    "Holidays": "Staff members get 30 days of paid annual leave each year, which is booked two weeks ahead.",
    "Cars": "Company cars are leased for three years and are serviced every six months.",
}
TABLE = "Sheet1\nCity | Sales\nCity: Lisbon | Sales: 120\nCity: Porto | Sales: 80\nCity: Faro | Sales: 30"


def document(title: str, sections: dict[str, str]) -> list[Chunk]:
    """A document of one section, with a title and headings."""
    document_id, made, start = uuid4(), list[Chunk](), 0
    for index, (heading, text) in enumerate(sections.items()):
        whole = f"{heading}\n\n{text}"
        path = ("Rules of the house", heading)
        made.append(chunk(whole, document_id=document_id, title=title, index=index, start=start, path=path))
        start += len(whole) + 2
    return made


class Documents:
    """A corpus in memory."""

    def __init__(self, *documents: list[Chunk], earlier: list[Chunk] | None = None) -> None:
        self._documents = {chunks[0].document_id: chunks for chunks in documents}
        self._earlier = earlier or []

    async def unready(self, document_ids: Collection[UUID] | None = None) -> Sequence[DocumentCard]:
        return [card for card in await self.documents(document_ids) if card.state != "ready"]

    async def titles(self) -> Sequence[tuple[UUID, str]]:
        return [(document_id, chunks[0].title) for document_id, chunks in self._documents.items()]

    async def documents(self, document_ids: Collection[UUID] | None = None) -> Sequence[DocumentCard]:
        return [
            DocumentCard(
                document_id=document_id,
                library_id=LIBRARY,
                library="",
                title=chunks[0].title,
                state="ready",
                pages=chunks[-1].page,
                chunks=len(chunks),
                version=chunks[0].version,
                created_at=datetime(2026, 1, 1 + place, tzinfo=UTC),
            )
            for place, (document_id, chunks) in enumerate(self._documents.items())
            if document_ids is None or document_id in document_ids
        ]

    async def beginnings(self, document_ids: Collection[UUID]) -> Sequence[DocumentBeginning]:
        return [
            DocumentBeginning(
                document_id=card.document_id,
                title=card.title,
                added_at=card.created_at,
                text=self._documents[card.document_id][0].text,
            )
            for card in await self.documents(document_ids)
        ]

    async def earlier(self, document_id: UUID) -> Sequence[Chunk]:
        return [chunk for chunk in self._earlier if chunk.document_id == document_id]

    async def chunks(self, document_ids: Collection[UUID] | None = None) -> AsyncIterator[Sequence[Chunk]]:
        for document_id, chunks in self._documents.items():
            if document_ids is None or document_id in document_ids:
                yield chunks


class Asking:
    """Asks about documents; every answer is checked."""

    def __init__(
        self, embeddings: FootnoteEmbeddings, *documents: list[Chunk], earlier: list[Chunk] | None = None
    ) -> None:
        self._embeddings = embeddings
        self._documents = documents
        self._earlier = earlier

    async def ask(self, kind: Kind, question: str, *, part: str = "", has_model: bool = False) -> Composed | None:
        named = tuple(chunks[0].document_id for chunks in self._documents)
        corpus = Documents(
            *self._documents,
            document("noise.md", {"Dogs": "Dogs are welcome in the garden on Fridays."}),
            earlier=self._earlier,
        )
        found = await composed(Ask(question, question, kind, (), named, part, corpus, self._embeddings, has_model))
        if found is not None:
            checked = await self.checked(found)
            assert (checked.unsupported, checked.dropped, checked.answer) == (0, 0, found.text)
        return found

    async def checked(self, found: Composed) -> Citations:
        passages = {source.number: Passage(source) for source in found.sources}
        return await check(found.text, passages, self._embeddings, is_quoted=True)


async def text_of(asking: Asking, kind: Kind, question: str, part: str = "") -> str:
    found = await asking.ask(kind, question, part=part)
    assert found is not None
    return found.text


async def test_a_summary_quotes_each_section_under_its_heading(embeddings: FootnoteEmbeddings) -> None:
    more = {
        f"Rule {number}": f"{rule} Rule number {number} was agreed on by all people in the house."
        for number, rule in enumerate(
            (
                "Bicycles stand in the yard behind the library.",
                "Visitors sign in at the front desk and wear a badge.",
                "The kitchen is cleaned by whoever used it last.",
                "Windows are closed before the last person leaves.",
            ),
            1,
        )
    }
    asking = Asking(embeddings, document("leave.md", LEAVE_2023 | more))
    text = await text_of(asking, Kind.SUMMARY, "Summarize this document")
    assert "**Annual leave**: Every employee receives 25 days of paid leave per year. [" in text
    assert "**Parental leave**: Parental leave lasts sixteen weeks at full pay. [" in text
    assert not any(line.lstrip("- ").startswith(("It ", "Dogs")) for line in text.splitlines())


async def test_a_short_document_is_summarized_by_what_it_has(embeddings: FootnoteEmbeddings) -> None:
    asking = Asking(embeddings, document("note.md", {"Note": "The gate is closed at night."}))
    assert await text_of(asking, Kind.SUMMARY, "tl;dr") == "The gate is closed at night. [1]"


async def test_what_it_is_about_with_its_sections(embeddings: FootnoteEmbeddings) -> None:
    about = {"Purpose": "This policy says how much leave people have and how they ask for it."}
    asking = Asking(embeddings, document("leave.md", about | LEAVE_2023))
    text = await text_of(asking, Kind.DOCUMENT, "What is this document about?")
    assert text.startswith("This policy says how much leave people have and how they ask for it. [1]")
    assert text.endswith("**Sections:** Purpose · Annual leave · Parental leave · Sick leave")
    german = await text_of(asking, Kind.DOCUMENT, "Worum geht es in diesem Dokument und was ist das Thema?")
    assert "**Abschnitte:**" in german


async def test_a_question_on_something_in_it_is_searched_for(embeddings: FootnoteEmbeddings) -> None:
    asking = Asking(embeddings, document("leave.md", LEAVE_2023))
    assert await asking.ask(Kind.DOCUMENT, "Who wrote this document?") is None


async def test_a_table_is_told_by_its_columns_and_rows(embeddings: FootnoteEmbeddings) -> None:
    sheet = [chunk(TABLE, title="sales.xlsx", path=("Sheet1",)).model_copy(update={"locator": "A1:B4"})]
    text = await text_of(Asking(embeddings, sheet), Kind.SUMMARY, "Summarize this document")
    assert text.startswith("A table with 3 rows and 2 columns.\n\n**Columns:** City, Sales [1]")
    assert "| Lisbon | 120 [1] |" in text


async def test_several_documents_are_summarized_under_their_names(embeddings: FootnoteEmbeddings) -> None:
    asking = Asking(embeddings, document("old.md", LEAVE_2023), document("cars.md", ELSEWHERE))
    text = await text_of(asking, Kind.SUMMARY, "Summarize these documents")
    assert text.index("**old.md**") < text.index("**cars.md**") < text.index("Company cars are leased")


async def test_a_model_gets_sources_from_everywhere(embeddings: FootnoteEmbeddings) -> None:
    asking = Asking(embeddings, document("leave.md", LEAVE_2023))
    found = await asking.ask(Kind.SUMMARY, "Summarize this document", has_model=True)
    assert found is not None
    assert found.for_model
    assert {source.chunk.index for source in found.sources} == {0, 1, 2}


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (
            "section Parental leave",
            "**Parental leave**\n\nParental leave lasts sixteen weeks at full pay. [1] It may be",
        ),
        ("the section on illness and doctors", "A doctor's note is needed from the third day on. [1]"),
        ("section 3", "A doctor's note is needed from the third day on. [1]"),
    ],
)
async def test_a_section_by_its_heading_its_meaning_or_its_place(
    part: str, expected: str, embeddings: FootnoteEmbeddings
) -> None:
    asking = Asking(embeddings, document("leave.md", LEAVE_2023))
    assert expected in await text_of(asking, Kind.PART, f"What does {part} say?", part)


async def test_a_page(embeddings: FootnoteEmbeddings) -> None:
    texts = ["Dogs are welcome in the garden.", "Cats sleep in the library at night."]
    pages = [chunk(text, index=place, page=place + 1, title="pets.pdf") for place, text in enumerate(texts)]
    asking = Asking(embeddings, pages)
    assert await text_of(asking, Kind.PART, "What does page 2 say?", "page 2") == f"{texts[1]} [1]"
    assert await text_of(asking, Kind.PART, "Show me the last page", "last page") == f"{texts[1]} [1]"
    missing = await text_of(asking, Kind.PART, "What does page 30 say?", "page 30")
    assert missing == "“pets.pdf” has 2 pages; there is no page 30."
    assert await asking.ask(Kind.PART, "What does appendix B say?", part="section appendix B") is None


async def test_what_changed_between_two_versions(embeddings: FootnoteEmbeddings) -> None:
    asking = Asking(embeddings, document("leave-2023.md", LEAVE_2023), document("leave-2024.md", LEAVE_2024))
    found = await asking.ask(Kind.COMPARISON, "What changed between leave-2023.md and leave-2024.md?")
    assert found is not None
    rows = [line for line in found.text.splitlines() if line.startswith("| ")][2:]
    assert rows == [
        "| Annual leave | Every employee receives 25 days of paid leave per year. [1] "
        "| Every employee receives 28 days of paid leave per year. [2] |"
    ]
    assert "**Only in leave-2023.md**\n\n- A doctor's note is needed from the third day on. [3]" in found.text
    assert "**Only in leave-2024.md**\n\n- Two days a week may be worked from home. [4]" in found.text
    assert found.notice.startswith("Compared line by line: 1 changed")


def versions(new: dict[str, str], old: dict[str, str]) -> tuple[list[Chunk], list[Chunk]]:
    """The second version of a document, and the first."""
    present, earlier = (document("leave.md", sections) for sections in (new, old))
    own = present[0].document_id
    return (
        [chunk.model_copy(update={"version": 2}) for chunk in present],
        [chunk.model_copy(update={"document_id": own}) for chunk in earlier],
    )


async def test_what_changed_since_the_earlier_version_of_a_document(embeddings: FootnoteEmbeddings) -> None:
    present, earlier = versions(LEAVE_2024, LEAVE_2023)
    found = await Asking(embeddings, present, earlier=earlier).ask(Kind.COMPARISON, "What changed in leave.md?")
    assert found is not None
    assert "| version 1 | version 2 |" in found.text
    assert "25 days of paid leave per year. [1] | Every employee receives 28 days" in found.text
    assert "**Only in version 2**\n\n- Two days a week may be worked from home. [" in found.text
    assert {source.chunk.version for source in found.sources} == {1, 2}


async def test_an_earlier_version_whose_text_is_not_kept_is_told(embeddings: FootnoteEmbeddings) -> None:
    present, _ = versions(LEAVE_2024, LEAVE_2023)
    text = await text_of(Asking(embeddings, present), Kind.COMPARISON, "What changed in leave.md?")
    assert "“leave.md” is in its version 2. The text of earlier versions is kept only where" in text


async def test_a_document_without_an_earlier_version_is_not_compared(embeddings: FootnoteEmbeddings) -> None:
    asking = Asking(embeddings, document("leave.md", LEAVE_2023))
    assert await asking.ask(Kind.COMPARISON, "What changed in leave.md?") is None


async def test_two_documents_are_compared_by_what_they_mean(embeddings: FootnoteEmbeddings) -> None:
    asking = Asking(embeddings, document("leave.md", LEAVE_2023), document("elsewhere.md", ELSEWHERE))
    text = await text_of(asking, Kind.COMPARISON, "Compare the two documents")
    (row,) = [line for line in text.splitlines() if "25 days" in line]
    assert "30 days" in row
    assert "- Company cars are leased for three years and are serviced every six months. [" in text


async def test_equal_documents_say_the_same(embeddings: FootnoteEmbeddings) -> None:
    asking = Asking(embeddings, document("a.md", LEAVE_2023), document("b.md", LEAVE_2023))
    assert await text_of(asking, Kind.COMPARISON, "Compare these two files") == "Both documents say the same."


async def test_a_hundred_pages_take_no_longer_than_a_person_waits(embeddings: FootnoteEmbeddings) -> None:
    rules = {
        f"Rule {number}": " ".join(
            f"Person {number} of group {part} may enter room {part + number} after the talk." for part in range(20)
        )
        for number in range(100)
    }
    asking = Asking(embeddings, document("long.md", rules))
    began = time.process_time()
    assert await asking.ask(Kind.SUMMARY, "Summarize this document")
    assert time.process_time() - began < 8.0  # of two cores; more on a busy machine


async def test_a_book_takes_no_longer_than_a_report(embeddings: FootnoteEmbeddings) -> None:
    chapters = {
        f"Chapter {number}": f"Person {number} may enter the room of group {number} after the talk."
        for number in range(5000)
    }
    book = document("book.md", chapters)
    began = time.process_time()
    found = await Asking(embeddings, book).ask(Kind.SUMMARY, "Summarize this document")
    assert time.process_time() - began < 8.0
    assert found is not None
    assert max(source.chunk.index for source in found.sources) > 3000
