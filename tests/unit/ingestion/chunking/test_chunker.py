"""What holds for the chunks of every strategy."""

from itertools import pairwise
from pathlib import Path
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parsing.types import Block, Section
from pydantic import ValidationError

from core.settings import ChunkSettings
from ingestion.documents.highlights import boxes_of
from parsing.formats.pdf import reader as pdf
from rag.types import Span
from tests import documents as files
from tests.sections import DOCUMENT, cut, pages, require_sound

LOCAL = ("recursive", "sliding", "structure")
SETTINGS = ChunkSettings(size=200, overlap=40)
EVERY = pytest.mark.parametrize("strategy", LOCAL)
WORDS = st.sampled_from(
    ["ab", "Word", ".", "? ", "\n", "\n\n", " ", "    ", "# ", "- ", "| a | b |", "。", "é😀", "x" * 230, "\t", "---"]
)
TEXTS = st.one_of(
    st.text(st.sampled_from("ab .\n。é😀"), max_size=900),
    st.lists(WORDS, max_size=120).map("".join),
    st.text(max_size=500),
)
TEXT_BLOCKS = st.tuples(
    st.sampled_from(["heading", "paragraph", "table", "list_item", "code"]), TEXTS, st.integers(0, 3)
)


def settings(strategy: str, size: int = 200, overlap: int = 40) -> ChunkSettings:
    """Settings of a strategy."""
    return ChunkSettings.model_validate({"strategy": strategy, "size": size, "overlap": overlap})


@st.composite
def sections(draw: st.DrawFn) -> list[Section]:
    """Sections with blocks, between which there may be text that belongs to none."""
    found = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        text, blocks = "", []
        for kind, text_block, level in draw(st.lists(TEXT_BLOCKS, max_size=6)):
            start = len(text)
            text += text_block
            if draw(st.booleans()):
                blocks.append(Block(kind=kind, start=start, end=len(text), level=level if kind == "heading" else 0))
            text += "\n\n"
        found.append(Section(number=number, text=text, blocks=tuple(blocks)))
    return found


@EVERY
@given(document=sections(), size=st.sampled_from([100, 200]), overlap=st.sampled_from([0, 10, 50]))
async def test_chunks_are_sound(strategy: str, document: list[Section], size: int, overlap: int) -> None:
    chosen = settings(strategy, size, overlap)
    chunks = await cut(document, chosen)
    require_sound(chunks, document, size)
    assert await cut(document, chosen) == chunks


@EVERY
async def test_the_setting_256_and_none(strategy: str) -> None:
    text = " ".join(f"This is sentence number {number} of the text." for number in range(60))
    chunks = await cut(pages(text), settings(strategy, 256, 0))
    require_sound(chunks, pages(text), 256)
    assert all(len(chunk.text) > 200 for chunk in chunks[:-1])
    assert all(before.char_end < after.char_start for before, after in pairwise(chunks))


@EVERY
async def test_a_page_far_too_long_is_cut_all_the_same(strategy: str) -> None:
    page = pages("word " * 20_000 + "x" * 20_000)
    require_sound(await cut(page, settings(strategy, 800, 100)), page, 800)


@EVERY
async def test_neighbours_overlap_and_sentences_stay_whole(strategy: str) -> None:
    text = " ".join(f"This is sentence number {number} of the text." for number in range(30))
    chunks = await cut(pages(text), settings(strategy, overlap=50))
    assert all(chunk.text.startswith("This") and chunk.text.endswith(".") for chunk in chunks)
    assert all(after.char_start < before.char_end for before, after in pairwise(chunks))


@EVERY
async def test_a_wrapped_sentence_is_not_torn_at_the_end_of_a_line(strategy: str) -> None:
    """PDF text has line ends in mid-sentence."""
    sentence = "The dome is opened\nby two people who have\nboth read the weather report."
    chunks = await cut(pages(" ".join([sentence] * 12)), settings(strategy))
    assert len(chunks) > 3
    assert all(chunk.text.startswith("The dome") and chunk.text.endswith("report.") for chunk in chunks)


@EVERY
async def test_every_chunk_of_a_pdf_has_its_boxes(strategy: str, tmp_path: Path) -> None:
    path = tmp_path / "handbook.pdf"
    path.write_bytes(files.pdf(files.HANDBOOK_PAGES))
    document = list(pdf.parse(path, lambda _done, _total: None))
    chunks = await cut(document, settings(strategy))
    assert {chunk.page for chunk in chunks} == {1, 2, 3}
    for chunk in chunks:
        words = [(word.start, word.end, *word.box) for word in document[chunk.section - 1].words]
        boxes = boxes_of(words, [Span(start=chunk.char_start, end=chunk.char_end)])
        assert boxes
        assert all(0 <= box.l < box.r <= 1 and 0 <= box.t < box.b <= 1 for box in boxes)


async def test_ids_follow_from_document_text_and_occurrence() -> None:
    document = pages(*["The same sentence on every page."] * 2)
    first, second = await cut(document, SETTINGS)
    assert first.chunk_id == uuid5(DOCUMENT, f"{first.content_hash}:0")
    assert second.chunk_id == uuid5(DOCUMENT, f"{first.content_hash}:1")
    assert (await cut(document, SETTINGS, document_id=UUID(int=9)))[0].chunk_id != first.chunk_id


async def test_a_change_at_the_front_keeps_the_ids_of_the_rest() -> None:
    texts = [f"Page {number} says something of its own." for number in range(5)]
    before = {chunk.chunk_id for chunk in await cut(pages(*texts), SETTINGS)}
    after = {chunk.chunk_id for chunk in await cut(pages("A new first page.", *texts), SETTINGS, version=2)}
    assert len(after - before) == 1
    assert before < after


async def test_chunks_carry_the_version() -> None:
    assert [chunk.version for chunk in await cut(pages("One.", "Two."), SETTINGS, version=7)] == [7, 7]


async def test_a_chunk_says_where_it_stands_in_a_sheet() -> None:
    rows = [f"row {number} | {'value ' * 5}" for number in range(2, 12)]
    text, blocks = "", []
    for number, row in enumerate(rows, start=2):
        blocks.append(Block(kind="table", start=len(text), end=len(text) + len(row), locator=f"A{number}:B{number}"))
        text += row + "\n"
    chunks = await cut([Section(number=1, text=text, blocks=tuple(blocks))], settings("structure", 200, 0))
    assert [chunk.locator for chunk in chunks][:2] == ["A2:B6", "A7:B11"]
    assert (await cut(pages("No place."), SETTINGS))[0].locator is None


@EVERY
async def test_an_empty_page_has_no_chunks(strategy: str) -> None:
    assert await cut(pages("", " \n "), settings(strategy)) == []


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValidationError, match="smaller than the chunk size"):
        settings("recursive", 200, 200)
    with pytest.raises(ValidationError, match="at most half"):
        settings("sliding", 200, 101)
    with pytest.raises(ValidationError, match="recursive"):
        settings("by-hand")
