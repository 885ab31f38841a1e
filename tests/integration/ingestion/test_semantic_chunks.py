"""Cutting by meaning, with the real model."""

from itertools import pairwise

from core.settings import ChunkSettings
from rag.embedding.embeddings import FootnoteEmbeddings
from tests.sections import cut, pages, require_sound

SETTINGS = ChunkSettings(strategy="semantic", size=800)
SHELLS = (
    "Oysters build their shells from calcium carbonate.",
    "The shell of an oyster grows at its edge, layer upon layer.",
    "Pearls form when an oyster covers a grain of sand with nacre.",
    "Young oysters settle on the shells of older ones.",
    "An oyster filters fifty litres of sea water a day.",
)
TAXES = (
    "The income tax return is due at the end of July.",
    "Taxpayers may ask the revenue office for an extension.",
    "Late returns of tax are fined by the month.",
    "Deductible expenses must be listed with their receipts.",
    "The tax office sends its assessment within ten weeks.",
)


async def test_the_text_is_cut_where_its_subject_changes(embeddings: FootnoteEmbeddings) -> None:
    page = pages(" ".join([*SHELLS, *TAXES]))
    chunks = await cut(page, SETTINGS, embeddings=embeddings)
    assert len(page[0].text) < SETTINGS.size
    assert [chunk.text for chunk in chunks] == [" ".join(SHELLS), " ".join(TAXES)]


async def test_chunks_are_sound_and_share_nothing(embeddings: FootnoteEmbeddings) -> None:
    long = "\n\n".join(f"{oyster} {tax}" for oyster in SHELLS for tax in TAXES)
    document = pages("", long, "x" * 3000, "One sentence.", "- - -\n\n| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 150)
    chunks = await cut(document, SETTINGS, embeddings=embeddings)
    require_sound(chunks, document, SETTINGS.size)
    apart = [(a, b) for a, b in pairwise(chunks) if a.section == b.section]
    assert all(before.char_end <= after.char_start for before, after in apart)
    assert await cut(document, SETTINGS, embeddings=embeddings) == chunks
