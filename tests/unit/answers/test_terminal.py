"""Answers in a terminal."""

from collections.abc import AsyncIterator

import pytest

from answers.terminal import print_answer
from rag.events import AnswerEvent, Citations, Done, Token
from rag.types import SentenceSource, SentenceSupport, Span


async def test_what_no_source_supports_is_said_below(capsys: pytest.CaptureFixture[str]) -> None:
    answer = "Leave is paid [1]. The moon is cheese. [unsupported]"
    held = SentenceSource(number=1, spans=(Span(start=0, end=4),), support=1.0)
    sentences = (
        SentenceSupport(start=0, end=18, sources=(held,)),
        SentenceSupport(start=19, end=len(answer), sources=()),
    )

    async def events() -> AsyncIterator[AnswerEvent]:
        yield Token(text="Leave is paid [1]. The moon is cheese.")
        yield Citations(answer=answer, citations=(), unsupported=1, sentences=sentences)
        yield Done(mode="llm")

    await print_answer(events())
    printed = capsys.readouterr().out
    assert printed.startswith("Leave is paid [1]. The moon is cheese.\n")
    assert printed.endswith("\nNot supported by the sources: “The moon is cheese.”\n")
    assert printed.count("Not supported") == 1
