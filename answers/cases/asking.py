"""Asks the question of a case within its place. Nobody asks: no run, conversation or usage of a person is stored, nothing is cached."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from time import perf_counter

import structlog

from answers.cases.judging import Answered, failures_of
from answers.cases.places import Place
from answers.cases.types import CaseContent, Failure
from answers.corpus import DatabaseCorpus
from answers.remarks import MARK
from answers.rows import rows_of
from core.access import SearchScope
from core.errors import FootnoteError, new_reference
from core.retry import known
from db.session import Database
from rag.events import Citations, Failed, PipelineEvent, Refused
from rag.grounding.markers import parse
from rag.models.usage_meter import UsageMeter
from rag.pipeline import RagPipeline
from rag.questions.kind import Kind
from rag.types import Source, Turn

log = structlog.get_logger(__name__)

LONGEST_S = 300.0  # for one question
TOO_LONG = "It took longer than five minutes."


class CaseAsker:
    """Asks questions as the product answers them, without caches."""

    def __init__(self, database: Database, pipeline: RagPipeline) -> None:
        self._database = database
        self._pipeline = pipeline

    async def ask(self, content: CaseContent, scope: SearchScope) -> Answered:
        """The answer to a case, after its earlier questions; an error is part of it, and never raised."""
        meter, turns = UsageMeter(), list[Turn]()
        answered, started = Answered(), perf_counter()
        questions = [*((text, None) for text in content.earlier), (content.question, content.kind)]
        for text, kind in questions:
            started = perf_counter()
            answered = await self._answered(text, kind, turns, answered, scope, meter)
            if answered.error:
                break
            turns.append(Turn(question=text, answer=answered.text))
        took_ms = (perf_counter() - started) * 1000
        return replace(answered, usage=meter.usage, took_ms=round(took_ms, 1))

    async def judged(self, content: CaseContent, place: Place) -> tuple[Answered, tuple[Failure, ...]]:
        """The answer to a case in its place, and what is wrong with it; nothing is asked where the place itself is wrong."""
        if place.failures:
            return Answered(), place.failures
        answered, missing = await self.ask(content, place.scope), tuple[str, ...]()
        if not (answered.error or answered.is_refused or content.must_refuse):
            try:
                missing = await self._pipeline.missing_points(content.points, answered.text, content.question)
            except Exception as error:
                answered = replace(answered, error=_told(error))
        return answered, failures_of(content, place, answered, missing)

    async def _answered(
        self,
        text: str,
        kind: Kind | None,
        turns: Sequence[Turn],
        before: Answered,
        scope: SearchScope,
        meter: UsageMeter,
    ) -> Answered:
        """The answer to one question, after the one before it."""

        async def sources_before(_index_version: int) -> Sequence[Source]:
            return [Source(number=place, chunk=one.chunk) for place, one in enumerate(before.citations, start=1)]

        stream = self._pipeline.stream(
            text,
            tuple(turns),
            scope,
            rows=rows_of(self._database, scope),
            usage_meter=meter,
            corpus=partial(DatabaseCorpus, self._database, scope),
            kind=kind,
            sources_before=sources_before,
        )
        events: list[PipelineEvent] = []
        try:
            async with asyncio.timeout(LONGEST_S), aclosing(stream) as found:
                events = [event async for event in found if isinstance(event, Citations | Refused | Failed)]
        except TimeoutError:
            return Answered(error=TOO_LONG)
        except Exception as error:
            return Answered(error=_told(error))
        return await asyncio.to_thread(_read, events)


def _read(events: Sequence[PipelineEvent]) -> Answered:
    """What the last events say."""
    answered = Answered()
    for event in events:
        match event:
            case Citations(answer=answer, citations=citations, unsupported=unsupported):
                text = parse(MARK.sub("", answer)).bare.strip()
                answered = Answered(text, citations, claims=bool(citations or unsupported))
            case Refused(message=message):
                answered = Answered(message, is_refused=True)
            case Failed(message=message):
                answered = Answered(error=message)
    return answered


def _told(error: Exception) -> str:
    """An error in a sentence, with what finds it in the log."""
    fact = known(error) or (error if isinstance(error, FootnoteError) else None)
    reference = fact.reference if fact else new_reference()
    log.error("case.not_answered", reference=reference, exc_info=error)
    return f"{fact.message if fact else 'Something went wrong.'} (reference {reference})"
