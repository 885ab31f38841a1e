"""Sections to chunks."""

from itertools import pairwise
from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from core.settings import ChunkSettings
from ingestion.chunker import Chunker
from ingestion.types import Block, Section
from rag.types import Chunk

DOCUMENT = UUID(int=1)
SETTINGS = ChunkSettings(size=200, overlap=40)


def chunks_of(*texts: str, settings: ChunkSettings = SETTINGS, document_id: UUID = DOCUMENT) -> list[Chunk]:
    """Chunks of a document with one page per text."""
    chunker = Chunker(settings, document_id=document_id, library_id=UUID(int=2), title="a.pdf")
    sections = [Section(number=n, page=n, text=text) for n, text in enumerate(texts, start=1)]
    return [chunk for section in sections for chunk in chunker.chunks_of(section)]


@given(st.lists(st.text(st.sampled_from("ab .\n。é😀"), max_size=900), min_size=1, max_size=3))
def test_a_chunk_is_a_run_of_its_section(texts: list[str]) -> None:
    chunks = chunks_of(*texts)
    for chunk in chunks:
        assert chunk.text == texts[chunk.section - 1][chunk.char_start : chunk.char_end]
        assert 0 < len(chunk.text) <= SETTINGS.size
    assert len({chunk.chunk_id for chunk in chunks}) == len(chunks)
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))


@given(st.text(st.sampled_from("ab .\n"), max_size=2000))
def test_every_character_is_in_some_chunk(text: str) -> None:
    covered = {place for chunk in chunks_of(text) for place in range(chunk.char_start, chunk.char_end)}
    assert all(place in covered or character.isspace() for place, character in enumerate(text))


def test_ids_follow_from_document_text_and_occurrence() -> None:
    text = "The same sentence on every page."
    first, second = chunks_of(text, text)
    assert first.chunk_id == uuid5(DOCUMENT, f"{first.content_hash}:0")
    assert second.chunk_id == uuid5(DOCUMENT, f"{first.content_hash}:1")
    assert chunks_of(text, document_id=UUID(int=9))[0].chunk_id != first.chunk_id


def test_a_change_at_the_front_keeps_the_ids_of_the_rest() -> None:
    pages = [f"Page {number} says something of its own." for number in range(5)]
    before = {chunk.chunk_id for chunk in chunks_of(*pages)}
    after = {chunk.chunk_id for chunk in chunks_of("A new first page.", *pages)}
    assert len(after - before) == 1
    assert before < after


def test_neighbours_overlap_and_sentences_stay_whole() -> None:
    text = " ".join(f"This is sentence number {number} of the text." for number in range(30))
    chunks = chunks_of(text)
    assert all(chunk.text.endswith(".") for chunk in chunks)
    assert all(after.char_start < before.char_end for before, after in pairwise(chunks))


def test_the_path_ends_with_the_heading_right_above() -> None:
    text = "Benefits\n\n" + "a " * 90 + "\n\nParental leave\n\n" + "b " * 90
    start = text.index("Parental")
    blocks = (Block(kind="heading", start=0, end=8), Block(kind="heading", start=start, end=start + 14))
    section = Section(number=1, text=text, path=("Handbook", "Benefits"), blocks=blocks)
    chunker = Chunker(SETTINGS, document_id=DOCUMENT, library_id=UUID(int=2), title="a.md")
    paths = {chunk.text.strip()[:1]: chunk.path for chunk in chunker.chunks_of(section)}
    assert paths["B"] == ("Handbook", "Benefits")
    assert paths["P"] == ("Handbook", "Benefits", "Parental leave")


def test_an_empty_page_has_no_chunks() -> None:
    assert chunks_of("", " \n ") == []


def test_a_wrapped_sentence_is_not_torn_at_the_end_of_a_line() -> None:
    """PDF text has line ends in mid-sentence."""
    sentence = "The dome is opened\nby two people who have\nboth read the weather report."
    chunks = chunks_of(" ".join([sentence] * 12))
    assert len(chunks) > 3
    assert all(chunk.text.startswith("The dome") and chunk.text.endswith("report.") for chunk in chunks)
