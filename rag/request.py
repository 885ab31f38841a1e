"""One question on its way through the pipeline: what it came with, its clock, and the events that end its answer."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from uuid import UUID

from core.access import SearchScope
from rag.corpus import Corpus
from rag.events import Done, Failed, PipelineEvent, Refused
from rag.models.usage_meter import UsageMeter
from rag.questions.kind import Kind
from rag.retrieval.nearest import each_document_once, nearest_document
from rag.retrieval.retriever import RetrievalResult
from rag.retrieval.rows import Rows
from rag.trace import Trace
from rag.types import Beginning, Source, Timings, Turn
from rag.writing.writer import AnswerDraft, EarlierAnswer

SourcesBefore = Callable[[], Awaitable[Sequence[Source]]]  # of the last answer of the conversation

NO_EVIDENCE = "Nothing in your documents answers this question."
BY_WORDS = "The search index does not answer at the moment: only the words of the question were looked for."
INDEXING = (
    "The search index is being made again: your documents are there, but not yet searched. Ask again in a moment."
)
NO_TEXT = "There is no text to search in yet. Add a document, then ask again."


@dataclass(frozen=True, slots=True)
class Request:
    """The arguments of :meth:`rag.pipeline.RagPipeline.stream`, in one index version.

    Attributes:
        corpus: reads whole documents; without it, every question is answered like one about a fact.
        attached: the documents attached to the question, which are its scope.
        kind: of the question, where the caller knows better; None: it is told from the question.
        sources_before: returns the sources of the answer before this question.
    """

    question: str
    history: Sequence[Turn]
    scope: SearchScope
    rows: Rows
    usage_meter: UsageMeter
    corpus: Corpus | None
    attached: Sequence[UUID]
    kind: Kind | None
    sources_before: SourcesBefore | None
    earlier_answer: EarlierAnswer | None
    beginning: Beginning | None


@dataclass(slots=True)
class Clock:
    """Milliseconds since the question arrived; ``started`` is by ``perf_counter``."""

    started: float
    sources_ms: float | None = None
    first_token_ms: float | None = None

    def now_ms(self) -> float:
        """Milliseconds since the question arrived."""
        return round((perf_counter() - self.started) * 1000, 1)

    def timings(self) -> Timings:
        """The milestones so far, with now as the end."""
        return Timings(sources_ms=self.sources_ms, first_token_ms=self.first_token_ms, total_ms=self.now_ms())


def end(draft: AnswerDraft, clock: Clock, trace: Trace) -> Done | Failed:
    """The last event of a written answer."""
    if draft.failure is not None:
        failure = draft.failure
        message = f"{failure.message} What it said until then is kept."
        return Failed(
            message=message,
            reference=failure.reference,
            retry_after_s=failure.retry_after_s,
            fallback_used=draft.fallback_used,
            trace=trace.stages(),
        )
    return Done(
        mode=draft.mode,
        model=draft.model,
        usage=draft.usage_meter.usage,
        timings=clock.timings(),
        fallback_used=draft.fallback_used,
        notice=draft.notice,
        finish=draft.finish,
        trace=trace.stages(),
    )


def refusal(query: str, retrieved: RetrievalResult, clock: Clock, trace: Trace, reading: str = "") -> Refused:
    """The last event where there is no evidence, with the closest passages.

    Args:
        reading: a sentence about documents that are still being read.
    """
    has_text = retrieved.has_candidates or retrieved.is_by_words  # words that no chunk has say nothing of the scope
    message = " ".join(filter(None, (NO_EVIDENCE, BY_WORDS if retrieved.is_by_words else "", reading)))
    return Refused(
        message=message if has_text else reading or NO_TEXT,
        nearest=tuple(
            nearest_document(query, passage) for passage in retrieved.nearest or each_document_once(retrieved.sources)
        ),
        passages=retrieved.nearest,
        timings=clock.timings(),
        trace=trace.stages(),
    )


def noted(event: PipelineEvent, notice: str) -> PipelineEvent:
    """The last event of an answer, with a notice about the index."""
    if notice and isinstance(event, Done):
        return event.model_copy(update={"notice": f"{event.notice} {notice}".strip()})
    if notice and isinstance(event, Refused):
        return event.model_copy(update={"message": f"{event.message} {notice}"})
    return event
