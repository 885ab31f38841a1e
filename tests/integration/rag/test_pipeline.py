"""A question to events: searching → sources → tokens → citations → done, or a refusal, or a failure that keeps what came."""

from collections.abc import Callable, Collection, Mapping
from uuid import UUID, uuid4

import pytest

from core.access import SearchScope
from core.settings import LLMSettings, RetrievalSettings
from core.settings.chain import ModelSettings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.events import Citations, Done, Failed, PipelineEvent, Refused, Searching, Sources, Token
from rag.grounding.markers import numbers_in
from rag.grounding.passage import Passage
from rag.index import ChunkIndex
from rag.index.live import IndexVersion, LiveIndex
from rag.models.chain import ModelChain, build_chain
from rag.models.usage_meter import UsageMeter
from rag.pipeline import RagPipeline
from rag.retrieval.rows import Rows
from rag.types import Chunk, Turn
from rag.writing.writer import AnswerWriter
from tests.chunks import HANDBOOK, LIBRARY, chunk
from tests.stub_llm import RunningStub

SCOPE = SearchScope(frozenset([LIBRARY]))
QUESTION = "How many days of paid vacation do employees receive?"
Build = Callable[[str | None], RagPipeline]
BuildChainOf = Callable[..., RagPipeline]


@pytest.fixture
def build(handbook: ChunkIndex, embeddings: FootnoteEmbeddings, stub: RunningStub) -> Build:
    """A pipeline on the handbook; with a name, its model is the stub's."""

    def make(model: str | None = None) -> RagPipeline:
        stub.behave(None)
        settings = LLMSettings(model=model, base_url=stub.base_url, timeout_s=1.0)
        return RagPipeline(
            LiveIndex(IndexVersion(1, embeddings, handbook)),
            AnswerWriter(build_chain(settings)),
            RetrievalSettings(),
        )

    return make


@pytest.fixture
def build_chain_of(handbook: ChunkIndex, embeddings: FootnoteEmbeddings, stub: RunningStub) -> BuildChainOf:
    """A pipeline on the handbook, its models the stub's, in order."""

    def make(*names: str) -> RagPipeline:
        stub.behave(None)
        models = [ModelSettings(name=name, base_urls=(stub.base_url,), timeout_s=1.0) for name in names]
        chain = ModelChain(models, LLMSettings())
        return RagPipeline(LiveIndex(IndexVersion(1, embeddings, handbook)), AnswerWriter(chain), RetrievalSettings())

    return make


async def ask(
    pipeline: RagPipeline, question: str = QUESTION, history: tuple[Turn, ...] = (), scope: SearchScope = SCOPE
) -> list[PipelineEvent]:
    return [event async for event in pipeline.stream(question, history, scope)]


def kinds(events: list[PipelineEvent]) -> list[str]:
    return list(dict.fromkeys(event.kind for event in events))


def streamed(events: list[PipelineEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, Token))


def checked(events: list[PipelineEvent]) -> Citations:
    (found,) = [event for event in events if isinstance(event, Citations)]
    return found


async def test_an_extractive_answer(build: Build) -> None:
    events = await ask(build(None))
    assert kinds(events) == ["searching", "sources", "token", "citations", "done"]
    assert streamed(events).startswith("Full-time employees receive 25 days of paid vacation per year. [1]")
    assert checked(events).answer == streamed(events)
    assert (checked(events).dropped, checked(events).unsupported) == (0, 0)
    citation = checked(events).citations[0]
    assert (citation.spans[0].start, citation.quote) == (
        0,
        "Full-time employees receive 25 days of paid vacation per year.",
    )


async def test_done_says_how_and_how_long(build: Build) -> None:
    done = (await ask(build(None)))[-1]
    assert isinstance(done, Done)
    assert (done.mode, done.model, done.fallback_used) == ("extractive", None, False)
    timings = done.timings
    assert 0 < (timings.sources_ms or 0) <= (timings.first_token_ms or 0) <= (timings.total_ms or 0)


async def test_sources_are_numbered_from_one(build: Build) -> None:
    (found,) = [event for event in await ask(build(None)) if isinstance(event, Sources)]
    assert [source.number for source in found.sources] == list(range(1, len(found.sources) + 1))
    assert "25 days" in found.sources[0].chunk.text


async def test_no_evidence_is_refused_and_the_nearest_documents_named(build: Build) -> None:
    events = await ask(build(None), "Which similarity laws hold for heated aeroelastic aircraft models?")
    assert kinds(events) == ["searching", "refused"]
    refused = events[-1]
    assert isinstance(refused, Refused)
    assert [document.document_id for document in refused.nearest] == [HANDBOOK]
    assert "Nothing in your documents" in refused.message


async def test_an_empty_library_is_said_to_be_empty(build: Build) -> None:
    refused = (await ask(build(None), scope=SearchScope(frozenset([uuid4()]))))[-1]
    assert isinstance(refused, Refused)
    assert refused.nearest == ()
    assert "Add a document" in refused.message


async def test_a_document_deleted_meanwhile_is_neither_source_nor_nearest(build: Build) -> None:
    async def nothing_left(_chunk_ids: Collection[UUID]) -> dict[UUID, Chunk]:
        return {}

    events = [event async for event in build(None).stream(QUESTION, (), SCOPE, rows=lambda _: Rows(nothing_left))]
    refused = events[-1]
    assert isinstance(refused, Refused)
    assert refused.nearest == ()


async def test_what_is_shown_is_what_the_rows_say(build: Build) -> None:
    asked: list[int] = []

    async def renamed(chunk_ids: Collection[UUID]) -> dict[UUID, Chunk]:
        return {one: chunk("Employees get 30 days of paid vacation.", title="new.md", index=7) for one in chunk_ids}

    def rows(index_version: int) -> Rows:
        asked.append(index_version)
        return Rows(renamed)

    events = [event async for event in build(None).stream(QUESTION, (), SCOPE, rows=rows)]
    [found] = [event for event in events if isinstance(event, Sources)]
    assert {(source.chunk.title, source.chunk.index) for source in found.sources} == {("new.md", 7)}
    assert asked == [1]


async def test_a_follow_up_is_searched_with_its_history(build: Build) -> None:
    history = (Turn(question="What is parental leave?", answer="Leave for parents."),)
    events = await ask(build(None), "How long is it?", history)
    assert events[0] == Searching(query="How long is parental leave?", understood=True)
    assert "sixteen weeks" in streamed(events)


async def test_a_models_answer_is_streamed_checked_and_counted(build: Build) -> None:
    events = await ask(build("cite"))
    assert kinds(events) == ["searching", "sources", "token", "citations", "done"]
    assert numbers_in(checked(events).answer) == [1, 2]  # the stub cites the first two sources
    done = events[-1]
    assert isinstance(done, Done)
    assert (done.mode, done.model, done.fallback_used) == ("llm", "cite", False)
    assert done.usage.output_tokens > 0


async def test_what_a_model_invents_is_shown_as_unsupported(build: Build) -> None:
    result = checked(await ask(build("invent")))
    assert "4312 visitors. [unsupported] Its captain was called Zaphod Quux. [unsupported]" in result.answer
    assert (result.dropped, result.unsupported) == (2, 2)
    assert 9 not in {citation.number for citation in result.citations}


async def test_an_invented_number_is_never_streamed(build: Build) -> None:
    shown = streamed(await ask(build("invent")))
    assert "4312 visitors." in shown
    assert set(numbers_in(shown)) == {1, 2}


async def test_a_sentence_without_a_number_is_looked_for_in_the_sources(build: Build) -> None:
    result = checked(await ask(build("uncited")))
    assert result.answer == "I would rather not say where I know this from. [unsupported]"
    assert (result.supported, result.added, result.unsupported) == (0, 0, 1)


@pytest.mark.parametrize("behaviour", ["error", "busy", "unauthorized", "stall", "empty"])
async def test_a_model_that_fails_at_once_is_replaced(build: Build, behaviour: str) -> None:
    events = await ask(build(behaviour))
    done = events[-1]
    assert isinstance(done, Done)
    assert (done.mode, done.model, done.fallback_used) == ("extractive", None, True)
    assert streamed(events).startswith("Full-time employees receive 25 days")


async def test_another_model_answers_and_that_is_said(build_chain_of: BuildChainOf) -> None:
    done = (await ask(build_chain_of("unauthorized", "cite")))[-1]
    assert isinstance(done, Done)
    assert (done.mode, done.model, done.fallback_used) == ("llm", "cite", True)
    assert done.notice == "Written by cite, because unauthorized did not answer."


async def test_an_answer_from_before_comes_before_the_sources_own_words(build: Build) -> None:
    asked: list[str] = []

    async def earlier(query: str, passages: Mapping[int, Passage]) -> tuple[str, str | None]:
        asked.append(query)
        number = next(number for number, passage in passages.items() if "25 days" in passage.source.chunk.text)
        return f"Full-time employees receive 25 days of paid vacation per year [{number}].", "large"

    events = [event async for event in build("unauthorized").stream(QUESTION, (), SCOPE, earlier_answer=earlier)]
    done = events[-1]
    assert isinstance(done, Done)
    assert (done.mode, done.model, done.fallback_used) == ("llm", "large", True)
    assert "asked before" in done.notice
    assert asked == [QUESTION]
    assert len(checked(events).citations) == 1


async def test_with_nothing_from_before_the_sources_speak(build: Build) -> None:
    async def earlier(query: str, passages: Mapping[int, Passage]) -> None:
        return None

    events = [event async for event in build("unauthorized").stream(QUESTION, (), SCOPE, earlier_answer=earlier)]
    done = events[-1]
    assert isinstance(done, Done)
    assert (done.mode, done.fallback_used) == ("extractive", True)
    assert done.notice.startswith("The language model did not answer.")


async def test_who_may_not_have_a_model_asked_is_told_why(build: Build, stub: RunningStub) -> None:
    pipeline = build("cite")
    stub.state.requests.clear()
    history = (Turn(question="What is parental leave?", answer="Leave for parents."),)
    usage_meter = UsageMeter(refusal="Your tokens are used up.")
    events = [event async for event in pipeline.stream("How long is it?", history, SCOPE, usage_meter=usage_meter)]
    done = events[-1]
    assert isinstance(done, Done)
    assert (done.mode, done.fallback_used) == ("extractive", True)
    assert done.notice.startswith("Your tokens are used up. ")
    assert (stub.state.requests, usage_meter.charges) == ([], [])


@pytest.mark.parametrize("behaviour", ["cut", "end-early", "stall-midway"])
async def test_a_model_that_fails_midway_keeps_its_checked_words(build: Build, behaviour: str) -> None:
    events = await ask(build(behaviour))
    assert kinds(events) == ["searching", "sources", "token", "citations", "error"]
    assert checked(events).answer.startswith("Full-time employees receive")
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert "is kept" in failed.message
    assert failed.reference


async def test_an_answer_without_end_is_cut_checked_and_says_so(build: Build) -> None:
    events = await ask(build("endless"))
    assert kinds(events) == ["searching", "sources", "token", "citations", "done"]
    assert checked(events).citations
    assert checked(events).answer.startswith("Full-time employees receive")
    done = events[-1]
    assert isinstance(done, Done)
    assert (done.mode, done.fallback_used) == ("llm", False)
    assert done.notice == "The language model wrote more than 32,768 characters. The answer was cut there."
    (written,) = (stage for stage in done.trace if stage.name == "answer")
    assert written.details["cut_at_chars"] == 32_768


async def test_an_uncited_answer_is_no_failure(build: Build) -> None:
    events = await ask(build("uncited"))
    assert checked(events).citations == ()
    assert isinstance(events[-1], Done)


async def test_the_partial_answer_of_a_stopped_stream_can_be_checked(build: Build) -> None:
    pipeline = build(None)
    (found,) = [event for event in await ask(pipeline) if isinstance(event, Sources)]
    partial = "Full-time employees receive 25 days of paid vacation per year [1]. The moon is cheese [1"
    result = await pipeline.check(partial, found.sources, QUESTION)
    assert result.answer == "Full-time employees receive 25 days of paid vacation per year [1]. The moon is cheese"
