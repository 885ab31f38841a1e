"""What the check says about each sentence, with its score."""

import pytest

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.events import Citations
from rag.grounding.check import check
from rag.pipeline import passages_of
from rag.types import Verdict
from tests.chunks import sources

APPROVE = "Yes, you can approve backport PRs if you are on the release team."
MERGE = "Who merges the backport PR? Will it be merged automatically?\nNo! It is your responsibility to ensure the backport PR is merged."
PLAN = "Formal coaching lasts 2 to 4 weeks. The manager decides about it. A performance improvement plan lasts 4 weeks (30 days)."
FRUIT = "| Fruit | Boxes |\n|---|---|\n| Apples | 12 |\n| Pears | 30 |\n| Plums | 8 |"
LENGTH = "How long does a performance improvement plan last?"


async def checked(source: str, question: str, answer: str, embeddings: FootnoteEmbeddings) -> Citations:
    return await check(answer, passages_of(sources(source)), embeddings, question)


@pytest.mark.parametrize(
    ("source", "question", "answer", "result"),
    [
        (APPROVE, "Can I approve the backport PR?", "No.", "No. [contradicted]"),
        (APPROVE, "Can I approve the backport PR?", "Yes.", "Yes [1]."),
        (
            MERGE,
            "Is the backport PR merged automatically?",
            "Yes, automatically [1].",
            "Yes, automatically. [contradicted]",
        ),
        (MERGE, "Is the backport PR merged automatically?", "No [1].", "No [1]."),
        (PLAN, LENGTH, "4 months [1].", "4 months. [contradicted]"),
        (PLAN, LENGTH, "4 days [1].", "4 days. [contradicted]"),
        (PLAN, LENGTH, "Forever [1].", "Forever. [unsupported]"),
        (PLAN, LENGTH, "Bananas [1].", "Bananas. [unsupported]"),
        (PLAN, LENGTH, "4 weeks [1].", "4 weeks [1]."),
        (FRUIT, "How many boxes are there?", "There are 50 boxes in total [1].", "There are 50 boxes in total [1]."),
        (
            FRUIT,
            "How many boxes are there?",
            "There are 51 boxes in total [1].",
            "There are 51 boxes in total. [unsupported]",
        ),
    ],
)
async def test_an_answer_ends_with_its_number_or_a_verdict(
    embeddings: FootnoteEmbeddings, source: str, question: str, answer: str, result: str
) -> None:
    assert (await checked(source, question, answer, embeddings)).answer == result


async def test_introductions_closings_and_apologies_are_neither_marked_nor_cited(
    embeddings: FootnoteEmbeddings,
) -> None:
    answer = "Here is a comparison [1].\n\nThe manager decides about it [1].\n\nThat is all [1].\n\nI'm sorry, I can't help with that."
    found = await checked(PLAN, LENGTH, answer, embeddings)
    assert found.answer == (
        "Here is a comparison.\n\nThe manager decides about it [1].\n\nThat is all.\n\nI'm sorry, I can't help with that."
    )
    assert len(found.sentences) == 1


async def test_rows_of_a_table_are_judged_cell_by_cell_and_their_sum_is_recomputed(
    embeddings: FootnoteEmbeddings,
) -> None:
    table = "| Phase | Length |\n|---|---|\n| Formal coaching | 2 to 4 weeks |\n| Performance improvement plan | 4 weeks |\n"
    found = await checked(PLAN, "Compare them", f"{table}| Total | 6 to 8 weeks |", embeddings)
    assert [sentence.verdict for sentence in found.sentences] == [Verdict.SUPPORTED] * 3
    wrong = await checked(PLAN, "Compare them", f"{table}| Total | 7 to 9 weeks |", embeddings)
    assert wrong.sentences[-1].verdict is not Verdict.SUPPORTED


async def test_scores_are_told_for_sentences_and_answers(embeddings: FootnoteEmbeddings) -> None:
    found = await checked(
        PLAN, LENGTH, "Formal coaching lasts 2 to 4 weeks [1]. The moon is made of cheese [1].", embeddings
    )
    first, second = found.sentences
    assert first.score == 1.0
    assert second.score < 0.5
    assert found.score == pytest.approx((first.score + second.score) / 2, abs=0.001)


async def test_an_answer_in_a_language_the_model_cannot_compare_keeps_its_numbers(
    embeddings: FootnoteEmbeddings,
) -> None:
    """The English model; numbers are compared all the same."""
    faithful = "Das Coaching dauert zwei bis vier Wochen, und der Manager entscheidet darüber"
    found = await checked(PLAN, "Wie lange dauert das Coaching?", f"{faithful} [1].", embeddings)
    assert found.answer == f"{faithful} [1]. [unchecked]"
    assert (found.unchecked, found.unsupported) == (1, 0)
    assert found.sentences[0].reason
    wrong = await checked(
        PLAN,
        "Wie lange dauert das Coaching?",
        "Das Coaching dauert 9 Wochen, und der Manager entscheidet darüber [1].",
        embeddings,
    )
    assert wrong.citations == ()
