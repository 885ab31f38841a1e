"""Answers without a model: sentences of the sources, each cited."""

from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.grounding.markers import numbers_in, parse
from rag.grounding.passage import Passage
from rag.grounding.plain import plain
from rag.writing.extractive import MOST_SENTENCES, extract, pieces
from tests.chunks import HANDBOOK_TEXTS, sources


async def answer(question: str, embeddings: FootnoteEmbeddings, *texts: str) -> str:
    return await extract(question, [Passage(source) for source in sources(*texts)], embeddings)


async def test_the_best_sentence_comes_first_with_its_number(embeddings: FootnoteEmbeddings) -> None:
    text = await answer("How long are backups of the servers kept?", embeddings, *HANDBOOK_TEXTS)
    assert text.startswith("Our servers are backed up every night at 02:00. [5] Backups are kept for thirty days")


async def test_every_sentence_is_cited_and_literal(embeddings: FootnoteEmbeddings) -> None:
    text = await answer("What do employees get?", embeddings, *HANDBOOK_TEXTS)
    marked = parse(text)
    assert 1 <= len(marked.markers) <= MOST_SENTENCES
    position = 0
    for marker in marked.markers:
        quoted = marked.bare[position : marker.position].strip(" -\n")
        assert quoted in plain(HANDBOOK_TEXTS[marker.numbers[0] - 1])
        position = marker.position


async def test_the_same_is_not_said_twice(embeddings: FootnoteEmbeddings) -> None:
    text = await answer(
        "How long is parental leave?",
        embeddings,
        "Parental leave lasts sixteen weeks.",
        "The parental leave lasts for sixteen weeks!",
    )
    assert text == "Parental leave lasts sixteen weeks. [1]"


async def test_a_colon_brings_the_list_it_announces(embeddings: FootnoteEmbeddings) -> None:
    source = (
        "To get a new laptop do the following:\n\n- Write to IT.\n- Name your manager.\n\nUnrelated prose is here too."
    )
    text = await answer("How do I get a new laptop?", embeddings, source)
    assert text.startswith("To get a new laptop do the following: [1]\n- Write to IT. [1]\n- Name your manager. [1]")


async def test_table_rows_become_list_items(embeddings: FootnoteEmbeddings) -> None:
    table = (
        "| Country | Vacation days |\n|---|---|\n| Spain has | 22 vacation days |\n| France has | 30 vacation days |"
    )
    text = await answer("How many vacation days does Spain have?", embeddings, table)
    assert "- Spain has | 22 vacation days [1]" in text


async def test_questions_headings_and_code_are_not_quoted_beside_sentences(embeddings: FootnoteEmbeddings) -> None:
    source = "# How long is leave\n\nHow long is leave here?\n\n```\nleave = how + long + is\n```\n\nIt lasts for sixteen weeks."
    assert await answer("How long is leave?", embeddings, source) == "It lasts for sixteen weeks. [1]"


async def test_a_short_line_with_a_value_is_quoted(embeddings: FootnoteEmbeddings) -> None:
    source = "Invoice number: 4711\n\nThank you very much for your order and your trust.\n\nTotal amount: 99 EUR"
    assert (await answer("What is the invoice number?", embeddings, source)).startswith("Invoice number: 4711 [1]")


async def test_a_source_without_sentences_is_quoted_by_what_it_has(embeddings: FootnoteEmbeddings) -> None:
    assert await answer("Where is Lisbon?", embeddings, "# Lisbon, Portugal") == "Lisbon, Portugal [1]"


async def test_documents_cannot_put_numbers_or_links_into_answers(embeddings: FootnoteEmbeddings) -> None:
    text = await answer("Who wins?", embeddings, "The red team [7] wins [the cup](http://evil.example/x) every year.")
    assert text == "The red team wins the cup every year. [1]"
    assert numbers_in(text) == [1]


async def test_it_is_fast_enough_to_wait_for(embeddings: FootnoteEmbeddings) -> None:
    long = [" ".join(f"{text} Variant {n} of it." for n in range(4)) for text in HANDBOOK_TEXTS]
    await answer("How long are backups kept?", embeddings, *long)
    began = perf_counter()
    await answer("Who approves expenses?", embeddings, *long)
    assert perf_counter() - began < 2.0  # about 0.06 s on a quiet machine


@given(st.text())
def test_pieces_join_to_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text


def test_pieces_are_a_few_words_each() -> None:
    assert list(pieces("one two three four five six seven")) == ["one two three ", "four five six ", "seven"]
