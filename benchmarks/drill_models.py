"""Faults of a language model, and what the reader sees of them: python -m benchmarks.drill_models

Every fault strikes one question to a real pipeline: the embedding model, an index on disk, and the chain of models over HTTP to the stub
server of the tests, which plays the fault. Once there is one model, once a second one behind it. Then one server fails until its breaker
opens, rests, is tried, and comes back. It passes when everything went as it is written here.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from uuid import UUID

from answers.transcript import Transcript
from core import logging
from core.access import SearchScope
from core.settings import EmbeddingSettings, LLMSettings, QdrantSettings, RetrievalSettings
from core.settings.chain import ModelSettings
from rag.embedding.embeddings import build_embeddings
from rag.events import Done, Failed, PipelineEvent, Started, Token
from rag.index import build_index
from rag.index.live import IndexVersion, LiveIndex
from rag.models.chain import ModelChain
from rag.pipeline import RagPipeline
from rag.writing.writer import Answering
from tests.chunks import HANDBOOK_TEXTS, LIBRARY, chunk
from tests.stub_llm import RunningStub, running_stub

QUESTION = "How many days of paid vacation do employees receive?"
TIMEOUT_S, BREAKER_S, SLACK_S = 2.0, 2.0, 4.0
NOWHERE = "http://127.0.0.1:9/v1"
WRITTEN, EXTRACT, BROKEN_OFF = "written", "word for word", "broken off"


@dataclass(frozen=True)
class Fault:
    """What the first model does, and what should come of it without a second one.

    Attributes:
        model: the behaviour of the stub; None when nothing listens.
        times: how often, before it answers; -1 always.
        saw: what the reader sees at the end, with one model; ``with_second`` with two.
        requests: that reach the first model.
        at_least_s: before the end.
    """

    name: str
    model: str | None
    saw: str = EXTRACT
    with_second: str = WRITTEN
    requests: int = 1
    times: int = -1
    at_least_s: float = 0.0

    @property
    def is_healed(self) -> bool:
        """The first model answers in the end."""
        return self.saw == WRITTEN


FAULTS = [
    Fault("none", "cite", WRITTEN),
    Fault("500 once", "error", WRITTEN, times=1, requests=2),
    Fault("500 three times", "error", WRITTEN, times=3, requests=4, at_least_s=1.75),
    Fault("500 always", "error", requests=4, at_least_s=1.75),
    Fault("429, Retry-After: 1, once", "busy-1", WRITTEN, times=1, requests=2, at_least_s=1),
    Fault("429, Retry-After: 600", "busy-600"),
    Fault("429 without a word", "busy-", requests=4, at_least_s=1.75),
    Fault("401", "unauthorized"),
    Fault("400", "rejected"),
    Fault("nothing listens", None, requests=0),
    Fault("an empty answer", "empty", requests=4, at_least_s=1.75),
    Fault("silence before the first word", "stall", at_least_s=TIMEOUT_S),
    Fault("silence midway", "stall-midway", BROKEN_OFF, BROKEN_OFF, at_least_s=TIMEOUT_S),
    Fault("the connection breaks midway", "cut", BROKEN_OFF, BROKEN_OFF),
    Fault("the stream ends midway", "end-early", BROKEN_OFF, BROKEN_OFF),
]


@dataclass
class Seen:
    """What the reader saw, when, and how many requests went out for it."""

    saw: str = ""
    model: str | None = None
    fallback: bool = False
    notice: str = ""
    text: str = ""
    first_word_s: float = 0.0
    end_s: float = 0.0
    requests: dict[str, int] = field(default_factory=dict)

    def row(self, name: str, is_good: bool) -> str:
        """A line of the table."""
        asked = "+".join(str(count) for count in self.requests.values())
        return (
            f"{name:<44} {self.saw:<14} {self.model or '-':<7} {self.first_word_s:>6.2f} {self.end_s:>6.2f} {asked:>9}  "
            f"{'ok' if is_good else 'FAILED':<6} {self.notice}"
        )


HEAD = (
    f"{'what the first model does':<44} {'the reader saw':<14} {'by':<7} {'word s':>6} {'end s':>6} {'requests':>9}  {'':<6} "
    "and was told"
)


async def ask(pipeline: RagPipeline, stub: RunningStub, names: dict[str, str]) -> Seen:
    """One question. ``names``: of the models, by what the stub knows them as."""
    stub.state.requests.clear()
    began, seen, transcript = perf_counter(), Seen(), Transcript().apply(Started(answer_run_id=UUID(int=1)))
    async for event in pipeline.stream(QUESTION, (), SearchScope(frozenset([LIBRARY]))):
        transcript = transcript.apply(event)
        if isinstance(event, Token) and not seen.first_word_s:
            seen.first_word_s = perf_counter() - began
        _end(seen, event)
    seen.end_s = perf_counter() - began
    seen.text, seen.notice = transcript.text, transcript.note.strip("*")
    asked = [request["model"] for request in stub.state.requests]
    seen.requests = {name: asked.count(known) for known, name in names.items()}
    return seen


def _end(seen: Seen, event: PipelineEvent) -> None:
    if isinstance(event, Done):
        seen.saw = WRITTEN if event.mode == "llm" else EXTRACT
        seen.model, seen.fallback = event.model, event.fallback_used
    elif isinstance(event, Failed):
        seen.saw, seen.fallback = BROKEN_OFF, event.fallback_used


def is_as_promised(fault: Fault, seen: Seen, *, has_second: bool) -> bool:
    """Everything that the table shows, and that the answer is one."""
    saw = fault.with_second if has_second else fault.saw
    by = {WRITTEN: "first" if fault.is_healed else "second"}.get(saw)
    is_fallback = saw != BROKEN_OFF and not fault.is_healed
    asked_second = int(has_second and is_fallback)
    said = {BROKEN_OFF: "What it said until then is kept.", EXTRACT: "word for word"}.get(saw, "did not answer")
    return (
        (seen.saw, seen.model, seen.fallback) == (saw, by, is_fallback)
        and (said in seen.notice) == (is_fallback or saw == BROKEN_OFF)
        and "Full-time employees receive" in seen.text
        and seen.requests == {"first": fault.requests} | ({"second": asked_second} if has_second else {})
        and fault.at_least_s <= seen.end_s <= fault.at_least_s + SLACK_S + 2 * (fault.requests > 2)
    )


async def faults(build: Callable[[list[ModelSettings]], RagPipeline], stub: RunningStub) -> bool:
    """Each of them, with one model and with two; True when all went as promised."""
    is_good = True
    for has_second in (False, True):
        print(f"\n{'A model, and another one behind it' if has_second else 'One model'}\n{HEAD}")
        for fault in FAULTS:
            known = fault.model if fault.model and fault.times < 0 else "first"
            models = [_model("first", known, NOWHERE if fault.model is None else stub.base_url)]
            models += [_model("second", "second", stub.base_url)] if has_second else []
            stub.behave(fault.model if fault.times > 0 else None, fault.times)
            seen = await ask(
                build(models), stub, {known: "first", "second": "second"} if has_second else {known: "first"}
            )
            is_right = is_as_promised(fault, seen, has_second=has_second)
            is_good &= is_right
            print(seen.row(fault.name, is_right), flush=True)
    stub.behave(None)
    return is_good


def _model(name: str, known: str, base_url: str) -> ModelSettings:
    return ModelSettings(name=name, model=known, base_urls=(base_url,), timeout_s=TIMEOUT_S)


async def breaker(build: Callable[[list[ModelSettings]], RagPipeline], stub: RunningStub) -> bool:
    """A server that refuses until its breaker opens, rests, is tried in vain, rests again, and answers."""
    print(f"\nOne server fails and comes back; it rests after 5 failures, for {BREAKER_S:g} s\n{HEAD}")
    pipeline, results = build([_model("first", "first", stub.base_url)]), []

    async def question(name: str, saw: str, requests: int) -> None:
        seen = await ask(pipeline, stub, {"first": "first"})
        results.append((seen.saw, seen.requests["first"]) == (saw, requests))
        print(seen.row(name, results[-1]), flush=True)

    stub.behave("unauthorized")
    for number in range(1, 6):
        await question(f"401, question {number}", EXTRACT, 1)
    await question("question 6: nobody is asked", EXTRACT, 0)
    await asyncio.sleep(BREAKER_S)
    await question("after its rest one question tries it: 401", EXTRACT, 1)
    await question("the next one does not", EXTRACT, 0)
    await asyncio.sleep(BREAKER_S)
    stub.behave(None)
    await question("after another rest it answers", WRITTEN, 1)
    await question("and goes on to", WRITTEN, 1)
    return all(results)


@asynccontextmanager
async def pipelines(folder: Path) -> AsyncIterator[Callable[[list[ModelSettings]], RagPipeline]]:
    """What makes a pipeline on the handbook with some models."""
    embeddings = build_embeddings(EmbeddingSettings(), cache_dir=folder / "models")
    await asyncio.to_thread(embeddings.load)
    index = build_index(QdrantSettings(), folder)
    await index.open(embeddings.dimension, model=embeddings.name)
    chunks = [chunk(text, index=number) for number, text in enumerate(HANDBOOK_TEXTS)]
    await index.upsert(chunks, await embeddings.aembed_documents([one.text for one in chunks]))
    live = LiveIndex(IndexVersion(1, embeddings, index))

    def build(models: list[ModelSettings]) -> RagPipeline:
        return RagPipeline(live, Answering(ModelChain(models, LLMSettings(breaker_s=BREAKER_S))), RetrievalSettings())

    yield build
    await index.close()


async def run() -> bool:
    """Everything; True when all went as promised."""
    with running_stub() as stub, tempfile.TemporaryDirectory() as folder:
        async with pipelines(Path(folder)) as build:
            await ask(build([_model("first", "cite", stub.base_url)]), stub, {"cite": "first"})  # imports, once
            is_good = await faults(build, stub)
            return await breaker(build, stub) and is_good


def main() -> None:
    """Print the tables; exit 1 when something went otherwise."""
    logging.configure("error")
    is_good = asyncio.run(run())
    print(f"\n{'Everything went as promised.' if is_good else 'Not everything went as promised.'}")
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
