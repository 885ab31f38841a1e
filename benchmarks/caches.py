"""Times the caches of answers and conversations: a new answer, a cached one for the same and for other words; reading a conversation.

Usage: python -m benchmarks.caches [--count 200]
It uses a separate installation with one document and extractive answers, so that "made" is the least that a cache has to beat. Prints
milliseconds.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

from answers.cache.history import Conversation
from answers.question import Question
from bootstrap import open_services
from core import logging
from core.access import Principal, scope_of
from core.settings import Settings
from db import answer_runs
from rag.events import Done
from services import Services
from supervise import warm_up

SUBJECTS = ("vacation", "parental leave", "overtime", "travel", "training", "laptops", "parking", "lunch")
PAIR = ("How many days of {} do employees receive?", "How many {} days do employees get?")
TURN_CHARS = (300, 4000)
TURNS = 6
WARM = 20


def _handbook() -> bytes:
    return "\n\n".join(
        f"# {subject}\n\nEmployees receive {number + 3} days of {subject} per year. The office keeps a list of all {subject}."
        for number, subject in enumerate(SUBJECTS)
    ).encode()


async def _ingest(services: Services, principal: Principal) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield _handbook()

    submitted = await services.ingestion.submit(principal, pieces(), "handbook.md")
    await services.ingestion_pipeline.run(submitted.job.job_id)


async def _ask(
    services: Services, principal: Principal, question: str, how: str | None, *, fresh: bool = False
) -> float:
    """Milliseconds from the question to its last event."""
    began = time.perf_counter()
    events = [event async for event in services.answers.ask(principal, question, fresh=fresh)]
    took_ms = (time.perf_counter() - began) * 1000
    await services.answers.drain()
    end = events[-1]
    assert isinstance(end, Done), f"{question}: {end}"
    assert end.cached == how, f"{question}: {end.cached}"
    return took_ms


async def _answers(services: Services, principal: Principal, count: int) -> None:
    times: dict[str, list[float]] = {"made": [], "given again, word for word": [], "given again, in other words": []}
    for number in range(count + WARM):
        subject = SUBJECTS[number % len(SUBJECTS)]
        question, paraphrase = (wording.format(subject) for wording in PAIR)
        made = await _ask(services, principal, question, None, fresh=True)
        exact = await _ask(services, principal, question, "exact")
        other = await _ask(services, principal, paraphrase, "semantic")
        if number >= WARM:
            for name, took_ms in zip(times, (made, exact, other), strict=True):
                times[name].append(took_ms)
    for name, values in times.items():
        _print(f"answer {name}", values)


async def _conversations(services: Services, principal: Principal, count: int) -> None:
    cached = Conversation(services.cache.namespace("history", 60))
    for chars in TURN_CHARS:
        question = Question(principal, "?", scope_of(principal), thread_id := uuid4())
        async with services.database.transaction() as session:
            for number in range(TURNS + 1):
                run = await answer_runs.create(
                    session, principal, question=f"{number}?", scope=question.scope, thread_id=thread_id
                )
                await answer_runs.finish(session, run.id, state="done", answer="x" * chars)
        for name, conversation in (("from PostgreSQL", Conversation()), ("with its words kept", cached)):
            times = [await _read(services, conversation, question) for _ in range(count + WARM)]
            _print(f"conversation of {TURNS} turns of {chars} characters, {name}", times[WARM:])


async def _read(services: Services, conversation: Conversation, question: Question) -> float:
    """Milliseconds to read a conversation."""
    began = time.perf_counter()
    async with services.database.reader() as session:
        assert len(await conversation.turns(session, question)) == TURNS
    return (time.perf_counter() - began) * 1000


def _print(name: str, values: list[float]) -> None:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    print(f"{name:72} p50 {cuts[49]:6.2f}  p95 {cuts[94]:6.2f}")


async def _run(count: int) -> None:
    with tempfile.TemporaryDirectory(prefix="fn-", ignore_cleanup_errors=True) as name:
        settings = Settings(_env_file=None, var_dir=Path(name))
        limits = settings.limit.model_copy(update={"questions_per_minute": 0})
        async with open_services(settings.model_copy(update={"limit": limits})) as services:
            await warm_up(services)
            principal = await services.accounts.add_user("bench", "a password for benchmarks")
            await _ingest(services, principal)
            await _answers(services, principal, count)
            await _conversations(services, principal, count)
            for counts in await services.cache.counts():
                print(counts)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    logging.configure("warning")
    asyncio.run(_run(parser.parse_args().count))


if __name__ == "__main__":
    main()
