"""Times a question to its sources, to the first token and to the end; extractive, warm, on the configured installation.

Usage: python -m benchmarks.answers QUESTIONS.jsonl [--user admin] [--count 100]
QUESTIONS.jsonl has a "question" per line. Prints a table of p50 and p95 in milliseconds and the memory of the process.
The baseline of the same run is embedding the question alone.
"""

import argparse
import asyncio
import json
import statistics
import time
from pathlib import Path

import psutil

from bootstrap import open_services
from core import logging
from core.access import Principal
from core.settings import load_settings
from rag.events import Done, Refused, Sources, Token
from services import Services
from supervise import warm_up

Marks = dict[str, list[float]]


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


async def _time_one(services: Services, principal: Principal, question: str, marks: Marks) -> None:
    started = time.perf_counter()
    async with services.live.use() as index_version:
        await index_version.embeddings.aembed_query(question)
    marks["embedding the question (baseline)"].append((time.perf_counter() - started) * 1000)
    times: dict[str, float] = {}
    started = time.perf_counter()
    async for event in services.answers.ask(principal, question):
        name = {Sources: "sources found", Token: "first token", Done: "answer complete", Refused: "refused"}.get(
            type(event)
        )
        if name:
            times.setdefault(name, (time.perf_counter() - started) * 1000)
    for name, value in times.items():
        marks[name].append(value)


async def _run(questions: list[str], username: str) -> None:
    settings = load_settings()
    settings = settings.model_copy(update={"limit": settings.limit.model_copy(update={"questions_per_minute": 10_000})})
    names = ["embedding the question (baseline)", "sources found", "first token", "answer complete", "refused"]
    marks: Marks = {name: [] for name in names}
    async with open_services(settings) as services:
        await warm_up(services)
        principal = await services.accounts.principal_of_user(username)
        for question in questions[:5]:  # warm
            await _time_one(services, principal, question, {name: [] for name in names})
        for question in questions:
            await _time_one(services, principal, question, marks)
        async with services.live.use() as index_version:
            chunks = await index_version.index.count(None)
    print(f"{len(questions)} questions over {chunks} chunks")
    print(f"{'milliseconds':36}{'n':>5}{'p50':>8}{'p95':>8}")
    for name, values in marks.items():
        if values:
            print(f"{name:36}{len(values):5}{_percentile(values, 50):8.1f}{_percentile(values, 95):8.1f}")
    print(f"memory of the process: {psutil.Process().memory_info().rss / 1024**2:.0f} MB")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--user", default="admin")
    parser.add_argument("--count", type=int, default=100)
    arguments = parser.parse_args()
    logging.configure("warning")
    lines = arguments.questions.read_text().splitlines()[: arguments.count]
    asyncio.run(_run([json.loads(line)["question"] for line in lines], arguments.user))


if __name__ == "__main__":
    main()
