"""What KEDA asks the database in deploy/k8s: how many files and questions wait."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

from sqlalchemy import text

from core.access import Principal
from db.base import now
from db.models import AnswerRun
from db.session import Database
from tests.integration.db.test_turns import bring_many

SCALE = Path(__file__).resolve().parents[3] / "deploy" / "k8s" / "overlays" / "large" / "scale.yaml"
QUERIES = dict(re.findall(r"name: footnote-worker-(\w+)\}.*?query: \"(.*?)\"", SCALE.read_text(), re.DOTALL))


async def counted(database: Database, queue: str) -> int:
    async with database.reader() as session:
        count = await session.scalar(text(QUERIES[queue]))
    assert count is not None
    return int(count)


async def test_files_count_that_wait_or_are_being_read_but_not_those_that_may_not_begin_yet(
    database: Database, make_user: Callable[..., Awaitable[Principal]]
) -> None:
    assert await counted(database, "ingestion") == 0
    alice = await make_user("alice")
    await bring_many(database, alice, 3, "queued", "finished")
    bob = await make_user("bob")
    await bring_many(database, bob, 2, "started", "failed")
    assert await counted(database, "ingestion") == 5
    later = "UPDATE ingestion_jobs SET not_before = now() + interval '1 hour' WHERE state = 'queued'"
    async with database.transaction() as session:
        await session.execute(text(later))
    assert await counted(database, "ingestion") == 2


async def test_questions_count_that_wait(database: Database, make_user: Callable[..., Awaitable[Principal]]) -> None:
    alice = await make_user("alice")
    async with database.transaction() as session:
        for state in ("queued", "queued", "running", "done"):
            session.add(AnswerRun(user_id=alice.user_id, question="Which?", state=state, scope={}, created_at=now()))
    assert await counted(database, "answers") == 2
