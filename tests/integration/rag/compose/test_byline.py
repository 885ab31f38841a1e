"""Who wrote a document, in its own words."""

import pytest

from rag.compose.byline import byline, byline_of_found
from rag.compose.composed import Ask, Composed
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.questions.kind import Kind
from rag.types import Chunk
from tests.chunks import chunk
from tests.integration.rag.compose.test_composers import Documents

PAPER = """ParseTree: A Toolkit for Reading
of Long Documents
Ada Byron
¹, Karl Gauss² and
Emmy Noether
1 University of Somewhere
ada@example.org
Abstract. Reading long documents is slow."""
LETTER = "5 May 2026\nTo whom it may concern:\nTwo hundred laptops were delivered.\nBest regards,\nMalory Keen"
NAMED = "Travel rules\n\nBy Jane Doe\n\nFlights are booked early."
GERMAN = "Bericht\nVerfasst von: Max Muster\nDie Anlage läuft."
MAIL = "From: Ann Lee <ann@example.org>\nTo: all\nSubject: Lunch\n\nLunch is at noon."
SILENT = "Rules\nBy and large flights are booked early.\nThey are cheap."


def ask(question: str, embeddings: FootnoteEmbeddings, *texts: str) -> tuple[Ask, list[list[Chunk]]]:
    documents = [[chunk(text, title=f"{number}.pdf")] for number, text in enumerate(texts)]
    named = tuple(chunks[0].document_id for chunks in documents)
    return Ask(question, question, Kind.DOCUMENT, (), named, "", Documents(*documents), embeddings), documents


async def of(question: str, embeddings: FootnoteEmbeddings, text: str) -> Composed | None:
    asked, _ = ask(question, embeddings, text)
    return await byline(asked)


@pytest.mark.parametrize(
    ("question", "text", "said"),
    [
        (
            "Who wrote the paper?",
            PAPER,
            "ParseTree: A Toolkit for Reading of Long Documents Ada Byron ¹, Karl Gauss² and Emmy Noether [1]",
        ),
        ("Who signed the letter?", LETTER, "Best regards, Malory Keen [1]"),
        ("Who is the author of the rules?", NAMED, "By Jane Doe [1]"),
        ("Wer hat den Bericht geschrieben?", GERMAN, "Verfasst von: Max Muster [1]"),
        ("Who wrote the mail?", MAIL, r"From: Ann Lee <ann@example.org> [1]"),
    ],
)
async def test_the_line_that_says_it_is_quoted(
    question: str, text: str, said: str, embeddings: FootnoteEmbeddings
) -> None:
    found = await of(question, embeddings, text)
    assert found is not None
    assert found.text.replace("\\", "") == said
    assert len(found.sources) == 1


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who wrote the rules?", SILENT),
        ("Who wrote the rules?", "Rules for papers\nAuthors must sign them.\nThey are short."),
        ("Who wrote the policy?", "Holidays\nFrom: 1 May\nTo: 5 June\nThe office is closed."),
        ("Who books the flights?", NAMED),
        ("Wer hat Urlaub?", GERMAN),
        ("What is the abstract about?", PAPER),
    ],
)
async def test_nothing_is_made_up(question: str, text: str, embeddings: FootnoteEmbeddings) -> None:
    assert await of(question, embeddings, text) is None


async def test_of_what_was_found_it_is_the_document_about_it(embeddings: FootnoteEmbeddings) -> None:
    asked, documents = ask("Who wrote ParseTree?", embeddings, NAMED, PAPER)
    found = await byline_of_found(asked, [chunks[0].document_id for chunks in documents])
    assert found is not None
    assert "Emmy Noether" in found.text
    asked, documents = ask("Who wrote Hamlet?", embeddings, NAMED, PAPER)
    assert await byline_of_found(asked, [chunks[0].document_id for chunks in documents]) is None
