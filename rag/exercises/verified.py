"""Questions that the engine answers: each is asked before anybody is given it."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from rag.events import Citations
from rag.exercises.draft import Draft
from rag.grounding.plain_text import plain_text
from rag.terms import terms_of

AT_ONCE = 3  # questions asked at the same time
MOST_IN_ROUND = 30  # their vectors are made in one go, and kept by the question cache
TRIES, LEAST_TRIES = 3, 12  # questions tried for each one that is wanted
ALIKE = 0.75  # of two questions' terms
NOT_SAID = re.compile(r"[\W_]+")

Ask = Callable[[str], Awaitable[Citations | None]]  # the engine's checked answer within the scope; None: it refuses
Embed = Callable[[list[str]], Awaitable[object]]


@dataclass(slots=True)
class Chosen:
    """The questions that hold so far, and what they would repeat."""

    drafts: list[Draft] = field(default_factory=list)
    tried: int = 0
    _sentences: set[str] = field(default_factory=set)
    _questions: list[tuple[frozenset[str], str]] = field(default_factory=list)

    def is_new(self, draft: Draft) -> bool:
        """False for a sentence that is asked for already, and for what reads like another question."""
        if said(draft.sentence.text) in self._sentences:
            return False
        terms, answer = terms_of(draft.question), said(draft.answer)
        return not any(
            answer == other or len(terms & known) >= ALIKE * min(len(terms), len(known))
            for known, other in self._questions
            if terms & known
        )

    def add(self, draft: Draft) -> None:
        """Takes a question."""
        self.drafts.append(draft)
        self._sentences.add(said(draft.sentence.text))
        self._questions.append((terms_of(draft.question), said(draft.answer)))


async def verified(
    drafts: Sequence[Draft],
    count: int,
    ask: Ask,
    embed: Embed,
    *,
    chosen: Chosen | None = None,
    deadline: float = float("inf"),
) -> Chosen:
    """The first questions that are answered from the page they were made of, with the answer in what is shown.

    Args:
        drafts: best first.
        count: how many are wanted in all.
        embed: makes the vectors of questions ahead, all in one call.
        chosen: those that hold already; more are added.
        deadline: by ``time.monotonic``; after it, no further round begins.

    Raises:
        UpstreamUnavailable: the index or the embedding server does not answer.
    """
    chosen = chosen or Chosen()
    waiting = list(drafts)
    most = TRIES * count + LEAST_TRIES
    places = asyncio.Semaphore(AT_ONCE)

    async def holds(draft: Draft) -> bool:
        async with places:
            answer = await ask(draft.question)
        return answer is not None and await asyncio.to_thread(is_answered, draft, answer)

    while waiting and len(chosen.drafts) < count and chosen.tried < most and time.monotonic() < deadline:
        batch, waiting = _next(waiting, chosen, min(MOST_IN_ROUND, count - len(chosen.drafts) + 2))
        await embed([draft.question for draft in batch])
        results = await asyncio.gather(*map(holds, batch))
        chosen.tried += len(batch)
        for draft, is_held in zip(batch, results, strict=True):
            if is_held and len(chosen.drafts) < count and chosen.is_new(draft):
                chosen.add(draft)
    return chosen


def _next(waiting: Sequence[Draft], chosen: Chosen, most: int) -> tuple[list[Draft], list[Draft]]:
    """The next round, in which no two ask for one sentence, and the rest."""
    batch: list[Draft] = []
    rest: list[Draft] = []
    seen = set[str]()
    for draft in waiting:
        key = said(draft.sentence.text)
        if len(batch) == most or key in seen:
            rest.append(draft)
        elif chosen.is_new(draft):
            seen.add(key)
            batch.append(draft)
    return batch, rest


def is_answered(draft: Draft, answer: Citations) -> bool:
    """True when the answer has the expected words and cites the page on which they stand."""
    source = draft.sentence.chunk
    pages = {(one.chunk.document_id, one.chunk.section) for one in answer.citations}
    return (source.document_id, source.section) in pages and said(draft.answer) in said(
        plain_text(answer.answer, "prose")
    )


def said(text: str) -> str:
    """The letters and digits of a text, to compare what is said."""
    return NOT_SAID.sub("", text.casefold())
