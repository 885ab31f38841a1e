"""Which questions are given: spread, each once, each answered before; and the wrong options beside the right answer."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from rag.events import Citations
from rag.exercises.draft import AnswerKind, Draft
from rag.exercises.drafts import drafts
from rag.exercises.exercise import Exercise, markdown
from rag.exercises.options import options, told_by
from rag.exercises.order import in_order
from rag.exercises.phrases import _all, language_of
from rag.exercises.verified import Chosen, is_answered, verified
from rag.types import Chunk, Citation, Span
from tests.chunks import chunk

RULES = (
    "Travel expenses must be submitted within 14 days after the return.",
    "Sick notes must be submitted within 3 days after the first day of absence.",
    "Invoices of suppliers must be submitted within 30 days after the delivery.",
    "Complaints about the canteen must be submitted within 21 days after the meal.",
)


def pages(document: int, *texts: str) -> list[Chunk]:
    return [
        chunk(text, document_id=UUID(int=document), index=number, page=number).model_copy(update={"section": number})
        for number, text in enumerate(texts, start=1)
    ]


def of(*documents: list[Chunk]) -> list[Draft]:
    return [one for chunks in documents for one in drafts(chunks)]


def answer_of(draft: Draft, text: str = "", section: int = 0) -> Citations:
    cited = draft.sentence.chunk.model_copy(update={"section": section}) if section else draft.sentence.chunk
    citation = Citation(number=1, chunk=cited, spans=(Span(start=0, end=1),), quote="", support=1.0)
    return Citations(answer=text or f"{draft.sentence.text} [1]", citations=(citation,))


def test_the_first_questions_are_of_all_documents_and_pages() -> None:
    ordered = in_order(of(pages(1, *RULES[:2]), pages(2, *RULES[2:])))
    first = [(one.sentence.chunk.document_id.int, one.sentence.chunk.section) for one in ordered[:4]]
    assert first[:2] == [(1, 1), (2, 1)]
    assert set(first) == {(1, 1), (2, 1), (1, 2), (2, 2)}
    sentences = [one.sentence.text for one in ordered[:4]]
    assert len(set(sentences)) == 4


async def embed(texts: list[str]) -> None:
    assert len(set(texts)) == len(texts)


async def test_only_what_is_answered_from_its_page_is_given_and_nothing_twice() -> None:
    made = in_order(of(pages(1, *RULES), pages(2, RULES[0])))
    by_question = {one.question: one for one in made}

    async def ask(question: str) -> Citations | None:
        draft = by_question[question]
        if "Sick" in draft.sentence.text:
            return None
        if "Invoices" in draft.sentence.text:
            return answer_of(draft, section=9)
        return answer_of(draft, text="Nothing of the kind. [1]" if "canteen" in draft.sentence.text else "")

    chosen = await verified(made, 5, ask, embed)
    assert [one.sentence.text for one in chosen.drafts] == [RULES[0]]


async def test_no_more_is_tried_than_makes_sense() -> None:
    asked = 0

    async def ask(question: str) -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)

    made = in_order(of(pages(1, *RULES)))
    many = [replace(one, question=f"{one.question} {number}") for number in range(40) for one in made[:1]]
    spread = [
        replace(one, sentence=replace(one.sentence, text=f"{one.sentence.text} {number}"))
        for number, one in enumerate(many)
    ]
    chosen = await verified(spread, 1, ask, embed)
    assert chosen.drafts == []
    assert asked == chosen.tried <= 3 * 1 + 12 + 3
    late = await verified(spread, 1, ask, embed, deadline=0.0)
    assert late.tried == 0


def test_an_answer_has_the_words_and_the_page() -> None:
    draft = in_order(of(pages(1, RULES[0])))[0]
    assert is_answered(draft, answer_of(draft))
    assert is_answered(draft, answer_of(draft, "They have **14** days. [1]"))
    assert not is_answered(draft, answer_of(draft, "They have 15 days. [1]"))
    assert not is_answered(draft, answer_of(draft, section=2))


def test_two_questions_in_almost_the_same_words_are_one() -> None:
    draft = in_order(of(pages(1, RULES[0])))[0]
    chosen = Chosen()
    chosen.add(draft)
    other = replace(draft, sentence=replace(draft.sentence, text="Expenses of travel: 14 days."))
    assert not chosen.is_new(draft)
    assert not chosen.is_new(other)
    assert chosen.is_new(in_order(of(pages(1, "The archive contains 1,200 letters of the founder.")))[0])


def test_wrong_options_are_of_the_same_kind_and_never_also_right() -> None:
    passages = [
        pages(1, *RULES),
        pages(2, "Travel expenses of guests must be submitted within 60 days after the return."),
    ]
    made = of(*passages)
    draft = next(one for one in made if one.question.startswith("Within how many days must travel expenses be"))
    found = options(draft, told_by(made, passages))
    assert set(found) == {"14 days", "3 days", "30 days", "21 days"}
    assert "60 days" not in found  # said of travel expenses, too
    assert found == options(draft, told_by(made, passages))
    assert options(replace(draft, kind=AnswerKind.TEXT), told_by(made, passages)) == ()
    assert options(draft, told_by(made, passages[1:])) == ()


def test_a_quiz_has_its_key_at_the_end_and_practice_each_answer_below() -> None:
    draft = in_order(of(pages(1, RULES[0])))[0]
    exercises = [Exercise(1, draft, ("3 days", "14 days"))]
    quiz, practice = (markdown(exercises, mode, "en", "travel", 2) for mode in ("quiz", "practice"))
    assert quiz.index("- B. 14 days") < quiz.index("## Answer key") < quiz.index("B. 14 days\n\n“")
    assert "1 of 2 questions" in quiz
    assert practice.startswith("## Practice questions: travel")
    assert f"**Answer:** B. 14 days\n\n“{RULES[0]}” [1] handbook.md, page 1" in practice


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "vi", "th", "zh", "ja", "ar"])
def test_every_language_has_all_phrases(language: str) -> None:
    assert _all()[language].keys() == _all()["en"].keys()
    values = {"title": "t", "topic": "t", "number": 1, "count": 1, "wanted": 2}
    assert all(phrase.format(**values) for phrase in _all()[language].values())


def test_the_language_is_that_of_the_first_text_that_tells_one() -> None:
    assert language_of("Wie lange dauert die Probezeit und was gilt für den Urlaub?", "How long is it?") == "de"
    assert language_of("", "What is the rate for the travel desk?") == "en"
