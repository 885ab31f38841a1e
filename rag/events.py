"""The events of an answer: the contract between the pipeline and every door.

``waiting* → searching → sources → (reasoning | token)* → citations → done`` or ``searching → refused``, or at any point ``error``, or
``stopped``.
Another ``started`` begins the answer anew: the worker that wrote it died.

Text is canonical: a citation is written ``[n]``, where n is the number of a source. What a reader sees (links, JSON, plain
text) is a pure function of these events. Tokens stream before the check and contain only numbers of sources;
``citations.answer`` is the checked text and replaces them.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from core.values import Frozen
from rag.questions.kind import Kind
from rag.types import Chart, Citation, Finish, NearestDocument, SentenceSupport, Source, Stage, Timings, Usage

AnswerMode = Literal["extractive", "llm"]
CacheHit = Literal["exact", "semantic"]


class Searching(Frozen):
    """How the question was understood.

    Attributes:
        query: the stand-alone question, with what it needs from the history.
        question_kind: what kind of question it is.
        understood: it was not taken as it was asked: the reader is shown ``query``.
    """

    kind: Literal["searching"] = "searching"
    query: str
    question_kind: Kind = Kind.FACT
    understood: bool = False


class Sources(Frozen):
    """The numbered sources, best first."""

    kind: Literal["sources"] = "sources"
    sources: tuple[Source, ...]


class Token(Frozen):
    """A piece of the answer."""

    kind: Literal["token"] = "token"
    text: str


class Reasoning(Frozen):
    """A piece of what the model thinks before it answers: no part of the answer, neither checked nor cited. At most 20,000 characters.

    Attributes:
        retracts: the tokens so far were thoughts too: they belong before this piece, and the answer begins anew.
    """

    kind: Literal["reasoning"] = "reasoning"
    text: str
    retracts: bool = False


class Citations(Frozen):
    """The result of the check. ``answer`` is the final text: failed markers removed, ``[unsupported]`` after unsupported claims.

    Attributes:
        citations: the distinct numbers in ``answer``, in order of first use.
        dropped: count of numbers removed because they named no source or failed the check.
        supported: number of sentences that a source supports, including those in ``added``.
        added: number of sentences that got their number from the check: they had none that holds, and another source clearly says it.
        unsupported: number of sentences that claim or cite something and that no source supports, also those that one contradicts.
        unchecked: number of sentences that cannot be checked; they keep their numbers.
        score: mean support score of the sentences that could be checked, 0 to 1; None when there are none.
        order: the sources are numbered anew, in the order of appearance: source ``n`` of the answer was number ``order[n - 1]`` in
            ``sources`` and ``token``. Empty: the numbers are the same.
        sentences: all checked sentences, in order; greetings, headings, questions and the like are left out.
    """

    kind: Literal["citations"] = "citations"
    answer: str
    citations: tuple[Citation, ...]
    dropped: int = 0
    supported: int = 0
    added: int = 0
    unsupported: int = 0
    unchecked: int = 0
    score: float | None = None
    order: tuple[int, ...] = ()
    sentences: tuple[SentenceSupport, ...] = ()


class Done(Frozen):
    """The answer is complete.

    Attributes:
        fallback_used: the first model of the route did not answer; another model did, or none (see ``mode``).
        cached: the answer comes from the answer cache, for the same question within the same scope: the same words
            (``exact``) or the same meaning (``semantic``).
        notice: a sentence for the reader about how the answer was made, such as why another model wrote it; mostly empty.
        finish: how it ended: by itself (``stop``), at the length limit (``length``: it can be continued), or by the provider's
            ``content_filter``.
        chart: the answer as a series of numbers, where it is one.
        trace: the stages of the run.
    """

    kind: Literal["done"] = "done"
    mode: AnswerMode
    model: str | None = None
    usage: Usage = Usage()
    timings: Timings = Timings()
    fallback_used: bool = False
    cached: CacheHit | None = None
    notice: str = ""
    finish: Finish = "stop"
    chart: Chart | None = None
    trace: tuple[Stage, ...] = ()


class Refused(Frozen):
    """There is no evidence. ``message`` says so in one or two sentences; ``nearest`` are the closest documents, if any.

    Attributes:
        passages: the closest passage of each of ``nearest``, by its number, so that it can be opened.
    """

    kind: Literal["refused"] = "refused"
    message: str
    nearest: tuple[NearestDocument, ...] = ()
    passages: tuple[Source, ...] = Field(default=(), exclude=True)
    timings: Timings = Timings()
    trace: tuple[Stage, ...] = ()


class Failed(Frozen):
    """The answer failed; the text streamed so far stays. ``message`` is for the reader, ``reference`` finds the log entry.

    Attributes:
        is_interrupted: the process that answered died; the same question may be asked again at once.
    """

    kind: Literal["error"] = "error"
    message: str
    reference: str
    retry_after_s: float | None = None
    fallback_used: bool = False
    is_interrupted: bool = False
    trace: tuple[Stage, ...] = ()


class Stopped(Frozen):
    """Somebody stopped the answer. What was written stays; a ``citations`` before this holds it as checked."""

    kind: Literal["stopped"] = "stopped"


class Started(Frozen):
    """The first event of every door: the answer run exists, and its citations open at ``/cite/{answer_run_id}/{n}``."""

    kind: Literal["started"] = "started"
    answer_run_id: UUID
    thread_id: UUID | None = None


class Waiting(Frozen):
    """Many questions were asked at the same moment: so many are before this one. Comes again while that changes."""

    kind: Literal["waiting"] = "waiting"
    ahead: int


PipelineEvent = Searching | Sources | Reasoning | Token | Citations | Done | Refused | Failed
AnswerEvent = Annotated[Started | Waiting | PipelineEvent | Stopped, Field(discriminator="kind")]
ANSWER_EVENT: TypeAdapter[AnswerEvent] = TypeAdapter(AnswerEvent)
