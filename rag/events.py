"""The contract between the pipeline and every door: the events of an answer, in order.

``searching → sources → token* → citations → done`` or ``searching → refused``, or at any point ``error``.

Text is canonical: citations stand in it as ``[n]``, n being a source's number. What a reader sees (links, JSON, plain
text) is a pure function of these events. Tokens stream before the check, with no number that is not a source's;
``citations.answer`` is the checked text and replaces them.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from core.values import Frozen
from rag.types import Citation, NearestDocument, SentenceSupport, Source, Stage, Timings, Usage

AnswerMode = Literal["extractive", "llm"]
CacheHit = Literal["exact", "semantic"]


class Searching(Frozen):
    """The question as it is searched for (stand-alone, history folded in)."""

    kind: Literal["searching"] = "searching"
    query: str


class Sources(Frozen):
    """The numbered evidence, best first."""

    kind: Literal["sources"] = "sources"
    sources: tuple[Source, ...]


class Token(Frozen):
    """A piece of the answer."""

    kind: Literal["token"] = "token"
    text: str


class Citations(Frozen):
    """The check is done. ``answer`` is the final text: failed markers removed, ``[unsupported]`` behind what is not.

    Attributes:
        citations: the distinct numbers that stand in ``answer``, in order of first use.
        dropped: numbers removed because they named no source or failed the check.
        supported: sentences that a source supports, those among ``added`` included.
        added: sentences that got their number from the check: they had none, or none that holds, and another source clearly says it.
        unsupported: sentences that claim something, or cited something, and are supported by no source.
        sentences: all these, in order; greetings, headings, questions and their like are not among them.
    """

    kind: Literal["citations"] = "citations"
    answer: str
    citations: tuple[Citation, ...]
    dropped: int = 0
    supported: int = 0
    added: int = 0
    unsupported: int = 0
    sentences: tuple[SentenceSupport, ...] = ()


class Done(Frozen):
    """The answer is complete.

    Attributes:
        fallback_used: the model that should have answered did not; another one did, or none (``mode``).
        cached: the answer was given before, to the same question within the same scope: word for word the same question
            (``exact``) or one that means the same (``semantic``).
        notice: what the reader should know of how it came about, such as why another model wrote it; mostly empty.
        trace: the stages it went through.
    """

    kind: Literal["done"] = "done"
    mode: AnswerMode
    model: str | None = None
    usage: Usage = Usage()
    timings: Timings = Timings()
    fallback_used: bool = False
    cached: CacheHit | None = None
    notice: str = ""
    trace: tuple[Stage, ...] = ()


class Refused(Frozen):
    """No evidence. ``message`` says so in one or two sentences; ``nearest`` names the closest documents, if any."""

    kind: Literal["refused"] = "refused"
    message: str
    nearest: tuple[NearestDocument, ...] = ()
    timings: Timings = Timings()
    trace: tuple[Stage, ...] = ()


class Failed(Frozen):
    """It went wrong; what was streamed so far stays. ``message`` is for the person, ``reference`` for the log."""

    kind: Literal["error"] = "error"
    message: str
    reference: str
    retry_after_s: float | None = None
    fallback_used: bool = False
    trace: tuple[Stage, ...] = ()


class Started(Frozen):
    """First event of every door: the run exists, and its citations open at ``/cite/{answer_run_id}/{n}``."""

    kind: Literal["started"] = "started"
    answer_run_id: UUID
    thread_id: UUID | None = None


PipelineEvent = Searching | Sources | Token | Citations | Done | Refused | Failed
AnswerEvent = Annotated[Started | PipelineEvent, Field(discriminator="kind")]
ANSWER_EVENT: TypeAdapter[AnswerEvent] = TypeAdapter(AnswerEvent)
