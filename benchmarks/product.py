"""Times Footnote's ingestion of one file: upload → sandbox → chunks → vectors → index and rows, on an embedded installation.
Run by :mod:`benchmarks.ingest` in a fresh process.

Usage: python -m benchmarks.product FILE.pdf VAR_FOLDER THREADS MODELS_FOLDER; the last line is JSON: seconds by part, chunks, characters.
"""

import asyncio
import functools
import json
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from core import logging
from core.access import Role
from core.settings import EmbeddingSettings, Settings

READ_BYTES = 1024 * 1024


class Stopwatch:
    """Measures seconds by part. The measured parts do not overlap, so the rest of the total is the time between them."""

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}

    def on_call(self, owner: Any, name: str, part: str) -> None:
        """Times a coroutine function of an object or class."""
        original: Callable[..., Any] = getattr(owner, name)

        @functools.wraps(original)
        async def timed(*arguments: Any, **named: Any) -> Any:
            started = time.perf_counter()
            try:
                return await original(*arguments, **named)
            finally:
                self._add(part, started)

        setattr(owner, name, timed)

    def on_items(self, owner: Any, name: str, part: str) -> None:
        """Times an asynchronous generator: only producing its items, not using them."""
        original: Callable[..., AsyncGenerator[Any, None]] = getattr(owner, name)

        @functools.wraps(original)
        async def timed(*arguments: Any, **named: Any) -> AsyncGenerator[Any, None]:
            items = original(*arguments, **named)
            while True:
                started = time.perf_counter()
                try:
                    item = await anext(items)
                except StopAsyncIteration:
                    return
                finally:
                    self._add(part, started)
                yield item

        setattr(owner, name, timed)

    def _add(self, part: str, started: float) -> None:
        self.parts[part] = self.parts.get(part, 0.0) + time.perf_counter() - started


async def _stream(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(READ_BYTES):
            yield block


async def run(path: Path, folder: Path, threads: int, models: Path) -> None:
    """Starts, prints ``ready``, ingests the file, and prints the times."""
    began = time.perf_counter()
    from bootstrap import open_services
    from ingestion.indexing.chunking import Chunker
    from ingestion.types import JobState
    from supervise import warm_up

    embedding = EmbeddingSettings(threads=threads, cache_dir=models)
    settings = Settings(
        _env_file=None, var_dir=folder, secret_key=SecretStr("only for this run " * 2), embedding=embedding
    )
    async with open_services(settings) as services:
        await warm_up(services)
        user = await services.accounts.add_user("bench", "a password for this run", Role.USER)
        index_version, watch = services.live.current, Stopwatch()
        assert index_version is not None, "the models did not load"
        watch.on_items(services.sandbox, "parse", "parse")
        watch.on_call(Chunker, "chunks_of", "chunk")
        watch.on_call(index_version.embeddings, "aembed_documents", "embed")
        watch.on_call(type(index_version.index), "upsert", "index")
        watch.on_call(type(index_version.index), "keep_only", "index")
        ready = time.perf_counter()
        print("ready", flush=True)
        submission = await services.ingestion.submit(user, _stream(path), path.name)
        await services.ingestion_pipeline.run(submission.job.job_id)
        total_s = time.perf_counter() - ready
        job = await services.ingestion.job(user, submission.job.job_id)
        assert job.state is JobState.FINISHED, job.error
        parts = watch.parts | {"files and rows": total_s - sum(watch.parts.values())}
        facts = {"start_up_s": ready - began, "total_s": total_s, "parts": parts, "chunks": job.chunks_total}
        print(json.dumps(facts), flush=True)


def main() -> None:
    """The command line."""
    logging.configure("warning")
    path, folder, threads, models = sys.argv[1:]
    asyncio.run(run(Path(path), Path(folder), int(threads), Path(models)))


if __name__ == "__main__":
    main()
