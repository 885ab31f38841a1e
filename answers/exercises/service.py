"""Questions to practise with or to be asked in a quiz, made of a Principal's documents; each was answered by the engine before.

A set of questions is stored as an answer run of the person who wanted it, so that its footnotes open like those of any answer.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from uuid import UUID, uuid4

import structlog

from answers import record
from answers.exercises.material import Material
from answers.linkifier import linkify
from answers.quotas import Quotas
from answers.record import Progress
from answers.verification import QuestionVerifier
from core.access import Principal, SearchScope, scope_of
from core.errors import FootnoteError, LimitExceeded, UpstreamUnavailable
from core.rate_limit import RateLimiter
from core.retry import when_there_is_room
from core.settings import Settings
from db import answer_runs
from db.base import now
from db.session import Database
from rag.events import Citations, Done, Sources
from rag.exercises import by_model
from rag.exercises.draft import Draft
from rag.exercises.drafts import drafts
from rag.exercises.exercise import Exercise, Mode, markdown
from rag.exercises.options import options, told_by
from rag.exercises.order import in_order
from rag.exercises.phrases import language_of, say
from rag.exercises.verified import Chosen, verified
from rag.index.live import IndexVersion, LiveIndex
from rag.models.chain import MeteredCompleter, ModelChain
from rag.models.usage_meter import UsageMeter
from rag.pipeline import RagPipeline
from rag.retrieval.rerank import Reranking
from rag.terms import terms_of
from rag.types import Chunk, Citation, Source, Span

log = structlog.get_logger(__name__)

QUESTIONS_OF_QUOTA = 10  # made questions that count as one that is asked
AT_ONCE = 2  # sets that this process makes at the same time; others wait
LONGEST_S = 25.0  # after it, no further questions are tried
LATER_S = 5.0
LONGEST_WAIT_S = 60.0  # for a place
ON_TOPIC = 1.0  # worth of a question that has a word of the topic, beside others of the same passages


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants: so many questions, on a topic or on anything, in these documents."""

    count: int
    mode: Mode
    topic: str
    scope: SearchScope


@dataclass(frozen=True, slots=True)
class ExerciseSet:
    """Verified questions.

    Attributes:
        response: Markdown, in the language of the topic or else of the documents.
        fallback_used: they were made by rules: there is no language model, or it did not answer.
    """

    run_id: UUID
    response: str
    timestamp: str
    exercises: tuple[Exercise, ...]
    fallback_used: bool


@dataclass(slots=True)
class _Work:
    """What has been found on the way."""

    passages: list[list[Chunk]] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    by_model: bool = False


class ExerciseService:
    """Makes questions, and stores them.

    Args:
        chain: language models; None: rules make the questions.
    """

    def __init__(
        self,
        database: Database,
        limiter: RateLimiter,
        pipeline: RagPipeline,
        live: LiveIndex,
        settings: Settings,
        chain: ModelChain | None = None,
        reranking: Reranking | None = None,
    ) -> None:
        self._database = database
        self._quotas = Quotas(database, limiter, settings.limit)
        self._verifier = QuestionVerifier(database, pipeline)
        self._live = live
        self._settings = settings.retrieval
        self._chain = chain
        self._reranking = reranking
        self._busy: set[UUID] = set()
        self._places = asyncio.Semaphore(AT_ONCE)

    async def make(
        self,
        principal: Principal,
        *,
        count: int,
        mode: Mode,
        topic: str = "",
        library_ids: Collection[UUID] | None = None,
        document_ids: Collection[UUID] | None = None,
    ) -> ExerciseSet:
        """A set of at most ``count`` questions on what the principal may see.

        Raises:
            LimitExceeded: too many questions in a minute, or a set is being made for this person.
            UpstreamUnavailable: the index or the embedding server does not answer, or too many sets are being made.
        """
        if principal.user_id in self._busy:
            raise LimitExceeded("Questions are already being made for you. Wait for them first.", retry_after_s=LATER_S)
        self._busy.add(principal.user_id)
        try:
            refusal = await self._quotas.admit(principal, math.ceil(count / QUESTIONS_OF_QUOTA))
            scope = scope_of(principal, document_ids, library_ids)
            async with self._place():
                return await self._made(principal, Wish(count, mode, topic, scope), UsageMeter(refusal))
        finally:
            self._busy.discard(principal.user_id)

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """One of the places of this process. Raises UpstreamUnavailable: none became free in time."""
        try:
            async with asyncio.timeout(LONGEST_WAIT_S):
                await self._places.acquire()
        except TimeoutError as error:
            raise UpstreamUnavailable(
                "Many people are having questions made. Please try again in a minute.", retry_after_s=LONGEST_WAIT_S
            ) from error
        try:
            yield
        finally:
            self._places.release()

    async def _made(self, principal: Principal, wish: Wish, usage_meter: UsageMeter) -> ExerciseSet:
        async with self._live.use() as index_version:
            work, chosen = _Work(), Chosen()
            material = Material(self._database, wish.scope, index_version)
            await self._read(material, wish, work)
            await self._choose(wish, work, chosen, index_version, usage_meter)
            has_text = bool(work.passages) or await material.has_text()
        exercises = await asyncio.to_thread(_exercises, chosen.drafts, wish.mode, work)
        language = language_of(wish.topic, " ".join(one.question for one in chosen.drafts))
        canonical = _text(exercises, wish, language, has_passages=bool(work.passages), has_text=has_text)
        run_id = uuid4()
        progress = _progress(principal, canonical, exercises, usage_meter, is_fallback=not work.by_model)
        await when_there_is_room(partial(self._store, principal, wish, run_id, progress))
        response = await asyncio.to_thread(linkify, canonical, run_id, [one.number for one in exercises])
        log.info("exercises.made", count=len(exercises), wanted=wish.count, tried=chosen.tried, by_model=work.by_model)
        return ExerciseSet(run_id, response, now().isoformat(), tuple(exercises), fallback_used=not work.by_model)

    async def _read(self, material: Material, wish: Wish, work: _Work) -> None:
        """The passages, and the questions that rules make of them."""
        if wish.topic:
            work.passages = await material.of_topic(wish.topic, self._settings, self._reranking)
        else:
            work.passages = [chunks async for chunks in material.of_all(wish.count)]
        for chunks in work.passages:
            work.drafts += await asyncio.to_thread(_drafts, chunks, wish.topic)

    async def _choose(
        self, wish: Wish, work: _Work, chosen: Chosen, index_version: IndexVersion, usage_meter: UsageMeter
    ) -> None:
        """Questions that hold: a model's first, then those of the rules."""
        ask = partial(self._verifier.answer, scope=wish.scope)
        embed = index_version.embeddings.aembed_queries
        written = await self._written(wish, work.passages, usage_meter)
        if written:
            await verified(written, wish.count, ask, embed, chosen=chosen)
            work.by_model = bool(chosen.drafts)
        ordered = await asyncio.to_thread(in_order, work.drafts)
        await verified(ordered, wish.count, ask, embed, chosen=chosen, deadline=time.monotonic() + LONGEST_S)

    async def _written(self, wish: Wish, passages: Sequence[Sequence[Chunk]], usage_meter: UsageMeter) -> list[Draft]:
        """The questions of a model; none without one, or where it does not answer."""
        if self._chain is None or usage_meter.refusal or not passages:
            return []
        turns = [
            chunk
            for place in range(max(map(len, passages)))
            for chunks in passages
            for chunk in chunks[place : place + 1]
        ]
        try:
            return await by_model.drafts(turns, wish.count, wish.topic, MeteredCompleter(self._chain, usage_meter))
        except FootnoteError as error:
            log.warning("exercises.model_failed", error=type(error).__name__)
            return []

    async def _store(self, principal: Principal, wish: Wish, run_id: UUID, progress: Progress) -> None:
        """The set as an answer run. Its question has the time in it: one that comes again and again would be answered ahead."""
        question = f"{say('en', wish.mode)} ({wish.count}) · {now():%Y-%m-%d %H:%M:%S}{f' · {wish.topic}' if wish.topic else ''}"
        async with self._database.transaction() as session:
            await answer_runs.create(session, principal, question=question, scope=wish.scope, run_id=run_id)
        await record.store_sources(self._database, run_id, wish.scope, progress)
        await record.store_end(self._database, run_id, wish.scope, progress)


def _drafts(chunks: Sequence[Chunk], topic: str) -> list[Draft]:
    """The questions of a document, those with words of the topic before the others."""
    wanted = terms_of(topic)
    return [
        draft if wanted.isdisjoint(draft.sentence.terms) else replace(draft, worth=draft.worth + ON_TOPIC)
        for draft in drafts(chunks)
    ]


def _exercises(chosen: Sequence[Draft], mode: Mode, work: _Work) -> list[Exercise]:
    """The questions numbered, document by document in reading order."""
    documents = list(dict.fromkeys(one.sentence.chunk.document_id for one in chosen))
    ordered = sorted(
        chosen,
        key=lambda one: (documents.index(one.sentence.chunk.document_id), one.sentence.chunk.index, one.sentence.start),
    )
    told = told_by([*chosen, *work.drafts], work.passages) if mode == "quiz" else []
    return [Exercise(number, one, options(one, told)) for number, one in enumerate(ordered, start=1)]


def _text(exercises: Sequence[Exercise], wish: Wish, language: str, *, has_passages: bool, has_text: bool) -> str:
    """What the reader is told, canonical."""
    if exercises:
        return markdown(exercises, wish.mode, language, wish.topic, wish.count)
    if not has_text:
        return say(language, "no_text")
    return say(language, "none") if has_passages else say(language, "no_topic", topic=wish.topic)


def _progress(
    principal: Principal, canonical: str, exercises: Sequence[Exercise], usage_meter: UsageMeter, *, is_fallback: bool
) -> Progress:
    """The set as the state of an answer run that has ended: each source is cited at its sentence."""
    progress = Progress(principal.user_id, usage_meter=usage_meter)
    progress.apply(Sources(sources=tuple(Source(number=one.number, chunk=one.chunk) for one in exercises)))
    progress.apply(Citations(answer=canonical, citations=tuple(map(_citation, exercises))))
    mode, model = ("extractive", None) if is_fallback else ("llm", usage_meter.writer)
    progress.apply(Done(mode=mode, model=model, fallback_used=is_fallback))
    return progress


def _citation(one: Exercise) -> Citation:
    sentence = one.draft.sentence
    span = Span(start=sentence.start, end=sentence.end)
    return Citation(number=one.number, chunk=one.chunk, spans=(span,), quote=sentence.text, support=1.0)
