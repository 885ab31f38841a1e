"""A question that asks for several things, and the parts that no source says anything about."""

import pytest

from rag.types import Source
from rag.writing.parts import notice_of, parts_of, parts_without_source
from tests.chunks import chunk

LEAVE = "Every employee receives twenty-eight days of paid annual leave. Unused days may be carried over until March."
URLAUB = "Alle Angestellten erhalten 28 Tage Urlaub im Jahr. Nicht genommene Tage gelten bis März."


def sources(*texts: str) -> list[Source]:
    return [Source(number=number, chunk=chunk(text, index=number)) for number, text in enumerate(texts, start=1)]


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("How many days of leave do I get, and who approves sabbaticals?", ("How many days of leave do I get", "who approves sabbaticals")),
        ("How many days of leave do I get? Who approves them?", ("How many days of leave do I get", "Who approves them")),
        ("Wie viele Tage Urlaub habe ich und wer genehmigt Sabbaticals?", ("Wie viele Tage Urlaub habe ich", "wer genehmigt Sabbaticals")),
        ("How long is the notice period?", ("How long is the notice period?",)),
        ("What are salt and pepper?", ("What are salt and pepper?",)),
        ("", ("",)),
    ],
)  # fmt: skip
def test_parts_begin_at_question_words(question: str, parts: tuple[str, ...]) -> None:
    assert parts_of(question) == parts


def test_a_part_that_nobody_answers_is_named() -> None:
    missing = parts_without_source("How many days of leave do I get, and who approves sabbaticals?", sources(LEAVE))
    assert missing == ("who approves sabbaticals",)
    assert notice_of(missing) == "Your documents say nothing about “who approves sabbaticals”."


def test_parts_that_are_answered_are_not() -> None:
    assert (
        parts_without_source(
            "How many days of leave do I get, and until when may they be carried over?", sources(LEAVE)
        )
        == ()
    )
    assert parts_without_source("Wie viele Tage Urlaub gibt es, und bis wann gelten sie?", sources(URLAUB)) == ()
    assert notice_of(()) == ""


def test_words_tell_nothing_between_languages() -> None:
    assert parts_without_source("Wie viele Tage Urlaub habe ich und wer genehmigt Sabbaticals?", sources(LEAVE)) == ()
