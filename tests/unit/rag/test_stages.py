"""The stages between a search and its sources, one by one: fusing questions, threshold, widening, copies, budget."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from rag.models.tokens import count
from rag.retrieval.candidates import Candidate, fused
from rag.retrieval.dedupe import joined, without_copies, without_near_copies
from rag.retrieval.expand import Excerpt, expanded
from rag.retrieval.pack import FRAME_TOKENS, packed
from rag.retrieval.threshold import relevant
from rag.types import ScoredChunk
from tests.chunks import chunk

SECTION = "Leave is paid. It lasts sixteen weeks. It may be split. Ask your manager first."
QUESTION = "How long does leave last?"


def candidate(text: str, similarity: float = 0.6, **details: object) -> Candidate:
    return Candidate(chunk(text, **details), ((0, similarity),))  # type: ignore[arg-type]


def part(text: str, similarity: float = 0.6) -> Candidate:
    """A run of ``SECTION``."""
    return candidate(text, similarity, start=SECTION.index(text), index=SECTION.index(text))


def hits(*texts: str, similarity: float = 0.5) -> list[ScoredChunk]:
    return [ScoredChunk(chunk=chunk(text), score=1.0, similarity=similarity) for text in texts]


def texts(candidates: Sequence[Candidate]) -> list[str]:
    return [one.chunk.text for one in candidates]


def test_one_question_keeps_its_order() -> None:
    assert texts(fused([hits("c", "a", "b")])) == ["c", "a", "b"]


def test_what_several_questions_found_comes_first_and_once() -> None:
    found = fused([hits("a", "b", similarity=0.4), hits("c", "b", similarity=0.7)])
    assert texts(found)[0] == "b"
    assert sorted(texts(found)) == ["a", "b", "c"]
    assert found[0].matches == ((0, 0.4), (1, 0.7))
    assert found[0].similarity == 0.7


def test_a_chunk_is_judged_by_the_question_that_found_it() -> None:
    questions = [QUESTION, "When does the Lisbon office open?"]
    office = Candidate(chunk("The Lisbon office opens early."), ((1, 0.32),))
    assert relevant(questions, [office], 0.30) == [office]
    assert relevant(questions, [replace(office, matches=((0, 0.32),))], 0.30) == []


def test_without_a_chunk_that_can_answer_none_comes_along() -> None:
    near = candidate("A text about aeroplanes.", 0.40)  # near enough to come along, not to answer
    assert relevant([QUESTION], [near], 0.30) == []
    assert relevant([QUESTION], [near, candidate("How long does leave last?", 0.7)], 0.30)[0] is near


def test_a_rerankers_score_decides_where_a_least_one_is_set() -> None:
    low = replace(candidate("How long does leave last?", 0.9), rerank_score=0.1)
    high = replace(candidate("Sixteen weeks.", 0.1), rerank_score=0.8)
    unseen = candidate("How long does leave last, again?", 0.9)
    assert relevant([QUESTION], [low, high, unseen], 0.30, min_score=0.5) == [high, unseen]
    assert low in relevant([QUESTION], [low, high], 0.30)


async def run_of_section(chunk_ids: Sequence[UUID], reach: int) -> Mapping[UUID, Excerpt]:
    """The whole section, however far one reaches."""
    return {one: Excerpt(start=0, text=SECTION) for one in chunk_ids}


async def test_a_widened_chunk_keeps_its_id_and_its_offsets_hold() -> None:
    [wide] = await expanded([found := part("It lasts sixteen weeks.")], "neighbours", run_of_section)
    assert wide.chunk.chunk_id == found.chunk.chunk_id
    assert wide.chunk.text == SECTION[wide.chunk.char_start : wide.chunk.char_end] == SECTION


async def test_a_chunk_with_a_place_of_its_own_stays_as_it_is() -> None:
    found = part("It lasts sixteen weeks.")
    placed = replace(found, chunk=found.chunk.model_copy(update={"locator": "A2:D9"}))
    assert await expanded([placed], "section", run_of_section) == [placed]


async def test_a_section_that_was_read_anew_widens_nothing() -> None:
    found = replace(part("It lasts sixteen weeks."))
    moved = replace(found, chunk=found.chunk.model_copy(update={"char_start": 3, "char_end": 26}))
    assert await expanded([moved], "neighbours", run_of_section) == [moved]


def test_runs_that_overlap_or_touch_become_one() -> None:
    parts = [part("It lasts sixteen weeks. It may be split."), part("Leave is paid. It lasts "), part("Ask your")]
    first, second = joined(parts)
    assert first.chunk.text == "Leave is paid. It lasts sixteen weeks. It may be split."
    assert first.chunk.text == SECTION[first.chunk.char_start : first.chunk.char_end]
    assert first.chunk.chunk_id == parts[0].chunk.chunk_id
    assert second.chunk.text == "Ask your"


def test_a_run_that_fills_a_gap_joins_both_sides() -> None:
    parts = [part("Leave is paid."), part("It may be split."), part(" It lasts sixteen weeks. ")]
    assert texts(joined(parts)) == ["Leave is paid. It lasts sixteen weeks. It may be split."]


def test_runs_of_different_documents_stay_apart() -> None:
    parts = [part("It lasts sixteen weeks."), replace(part("Leave is paid. It lasts"))]
    parts[1] = replace(parts[1], chunk=parts[1].chunk.model_copy(update={"document_id": uuid4()}))
    assert joined(parts) == parts


LONG = (
    "The travel policy covers flights, trains, hotels, meals and taxis for every employee who visits customers, suppliers, "
    "conferences or another office, provided that a director approved the journey beforehand in writing"
)


def test_copies_are_dropped_and_the_better_one_stays() -> None:
    first, copy = candidate(LONG), candidate(LONG, document_id=uuid4())
    assert without_copies([first, copy]) == [first]


def test_near_copies_are_dropped() -> None:
    near = candidate(f"{LONG}, naturally.", document_id=uuid4())
    assert without_near_copies([first := candidate(LONG), near], narrow(first, near), QUESTION) == [first]


@pytest.mark.parametrize(
    ("other", "question"),
    [
        (f"{LONG} 2024", QUESTION),
        (LONG.replace("director", "chancellor"), "Does a chancellor approve journeys?"),
        (LONG.replace("policy covers", "policy does not cover"), QUESTION),
        (LONG.replace("every", "not every"), QUESTION),
    ],
    ids=["another figure", "another word, and it is asked for", "one denies the other", "not for every one"],
)
def test_texts_that_differ_in_what_counts_are_no_copies(other: str, question: str) -> None:
    both = [candidate(LONG), candidate(other, document_id=uuid4())]
    assert without_near_copies(both, narrow(*both), question) == both


def narrow(*candidates: Candidate) -> dict[UUID, Candidate]:
    return {one.chunk.chunk_id: one for one in candidates}


def test_sources_are_numbered_and_fit_the_budget() -> None:
    found = [candidate(f"{word} " * 200) for word in ("alpha", "beta", "gamma")]
    budget = count(found[0].chunk.text) + count(found[1].chunk.text) + 2 * FRAME_TOKENS
    sources, tokens = packed(found, narrow(*found), 6, budget)
    assert [(source.number, source.chunk.text[:4]) for source in sources] == [(1, "alph"), (2, "beta")]
    assert tokens <= budget


def test_what_does_not_fit_widened_comes_as_it_was_found() -> None:
    found = part("It lasts sixteen weeks.")
    wide = replace(found, chunk=found.chunk.model_copy(update={"text": SECTION * 20}))
    best = candidate("alpha " * 100)
    [_, second], _ = packed([best, wide], narrow(best, found), 6, count(best.chunk.text) + 3 * FRAME_TOKENS)
    assert second.chunk == found.chunk


def test_a_smaller_one_comes_in_the_place_of_one_that_is_too_large() -> None:
    found = [candidate("alpha " * 50), candidate("beta " * 900), candidate("gamma " * 50)]
    sources, _ = packed(found, narrow(*found), 6, 400)
    assert [(source.number, source.chunk.text[:5]) for source in sources] == [(1, "alpha"), (2, "gamma")]


def test_the_best_one_is_never_left_out() -> None:
    found = candidate("alpha " * 2000)
    sources, tokens = packed([found], narrow(found), 6, 200)
    assert len(sources) == 1
    assert tokens > 200


def test_no_more_sources_than_are_wanted() -> None:
    found = [candidate(f"{word} text.") for word in ("One", "Two", "Three")]
    assert len(packed(found, narrow(*found), 2, 4000)[0]) == 2


@pytest.mark.parametrize(
    ("text", "tokens"),  # as cl100k counts them
    [
        ("The quick brown fox jumps over the lazy dog.", 10),
        ("Nhân viên được hưởng 25 ngày nghỉ phép có lương mỗi năm.", 26),
        ("员工每年有二十五天带薪休假。", 19),
        ("พนักงานมีวันลาพักร้อนยี่สิบห้าวันต่อปี", 32),
        ("يحصل الموظفون على خمسة وعشرين يوم إجازة مدفوعة الأجر", 40),
    ],
    ids=["English", "Vietnamese", "Chinese", "Thai", "Arabic"],
)
def test_tokens_are_rather_too_many_than_too_few(text: str, tokens: int) -> None:
    assert tokens <= count(text) <= 2 * tokens
