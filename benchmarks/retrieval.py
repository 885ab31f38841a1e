"""Times a question until the model is called, by stage, in libraries of 1,000, 10,000 and 100,000 chunks; and again, cached.

python -m benchmarks.retrieval [--sizes 1000 10000 100000] [--questions 200]

It runs the product from AnswerService on, with PostgreSQL, Redis, Qdrant Edge, the bundled embedding model and its caches; every question
is new. Only the language model is a stand-in, which records when it gets the messages. The reranker is off. Exits with 1 when a target
is missed. The precision of the semantic cache is measured by evals/paraphrases.py and repeated here.
"""

import argparse
import asyncio
import re
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.synthetic import Library, fill
from bootstrap import open_services
from core import logging
from core.access import Principal
from core.settings import CacheSettings, LLMSettings, Settings
from evals.paraphrases import LEAST_PRECISION, precision_at
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.events import Done, Refused
from rag.models.chain import ModelChain
from rag.models.usage_meter import UsageMeter
from services import Services
from supervise import warm_up

SIZES = (1_000, 10_000, 100_000)
WARM = 30  # questions before the measurement
OVERHEAD_MS, CACHED_MS = 25.0, 10.0
TARGET_SIZE = 10_000
EMBED = FootnoteEmbeddings._in_thread
EMBEDDING = "embedding the question"
WITH, WITHOUT = "before the model, in all", "… without embedding the question"
REST = "limits, caches, rows of the run"
CACHED = "the same question again"
LAST = (EMBEDDING, REST, WITHOUT, WITH, CACHED)
# Stages that are not counted: prepare is REST and what EMBEDDING takes beyond it, embed waits for what is left of that.
NOT_COUNTED = ("prepare", "embed", "answer", "check", "tokens")
SENTENCE = re.compile(r'number="1">\n[^\n]*\n([^.]+)\.')


@dataclass
class Times:
    """Milliseconds of each question, by stage."""

    by_name: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, took_ms: float) -> None:
        """Adds one time."""
        self.by_name.setdefault(name, []).append(took_ms)

    def percentile(self, name: str, percent: int) -> float:
        """A percentile of a stage; 0 for a stage that never ran."""
        values = self.by_name.get(name, [])
        return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else 0.0


@dataclass
class Model:
    """The stand-in for the language model; it also times the embedding, which the trace covers only in part."""

    asked_at: float = 0.0
    embedding_ms: float = 0.0
    embedded_ms: float = 0.0  # until it was called

    async def embed(self, embeddings: FootnoteEmbeddings, texts: list[str], *more: Any) -> list[list[float]]:
        """Embeds as the product does, and adds the time."""
        began = time.perf_counter()
        try:
            return await EMBED(embeddings, texts, *more)
        finally:
            self.embedding_ms += (time.perf_counter() - began) * 1000

    async def deltas(
        self, _route: Sequence[Any], messages: Sequence[Any], _usage_meter: UsageMeter
    ) -> AsyncGenerator[tuple[str, str], None]:
        """Records the time of the call, and repeats the first sentence of the first source."""
        self.asked_at, self.embedded_ms = time.perf_counter(), self.embedding_ms
        sentence = SENTENCE.search(messages[0].text)
        assert sentence is not None, messages[0].text
        yield "bench", f"{sentence[1]} [1]."


async def _ask(services: Services, principal: Principal, question: str) -> tuple[float, float, Done | Refused]:
    """Asks a question; returns the start and end times and the last event."""
    began = time.perf_counter()
    events = [event async for event in services.answers.ask(principal, question)]
    ended = time.perf_counter()
    await services.answers.drain()  # background work must not disturb the next question
    end = events[-1]
    assert isinstance(end, Done | Refused), end
    return began, ended, end


async def _measure(services: Services, principal: Principal, questions: Sequence[str], model: Model) -> Times:
    times = Times()
    for number, question in enumerate(questions):
        model.embedding_ms = 0.0
        began, _, end = await _ask(services, principal, question)
        if number < WARM:
            continue
        assert isinstance(end, Done), f"nothing was found for {question}"
        in_all = (model.asked_at - began) * 1000
        stages = {stage.name: stage.took_ms for stage in end.trace if stage.name not in NOT_COUNTED}
        for name, took_ms in stages.items():
            times.add(name, took_ms)
        times.add(EMBEDDING, model.embedded_ms)
        times.add(REST, in_all - sum(stages.values()) - model.embedded_ms)
        times.add(WITHOUT, in_all - model.embedded_ms)
        times.add(WITH, in_all)
    for question in questions[WARM:]:
        began, ended, end = await _ask(services, principal, question)
        if isinstance(end, Done) and end.cached:
            times.add(CACHED, (ended - began) * 1000)
    return times


async def _at(size: int, questions: int) -> Times:
    """The times in a library of ``size`` chunks, in a separate installation."""
    model = Model()
    with tempfile.TemporaryDirectory(prefix="fn-", ignore_cleanup_errors=True) as name:
        settings = Settings(
            _env_file=None, var_dir=Path(name), llm=LLMSettings(model="bench", base_url="http://127.0.0.1:9/v1")
        )
        limits = settings.limit.model_copy(update={"questions_per_minute": 10_000})
        async with open_services(settings.model_copy(update={"limit": limits})) as services:
            await warm_up(services)
            principal = await services.accounts.add_user("bench", "a password for benchmarks")
            library = Library(asked=questions + WARM, others=max(0, size // 40 - questions))
            async with services.live.use() as index_version:
                vectors = await index_version.embeddings.aembed_documents(library.questions)
                await fill(services.database, index_version.index, principal, library, vectors, size)
            print(f"{size:,} chunks are in", flush=True)
            with (
                patch.object(ModelChain, "deltas", staticmethod(model.deltas)),
                patch.object(FootnoteEmbeddings, "_in_thread", lambda self, *call: model.embed(self, *call)),
            ):
                return await _measure(services, principal, library.questions, model)


def _report(by_size: dict[int, Times]) -> list[str]:
    """Prints the table; returns the missed targets."""
    names = list(dict.fromkeys(name for times in by_size.values() for name in times.by_name))
    names = [name for name in names if name not in LAST] + list(LAST)
    print(f"\n{'milliseconds':34}" + "".join(f"{f'{size:,} chunks':>20}" for size in by_size))
    print(f"{'':34}" + f"{'p50':>11}{'p95':>9}" * len(by_size))
    for name in names:
        cells = "".join(
            f"{times.percentile(name, 50):11.2f}{times.percentile(name, 95):9.2f}" for times in by_size.values()
        )
        print(f"{name:34}{cells}")
    missed = []
    for size, times in by_size.items():
        if size <= TARGET_SIZE and times.percentile(WITH, 95) > OVERHEAD_MS:
            missed.append(
                f"{WITH}, {size:,} chunks: {times.percentile(WITH, 95):.1f} ms at p95, target {OVERHEAD_MS:g}"
            )
        if not 0 < times.percentile(CACHED, 95) <= CACHED_MS:
            missed.append(
                f"{CACHED}, {size:,} chunks: {times.percentile(CACHED, 95):.1f} ms at p95, target {CACHED_MS:g}"
            )
    return missed


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--questions", type=int, default=200)
    arguments = parser.parse_args()
    logging.configure("warning")
    by_size = {size: asyncio.run(_at(size, arguments.questions)) for size in arguments.sizes}
    alike = precision_at(CacheSettings().similarity)
    missed = _report(by_size)
    print(
        f"\nparaphrases against near-misses, at {alike.threshold:g}: precision {alike.precision:.3f}, recall {alike.recall:.3f},"
        f" {alike.served} served"
    )
    if alike.precision < LEAST_PRECISION:
        missed.append(f"precision of the semantic cache: {alike.precision:.3f}, target {LEAST_PRECISION:g}")
    print("\n".join(["", *(f"missed: {one}" for one in missed)]) if missed else "\nevery target met")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
