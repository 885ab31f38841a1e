"""Counts what one stored question asks of PostgreSQL: statements and transactions."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine

from bootstrap import open_services
from core.access import Principal
from core.settings import Settings
from services import Services
from supervise import warm_up
from tests.documents import HANDBOOK

QUESTIONS = (
    "How many days of paid annual leave does an employee receive?",
    "How long does parental leave last?",
    "Whose approval do flights need?",
)


class Counter:
    """Statements and transactions of all engines of this process, while it is open."""

    def __init__(self) -> None:
        self.statements = self.transactions = 0

    def __enter__(self) -> "Counter":
        event.listen(Engine, "before_cursor_execute", self._statement)
        event.listen(Engine, "commit", self._transaction)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(Engine, "before_cursor_execute", self._statement)
        event.remove(Engine, "commit", self._transaction)

    def _statement(self, *_: object) -> None:
        self.statements += 1

    def _transaction(self, *_: object) -> None:
        self.transactions += 1


async def of_a_stored_question(llm_url: str) -> tuple[float, float]:
    """Statements and committed transactions of a question that is stored with its answer, on average; what happens at the same time in
    the background of a server is not counted."""
    with tempfile.TemporaryDirectory(prefix="fn-", ignore_cleanup_errors=True) as name:
        settings = Settings(
            _env_file=None,
            var_dir=Path(name),
            llm={"model": "tokens-100", "base_url": llm_url, "api_key": "x"},
            cache={"answers_s": 0},
        )
        async with open_services(settings) as services:
            await warm_up(services)
            principal = await services.accounts.add_user("reader", "a password for benchmarks")
            await _bring(services, principal)
            await _ask(services, principal, "When does the travel desk pay receipts back?")  # loads what is loaded once
            with Counter() as counter:
                for question in QUESTIONS:
                    await _ask(services, principal, question)
    return counter.statements / len(QUESTIONS), counter.transactions / len(QUESTIONS)


async def _bring(services: Services, principal: Principal) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield HANDBOOK

    submission = await services.ingestion.submit(principal, content(), "handbook.pdf")
    await services.ingestion_pipeline.run(submission.job.job_id)


async def _ask(services: Services, principal: Principal, question: str) -> None:
    events = await services.conversations.record(
        principal,
        question,
        None,
        lambda thread_id, step_id: services.answers.ask(
            principal, question, thread_id=thread_id, question_step_id=step_id
        ),
    )
    async with aclosing(events) as stream:
        async for _ in stream:
            pass
    await services.answers.drain()
    await asyncio.sleep(0.2)
