"""What a PDF calls its pages stands beside their numbers, in footnotes and in questions."""

import uuid

import pytest

from core.places import place_of
from core.words import catalogue
from ingestion.indexing.chunking.chunker import Chunker
from ingestion.indexing.chunking.structure import StructureSplitter
from parsing import registry
from parsing.parser_input import InMemoryFile
from parsing.sniff.mime import PDF
from parsing.types import Section
from rag.compose.part import labelled, pages_of
from rag.types import Chunk
from tests import documents as files
from tests.unit.parsing.formats.pdf_files import with_objects

# How often the seal of the pump is replaced stands on page 2 of the text: the fifth of the file, after a preface of three pages.
PAGES = [
    "Title of the book",
    "Preface of the owner",
    "Contents",
    "1 Pumps",
    "The seal is replaced every nine months.",
    "Index",
]
NUMBERS = b"/PageLabels << /Nums [0 << /S /r >> 3 << /S /D >> 5 << /S /D /P (A-) /St 3 >>] >>"


def _sections(catalog: bytes) -> list[Section]:
    pdf = with_objects(files.pdf(PAGES), [], catalog=catalog)
    return list(registry.parse(InMemoryFile(pdf), PDF, lambda *_: None))


async def _chunks(catalog: bytes) -> list[Chunk]:
    chunker = Chunker(StructureSplitter(400, 0), document_id=uuid.uuid4(), library_id=uuid.uuid4(), title="pumps.pdf")
    return await chunker.chunks_of(*_sections(catalog))


async def test_labels_stand_beside_the_numbers() -> None:
    chunks = await _chunks(NUMBERS)
    assert [place_of(one.page, one.where) for one in chunks] == [
        "page i (1/6)",
        "page ii (2/6)",
        "page iii (3/6)",
        "page 1 (4/6)",
        "page 2 (5/6)",
        "page A-3 (6/6)",
    ]
    assert place_of(5, "2 (5/6)", catalogue("de")) == "Seite 2 (5/6)"


@pytest.mark.parametrize(
    "catalog",
    [b"", b"/PageLabels << /Nums [0 << /S /D >>] >>", b"/PageLabels 12", b"/PageLabels << /Nums [0 << >>] >>"],
)
async def test_pages_that_are_called_by_their_number_have_it_only(catalog: bytes) -> None:
    chunks = await _chunks(catalog)
    assert [place_of(one.page, one.where) for one in chunks] == [f"page {number}" for number in range(1, 7)]


async def test_a_label_does_not_change_how_a_page_is_cut() -> None:
    assert [one.text for one in await _chunks(NUMBERS)] == [one.text for one in await _chunks(b"")]


@pytest.mark.parametrize(
    ("part", "page"), [("page 2", 5), ("page iii", 3), ("Seite II", 2), ("page 1", 4), ("pages 1 to 2", 4)]
)
async def test_a_question_names_pages_as_the_document_does(part: str, page: int) -> None:
    chunks = await _chunks(NUMBERS)
    found = labelled(part, pages_of(part, 6), chunks)
    assert [one.page for one in found][:1] == [page]


async def test_a_number_that_no_page_is_called_by_is_the_one_in_the_file() -> None:
    assert labelled("page 6", pages_of("page 6", 6), await _chunks(NUMBERS)) == []


def test_a_long_label_is_cut_and_a_huge_one_is_no_label() -> None:
    long, huge = (
        b"/PageLabels << /Nums [0 << /P (%s) >>] >>" % (b"x" * 90),
        b"/PageLabels << /Nums [0 << /P (%s) >>] >>" % (b"x" * 9000),
    )
    (first, *_) = _sections(long)
    assert first.blocks[0].locator == f"{'x' * 40} (1/6)"
    assert not _sections(huge)[0].blocks
