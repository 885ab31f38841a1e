"""Answers without a model: sentences of the sources, each cited."""

from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.grounding.check import check
from rag.grounding.markdown import code_runs
from rag.grounding.markers import numbers_in, parse
from rag.grounding.passage import Passage
from rag.grounding.plain_text import plain_text
from rag.types import Source
from rag.writing.extractive import deltas, extract
from tests.chunks import HANDBOOK_TEXTS, chunk, sources

MOST_SENTENCES = 6


async def answer(question: str, embeddings: FootnoteEmbeddings, *texts: str) -> str:
    """The answer from sources with these texts, which passes the check."""
    return await answer_from(question, embeddings, [Passage(source) for source in sources(*texts)])


async def answer_from(question: str, embeddings: FootnoteEmbeddings, passages: list[Passage]) -> str:
    text = await extract(question, passages, embeddings)
    by_number = {passage.source.number: passage for passage in passages}
    checked = await check(text, by_number, embeddings, question, is_quoted=True)
    assert checked.answer == text
    assert (checked.unsupported, checked.dropped) == (0, 0)
    return text


def one_document(*parts: str) -> list[Passage]:
    """Sources that follow each other in one section."""
    starts = [sum(map(len, parts[:place])) for place in range(len(parts))]
    return [
        Passage(Source(number=number, chunk=chunk(part, index=number, start=start), similarity=0.5))
        for number, (part, start) in enumerate(zip(parts, starts, strict=True), start=1)
    ]


async def test_the_best_sentence_comes_first_with_its_number(embeddings: FootnoteEmbeddings) -> None:
    text = await answer("How long are backups of the servers kept?", embeddings, *HANDBOOK_TEXTS)
    assert text.startswith("Backups are kept for thirty days in Frankfurt. [5]")


async def test_every_sentence_is_cited_and_literal(embeddings: FootnoteEmbeddings) -> None:
    text = await answer("What do employees get?", embeddings, *HANDBOOK_TEXTS)
    marked = parse(text)
    assert 1 <= len(marked.markers) <= MOST_SENTENCES
    position = 0
    for marker in marked.markers:
        quoted = marked.bare[position : marker.position].strip(" -\n")
        assert quoted in plain_text(HANDBOOK_TEXTS[marker.numbers[0] - 1])
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


async def test_what_are_the_values_brings_the_list_below_the_paragraph(embeddings: FootnoteEmbeddings) -> None:
    source = (
        "These are the core values of the company. They guide us in everything.\n\n- Courage. We try.\n- Candour. We say so.\n\n"
        "Lunch is at noon in the large hall."
    )
    for question in ("What are the core values of the company?", "Which values are the core values of the company?"):
        text = await answer(question, embeddings, source)
        assert "- Courage. [1]" in text
        assert "Candour." in text


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
    assert "".join(deltas(text)) == text


def test_pieces_are_a_few_words_each() -> None:
    assert list(deltas("one two three four five six seven")) == ["one two three ", "four five six ", "seven"]


async def test_backticks_of_a_source_are_no_code(embeddings: FootnoteEmbeddings) -> None:
    source = "Servers are backed up with the ` command. Backups of servers are kept ` ~~~ for thirty days."
    text = await answer("How are servers backed up, and how long are backups kept?", embeddings, source)
    assert code_runs(text) == ()
    assert numbers_in(text)[0] == 1


async def test_the_number_of_the_question_is_that_of_the_answer(embeddings: FootnoteEmbeddings) -> None:
    notes = [
        f"The launch code of project number {number} is {word}."
        for number, word in ((18, "Elm"), (17, "Oak"), (1, "Ash"))
    ]
    assert await answer("What is the launch code of project number 17?", embeddings, *notes) == (
        "The launch code of project number 17 is Oak. [2]"
    )


async def test_a_list_is_complete_also_in_the_next_passage(embeddings: FootnoteEmbeddings) -> None:
    passages = one_document(
        "To raise a concern through Convercent, follow the instructions below:\n\n- Open the site.\n\n- Choose a topic.\n\n",
        "- Describe what happened.\n\n- Keep the report key.\n\nConcerns are read by the legal team within a week.",
    )
    text = await answer_from("How do I raise concerns through Convercent?", embeddings, passages)
    assert text.startswith(
        "To raise a concern through Convercent, follow the instructions below: [1]\n- Open the site. [1]\n"
        "- Choose a topic. [1]\n- Describe what happened. [2]\n- Keep the report key. [2]"
    )


async def test_an_announcement_without_what_follows_is_not_shown(embeddings: FootnoteEmbeddings) -> None:
    text = await answer(
        "How do I report a leak?",
        embeddings,
        "Leaks are reported to the desk by phone.\n\nTo report a leak, do the following:",
    )
    assert text == "Leaks are reported to the desk by phone. [1]"


async def test_the_items_of_a_numbered_list_of_a_scan_are_shown(embeddings: FootnoteEmbeddings) -> None:
    scan = (
        "Family history: Father - heart disease; Mother - diabetes\n\nCURRENT MEDICATIONS:\n1. Lisinopril 10 mg daily\n"
        "2. Metformin 500 mg twice daily\n3. Aspirin 81 mg\n4. Atorvastatin 20 mg"
    )
    text = await answer("Which medications does the patient currently take?", embeddings, scan)
    assert all(name in text for name in ("Lisinopril", "Metformin", "Aspirin", "Atorvastatin"))


async def test_rows_are_whole_and_have_their_heads(embeddings: FootnoteEmbeddings) -> None:
    table = "County | Company | Employees\nSan Diego | Acme Inc. of La Jolla | 120\nLos Angeles | Beta Co. | 45"
    text = await answer("How many employees of Acme in San Diego county?", embeddings, table)
    assert text.startswith("- County | Company | Employees [1]\n- San Diego | Acme Inc. of La Jolla | 120 [1]")


async def test_the_sentence_before_it_says_what_it_is(embeddings: FootnoteEmbeddings) -> None:
    text = await answer(
        "Who leads the Harbour Museum in Bremen?",
        embeddings,
        "Tickets are sold at the gate. The Harbour Museum in Bremen was founded in 1923. It is led by Maria Lopez.",
    )
    assert "The Harbour Museum in Bremen was founded in 1923. [1] It is led by Maria Lopez. [1]" in text


async def test_a_misspelt_question_finds_its_answer(embeddings: FootnoteEmbeddings) -> None:
    text = await answer(
        "What is the retantion period of bakcups?",
        embeddings,
        *HANDBOOK_TEXTS[:3],
        "The retention period is thirty days.",
    )
    assert text.startswith("The retention period is thirty days. [4]")


async def test_another_document_is_named_before_what_it_says(embeddings: FootnoteEmbeddings) -> None:
    first, second = sources("The office in Lisbon opens at 8:30.", "The office in Bremen opens at 9:00.")
    named = second.model_copy(update={"chunk": second.chunk.model_copy(update={"title": "hr/*hours* [2].pdf"})})
    text = await answer_from(
        "When do the offices in Lisbon and Bremen open?", embeddings, [Passage(first), Passage(named)]
    )
    assert text == ("The office in Lisbon opens at 8:30. [1]\n\n**hours.pdf:** The office in Bremen opens at 9:00. [2]")


async def test_who_is_answered_by_a_name_and_when_by_a_date(embeddings: FootnoteEmbeddings) -> None:
    source = (
        "The lighthouse of Sandhaven has been a landmark for sailors ever since. The lighthouse was built between 1888 and 1890. "
        "The lighthouse was designed by Clara Winter."
    )
    assert (await answer("When was the lighthouse built?", embeddings, source)).startswith(
        "The lighthouse was built between 1888"
    )
    assert (await answer("Who designed the lighthouse?", embeddings, source)).startswith(
        "The lighthouse was designed by Clara"
    )
