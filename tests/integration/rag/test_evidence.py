"""Every sentence is looked for in the sources, with a number or without."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.prompts import Purpose
from rag.events import Citations
from rag.grounding import check as citations
from rag.grounding.matching import MOST_EMBEDDED
from rag.pipeline import passages_of
from tests.chunks import HANDBOOK_TEXTS, sources

SOURCES = sources(*HANDBOOK_TEXTS, start=500)
PASSAGES = passages_of(SOURCES)


async def check(answer: str, embeddings: FootnoteEmbeddings, question: str = "") -> Citations:
    return await citations.check(answer, PASSAGES, embeddings, question)


class Counting(FootnoteEmbeddings):
    """Another's vectors, with a note of each trip."""

    def __init__(self, model: FootnoteEmbeddings) -> None:
        super().__init__()
        self.trips: list[int] = []
        self._model = model

    async def aembed_now(self, texts: list[str], purpose: Purpose = Purpose.LIKENESS) -> list[list[float]]:
        self.trips.append(len(texts))
        return await self._model.aembed_now(texts, purpose)

    def _open(self) -> int:
        return self._model.dimension

    def _embed(self, texts: list[str], purpose: Purpose) -> list[list[float]]:
        return self._model.embed(texts, purpose)

    def _release(self) -> None:
        pass


@pytest.mark.parametrize(
    ("answer", "checked"),
    [
        ("Unused days expire on 31 March of the next year.", "Unused days expire on 31 March of the next year [1]."),
        ("The Lisbon office opens at 8:30.", "The Lisbon office opens at 8:30 [3]."),
        ("- Receipts are kept for ten years", "- Receipts are kept for ten years [4]"),
        ("| Receipts are kept | for ten years |", "| Receipts are kept | for ten years [4] |"),
        ("Receipts are kept for ten years!", "Receipts are kept for ten years [4]!"),
        ("**Receipts are kept for ten years.** Truly?", "**Receipts are kept for ten years [4].** Truly?"),
    ],
)
async def test_a_sentence_that_a_source_clearly_says_gets_its_number(
    embeddings: FootnoteEmbeddings, answer: str, checked: str
) -> None:
    found = await check(answer, embeddings)
    assert found.answer == checked
    assert (found.supported, found.added, found.unsupported, found.dropped) == (1, 1, 0, 0)
    assert len(found.citations) == 1


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("The moon base opened in 1875.", "unsupported"),
        ("Visitors bring their own lunch and eat it on the roof.", "unsupported"),
        ("Full-time employees receive 30 days of paid vacation per year.", "contradicted"),
        ("Parental leave lasts sixteen weeks and is not fully paid.", "contradicted"),
        ("The cafeteria in Lisbon serves soup.", "unsupported"),
    ],
)
async def test_a_claim_that_no_source_makes_is_marked(embeddings: FootnoteEmbeddings, claim: str, verdict: str) -> None:
    found = await check(claim, embeddings)
    assert found.answer == f"{claim} [{verdict}]"
    assert (found.supported, found.unsupported, found.citations) == (0, 1, ())


@pytest.mark.parametrize("number", [" [2]", ""])
async def test_a_denial_is_not_what_is_denied(embeddings: FootnoteEmbeddings, number: str) -> None:
    denied = await check(f"Parental leave is never split into two parts{number}.", embeddings)
    assert denied.unsupported == 1
    said = await check(f"Parental leave can be split into two parts{number}.", embeddings)
    assert said.unsupported == 0


@pytest.mark.parametrize(
    "answer",
    [
        "# Leave for parents",
        "Hello!",
        "Here is what I found about it:",
        "The documents do not say who brings the soup.",
        "Would you like to know more about the cafeteria?",
        "```\nlist[9] = 'soup of the cafeteria'\n```",
        "",
    ],
)
async def test_what_claims_nothing_is_left_alone(embeddings: FootnoteEmbeddings, answer: str) -> None:
    text = f"{answer}\n\nReceipts are kept for ten years [4]."
    found = await check(text, embeddings)
    assert found.answer == text
    assert (found.supported, found.added, found.unsupported) == (1, 0, 0)


async def test_what_is_cited_beside_it_needs_to_say_less_of_it(embeddings: FootnoteEmbeddings) -> None:
    alone = await check("It can be divided into two periods.", embeddings)
    beside = await check("It can be divided into two parts. Parental leave lasts sixteen weeks [2].", embeddings)
    assert alone.unsupported == 1
    assert beside.answer == "It can be divided into two parts [2]. Parental leave lasts sixteen weeks [2]."


async def test_each_sentence_is_told_with_its_place_and_its_sources(embeddings: FootnoteEmbeddings) -> None:
    found = await check(
        "Hello! Receipts are kept for ten years. The moon is made of cheese [1]. The Lisbon office opens at 8:30 [3].",
        embeddings,
    )
    told = [found.answer[one.start : one.end] for one in found.sentences]
    assert told == [
        "Receipts are kept for ten years [4].",
        "The moon is made of cheese. [unsupported]",
        "The Lisbon office opens at 8:30 [3].",
    ]
    assert [[source.number for source in one.sources] for one in found.sentences] == [[4], [], [3]]
    assert [one.is_added for one in found.sentences] == [True, False, False]
    (span,) = found.sentences[0].sources[0].spans
    chunk = SOURCES[3].chunk
    assert chunk.text[span.start - chunk.char_start : span.end - chunk.char_start] == "Receipts are kept for ten years."


async def test_quotes_are_found_whole_and_nothing_is_embedded(embeddings: FootnoteEmbeddings) -> None:
    counting = Counting(embeddings)
    answer = "Our servers are backed up every night at 02:00. [5] Visitors sign in [3]\n- Receipts are kept for ten years. [4]"
    found = await citations.check(answer, PASSAGES, counting, is_quoted=True)
    assert found.answer == answer
    assert (found.supported, found.added, found.unsupported, found.dropped) == (3, 0, 0, 0)
    assert counting.trips == []


async def test_the_last_sentence_of_a_cut_answer_is_not_judged(embeddings: FootnoteEmbeddings) -> None:
    answer = "Receipts are kept for ten years [4]. The moon is made of"
    assert (await citations.check(answer, PASSAGES, embeddings, is_cut=True)).answer == answer
    assert (await check(answer, embeddings)).unsupported == 1


async def test_a_long_answer_takes_one_trip_of_bounded_size(embeddings: FootnoteEmbeddings) -> None:
    counting = Counting(embeddings)
    sentence = "Employee number {n} gets paid vacation days, and unused days of the year expire in March."
    found = await citations.check(" ".join(sentence.format(n=n) for n in range(400)), PASSAGES, counting)
    assert len(counting.trips) <= 1
    assert sum(counting.trips) <= MOST_EMBEDDED
    assert len(found.sentences) == 400


PIECES = st.sampled_from(
    [
        *HANDBOOK_TEXTS,
        "Receipts are kept for ten years",
        "The moon is made of cheese. ",
        " [4]",
        " [9]",
        ". ",
        "\n\n- ",
        "\n| a | b |\n|---|---|\n| ",
        " `x. y` ",
        "```\ncode[8]\n",
        "```",
        "(see below)",
        "[link](",
        "。",
        "?",
    ]
)


@given(st.lists(PIECES, max_size=10))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_checked_answer_keeps_all_its_numbers(embeddings: FootnoteEmbeddings, pieces: list[str]) -> None:
    once = await check("".join(pieces), embeddings)
    assert [one for one in once.sentences if one.end > len(once.answer)] == []
    assert once.supported + once.unsupported + once.unchecked == len(once.sentences)
    again = await check(once.answer, embeddings)
    assert again.dropped == 0
    assert again.unsupported <= once.unsupported  # what was found for one sentence may be near another
