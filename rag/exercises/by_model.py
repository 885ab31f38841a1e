"""Questions that a language model writes from numbered passages. Each must have its answer in its passage, word for word, as those of the
rules have; whether the engine answers it is found out afterwards, as with any other."""

import asyncio
import re
from collections.abc import Iterator, Sequence

from rag.compose.quotations import Quotation, quotations
from rag.exercises.clarity import is_clear
from rag.exercises.draft import AnswerKind, Draft
from rag.exercises.verified import said
from rag.models.completer import Completer
from rag.prompts import prompt
from rag.terms import terms_of
from rag.types import Chunk, Source
from rag.writing.prompt_fence import Fence

TIMEOUT_S = 60.0
PASSAGES_A_CALL, MOST_CALLS = 10, 8
MORE = 1.5  # questions asked for, for each that is wanted: not all hold
LINE = re.compile(r"\A[\s\-*•]*+(?:source )?\[?(\d{1,3})\]?\s*+[|]([^|]{8,300})[|]([^|]{1,400})\|?\s*\Z", re.IGNORECASE)
WORTH = 3.5  # above all rules
SHORT_WORDS = 6  # of an answer that is a term
QUOTES = "\"“”„«»'‘’` "


async def drafts(passages: Sequence[Chunk], count: int, topic: str, model: Completer) -> list[Draft]:
    """The questions of a model, in the order of the passages; fewer than ``count`` where it gives fewer that have their answer.

    Raises:
        UpstreamUnavailable: no call was answered.
    """
    calls = [passages[at : at + PASSAGES_A_CALL] for at in range(0, len(passages), PASSAGES_A_CALL)][:MOST_CALLS]
    each = max(1, round(MORE * count / max(1, len(calls))))
    replies = await asyncio.gather(*(_asked(chunks, each, topic, model) for chunks in calls), return_exceptions=True)
    failures = [reply for reply in replies if isinstance(reply, BaseException)]
    if failures and len(failures) == len(replies):
        raise failures[0]
    pairs = [(chunks, reply) for chunks, reply in zip(calls, replies, strict=True) if isinstance(reply, str)]
    return await asyncio.to_thread(lambda: [draft for chunks, reply in pairs for draft in read(reply, chunks)])


async def _asked(chunks: Sequence[Chunk], count: int, topic: str, model: Completer) -> str:
    fence = Fence("source")
    sources = [Source(number=number, chunk=chunk) for number, chunk in enumerate(chunks, start=1)]
    about = f"- Ask about this topic only: {fence.around(topic)}\n" if topic else ""
    text = prompt("exercises", count=str(count), fence=fence.mark, sources=fence.sources(sources), topic=about)
    return await model.complete(text, TIMEOUT_S)


def read(reply: str, chunks: Sequence[Chunk]) -> Iterator[Draft]:
    """The questions of a reply that are clear and have their answer in the passage that they name."""
    for line in reply.splitlines():
        found = LINE.match(line)
        if not found or not 0 < int(found[1]) <= len(chunks):
            continue
        question, answer = " ".join(found[2].split()), found[3].strip(f"{QUOTES}.")
        sentence = _sentence(chunks[int(found[1]) - 1], question, answer)
        if sentence and is_clear(question, answer, least_terms=1):
            yield Draft(
                question, answer, sentence, _kind(answer), WORTH, answer.split()[-1] if answer[:1].isdigit() else ""
            )


def _sentence(chunk: Chunk, question: str, answer: str) -> Quotation | None:
    """The sentence of a passage that has the answer, of several the one that has most of the question."""
    asked, wanted = terms_of(question), said(answer)
    having = [one for one in quotations([chunk], is_all=True) if wanted and wanted in said(one.text)]
    return max(having, key=lambda one: len(asked & one.terms), default=None)


def _kind(answer: str) -> AnswerKind:
    words = answer.split()
    if answer[:1].isdigit():
        return AnswerKind.DATE if len(words) == 1 and len(answer) == len("2026") else AnswerKind.NUMBER
    if len(words) <= SHORT_WORDS:
        return AnswerKind.NAME if all(word[:1].isupper() for word in words) else AnswerKind.TERM
    return AnswerKind.TEXT
