"""Drills faults of a language model, and checks what the reader sees: python -m benchmarks.drill_models

Every fault strikes one question to a real pipeline: the embedding model, an index on disk, and the chain of models over HTTP to the stub
server of the tests, which simulates the fault; once with one model, once with a second one after it. Then one server fails until its
circuit breaker opens, rests, is probed, and recovers. The drill passes when everything is as expected here.
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
from rag.embedding.build import build_embeddings
from rag.events import Done, Failed, PipelineEvent, Started, Token
from rag.index import build_index
from rag.index.live import IndexVersion, LiveIndex
from rag.models.chain import ModelChain
from rag.pipeline import RagPipeline
from rag.writing.writer import AnswerWriter
from tests.chunks import HANDBOOK_TEXTS, LIBRARY, chunk
from tests.stub_llm import RunningStub, running_stub

QUESTION = "How many days of paid vacation do employees receive?"
TIMEOUT_S, BREAKER_S, SLACK_S = 2.0, 2.0, 4.0
NOWHERE = "http://127.0.0.1:9/v1"
WRITTEN, EXTRACT, BROKEN_OFF = "written", "word for word", "broken off"


@dataclass(frozen=True)
class Fault:
    """A fault of the first model, and the expected result.

    Attributes:
        model: behaviour of the stub; None for a closed port.
        times: how often it fails before it answers; -1 for always.
        saw: what the reader sees in the end with one model; ``with_second`` with two.
        requests: number of requests that reach the first model.
        at_least_s: least seconds until the end.
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
        """True when the first model answers in the end."""
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
class Observation:
    """What the reader saw, when, and the number of requests to each model."""

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
        requests = "+".join(str(count) for count in self.requests.values())
        return (
            f"{name:<44} {self.saw:<14} {self.model or '-':<7} {self.first_word_s:>6.2f} {self.end_s:>6.2f} {requests:>9}  "
            f"{'ok' if is_good else 'FAILED':<6} {self.notice}"
        )


HEAD = (
    f"{'what the first model does':<44} {'the reader saw':<14} {'by':<7} {'word s':>6} {'end s':>6} {'requests':>9}  {'':<6} "
    "and was told"
)


async def ask(pipeline: RagPipeline, stub: RunningStub, names: dict[str, str]) -> Observation:
    """Asks one question. ``names``: name of each model by its name at the stub."""
    stub.state.requests.clear()
    began, observed, transcript = perf_counter(), Observation(), Transcript().apply(Started(answer_run_id=UUID(int=1)))
    async for event in pipeline.stream(QUESTION, (), SearchScope(frozenset([LIBRARY]))):
        transcript = transcript.apply(event)
        if isinstance(event, Token) and not observed.first_word_s:
            observed.first_word_s = perf_counter() - began
        _end(observed, event)
    observed.end_s = perf_counter() - began
    observed.text, observed.notice = transcript.text, transcript.note.strip("*")
    called = [request["model"] for request in stub.state.requests]
    observed.requests = {name: called.count(known) for known, name in names.items()}
    return observed


def _end(observed: Observation, event: PipelineEvent) -> None:
    if isinstance(event, Done):
        observed.saw = WRITTEN if event.mode == "llm" else EXTRACT
        observed.model, observed.fallback = event.model, event.fallback_used
    elif isinstance(event, Failed):
        observed.saw, observed.fallback = BROKEN_OFF, event.fallback_used


def is_as_promised(fault: Fault, observed: Observation, *, has_second: bool) -> bool:
    """True when everything in the table is as expected, and the text is an answer."""
    saw = fault.with_second if has_second else fault.saw
    by = {WRITTEN: "first" if fault.is_healed else "second"}.get(saw)
    is_fallback = saw != BROKEN_OFF and not fault.is_healed
    second_requests = int(has_second and is_fallback)
    expected_notice = {BROKEN_OFF: "What it said until then is kept.", EXTRACT: "word for word"}.get(
        saw, "did not answer"
    )
    return (
        (observed.saw, observed.model, observed.fallback) == (saw, by, is_fallback)
        and (expected_notice in observed.notice) == (is_fallback or saw == BROKEN_OFF)
        and "Full-time employees receive" in observed.text
        and observed.requests == {"first": fault.requests} | ({"second": second_requests} if has_second else {})
        and fault.at_least_s <= observed.end_s <= fault.at_least_s + SLACK_S + 2 * (fault.requests > 2)
    )


async def faults(build: Callable[[list[ModelSettings]], RagPipeline], stub: RunningStub) -> bool:
    """Runs each fault with one model and with two; True when all results are as expected."""
    is_good = True
    for has_second in (False, True):
        print(f"\n{'A model, and another one behind it' if has_second else 'One model'}\n{HEAD}")
        for fault in FAULTS:
            known = fault.model if fault.model and fault.times < 0 else "first"
            models = [_model("first", known, NOWHERE if fault.model is None else stub.base_url)]
            models += [_model("second", "second", stub.base_url)] if has_second else []
            stub.behave(fault.model if fault.times > 0 else None, fault.times)
            observed = await ask(
                build(models), stub, {known: "first", "second": "second"} if has_second else {known: "first"}
            )
            is_right = is_as_promised(fault, observed, has_second=has_second)
            is_good &= is_right
            print(observed.row(fault.name, is_right), flush=True)
    stub.behave(None)
    return is_good


def _model(name: str, known: str, base_url: str) -> ModelSettings:
    return ModelSettings(name=name, model=known, base_urls=(base_url,), timeout_s=TIMEOUT_S)


async def breaker(build: Callable[[list[ModelSettings]], RagPipeline], stub: RunningStub) -> bool:
    """Drills a server that fails until its breaker opens, rests, fails the probe, rests again, and answers."""
    print(f"\nOne server fails and comes back; it rests after 5 failures, for {BREAKER_S:g} s\n{HEAD}")
    pipeline, results = build([_model("first", "first", stub.base_url)]), []

    async def question(name: str, saw: str, requests: int) -> None:
        observed = await ask(pipeline, stub, {"first": "first"})
        results.append((observed.saw, observed.requests["first"]) == (saw, requests))
        print(observed.row(name, results[-1]), flush=True)

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
    """Yields a function that builds a pipeline on the handbook with given models."""
    embeddings = build_embeddings(EmbeddingSettings(), cache_dir=folder / "models")
    await asyncio.to_thread(embeddings.load)
    index = build_index(QdrantSettings(), folder)
    await index.open(embeddings.dimension, model=embeddings.name)
    chunks = [chunk(text, index=number) for number, text in enumerate(HANDBOOK_TEXTS)]
    await index.upsert(chunks, await embeddings.aembed_documents([one.text for one in chunks]))
    live = LiveIndex(IndexVersion(1, embeddings, index))

    def build(models: list[ModelSettings]) -> RagPipeline:
        return RagPipeline(
            live, AnswerWriter(ModelChain(models, LLMSettings(breaker_s=BREAKER_S))), RetrievalSettings()
        )

    yield build
    await index.close()


async def run() -> bool:
    """Runs everything; True when all results are as expected."""
    with running_stub() as stub, tempfile.TemporaryDirectory() as folder:
        async with pipelines(Path(folder)) as build:
            await ask(build([_model("first", "cite", stub.base_url)]), stub, {"cite": "first"})  # imports, once
            is_good = await faults(build, stub)
            return await breaker(build, stub) and is_good


def main() -> None:
    """Prints the tables; exits with 1 when a result is not as expected."""
    logging.configure("error")
    is_good = asyncio.run(run())
    print(f"\n{'Everything went as promised.' if is_good else 'Not everything went as promised.'}")
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
