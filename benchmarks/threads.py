"""Times the sidebar: the first page of 1,000 threads × 40 steps, compared with Chainlit's stock data layer on the same server.

python -m benchmarks.threads [--threads 1000] [--steps 40] [--rounds 200]
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

os.environ.setdefault("CHAINLIT_APP_ROOT", tempfile.mkdtemp(prefix="footnote-benchmark-"))

from chainlit.data.sql_alchemy import SQLAlchemyDataLayer
from chainlit.types import Pagination, ThreadFilter
from redis.asyncio import Redis

from accounts.service import Accounts
from chat.data_layer import FootnoteDataLayer
from conversations.service import Conversations
from core.access import LibraryRole, Principal, Role
from core.context import current_principal
from core.embedded.postgres import EmbeddedPostgres
from core.rate_limit import RateLimiter
from core.settings import Settings
from db import libraries, migrate, threads, users
from db.session import Database

FIRST = 35  # rows that the sidebar requests
TARGET_MS = 20.0
_ANSWER = "By filling in the expense form within thirty days and keeping every receipt [1]. Taxis need a reason [2]. "

_FILL = (
    """INSERT INTO threads (id, user_id, name, metadata, created_at, last_activity_at)
       SELECT gen_random_uuid(), :user_id, 'How do I file expenses of month ' || n || '?', '{}', now(), now() - n * interval '1 minute'
       FROM generate_series(1, :threads) n""",
    """INSERT INTO steps (id, thread_id, type, name, input, output, is_error, streaming, metadata, created_at)
       SELECT gen_random_uuid(), t.id, (ARRAY['user_message', 'run', 'assistant_message'])[1 + n % 3], 'x', '',
              repeat(:answer, 5) || n, false, false, '{}', t.last_activity_at + n * interval '1 second'
       FROM threads t CROSS JOIN generate_series(1, :steps) n""",
)

_STOCK = (
    """CREATE TABLE users ("id" uuid PRIMARY KEY, "identifier" text UNIQUE, "metadata" jsonb, "createdAt" text)""",
    """CREATE TABLE threads ("id" uuid PRIMARY KEY, "createdAt" text, "name" text, "userId" uuid REFERENCES users,
       "userIdentifier" text, "tags" text[], "metadata" jsonb)""",
    """CREATE TABLE steps ("id" uuid PRIMARY KEY, "name" text, "type" text, "threadId" uuid REFERENCES threads, "parentId" uuid,
       "streaming" boolean, "waitForAnswer" boolean, "isError" boolean, "metadata" jsonb, "tags" text[], "input" text,
       "output" text, "createdAt" text, "start" text, "end" text, "index version" jsonb, "showInput" text, "language" text)""",
    """CREATE TABLE elements ("id" uuid PRIMARY KEY, "threadId" uuid, "type" text, "url" text, "chainlitKey" text, "name" text,
       "display" text, "objectKey" text, "size" text, "page" int, "language" text, "forId" uuid, "mime" text, "props" jsonb)""",
    """CREATE TABLE feedbacks ("id" uuid PRIMARY KEY, "forId" uuid, "threadId" uuid, "value" int, "comment" text)""",
    """INSERT INTO users VALUES (:user_id, 'bench', '{}', '2026-01-01T00:00:00Z')""",
    """INSERT INTO threads SELECT gen_random_uuid(), to_char(now() - n * interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       'How do I file expenses of month ' || n || '?', :user_id, 'bench', NULL, '{}' FROM generate_series(1, :threads) n""",
    """INSERT INTO steps ("id", "name", "type", "threadId", "streaming", "isError", "metadata", "input", "output", "createdAt")
       SELECT gen_random_uuid(), 'x', (ARRAY['user_message', 'run', 'assistant_message'])[1 + n % 3], t."id", false, false, '{}',
              '', repeat(:answer, 5) || n, t."createdAt" FROM threads t CROSS JOIN generate_series(1, :steps) n""",
    """CREATE INDEX ON steps ("threadId")""",
    """CREATE INDEX ON threads ("userId")""",
)


async def _run_all(engine: AsyncEngine, statements: tuple[str, ...], **values: object) -> None:
    async with engine.begin() as connection:
        for statement in statements:
            clause = text(statement.replace("HH24:MI:SS", "HH24\\:MI\\:SS"))
            await connection.execute(clause, {name: values[name] for name in clause._bindparams})
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("VACUUM ANALYZE"))


async def _times_ms(call: Callable[[], Awaitable[object]], rounds: int) -> list[float]:
    for _ in range(3):
        await call()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        await call()
        times.append((time.perf_counter() - start) * 1000)
    return times


def _row(name: str, times_ms: list[float]) -> float:
    p50 = statistics.median(times_ms)
    p95 = statistics.quantiles(times_ms, n=20)[-1] if len(times_ms) > 1 else p50
    print(f"{name:<58} {len(times_ms):>7} {p50:>9.2f} {p95:>9.2f}")
    return p50


async def _ours(server: EmbeddedPostgres, rounds: int, **size: int) -> float:
    await migrate.upgrade(server.url)
    database = Database(server.url)
    async with database.transaction() as session:
        user = await users.create(session, username="bench", password_hash="none", role=Role.USER)
        library = await libraries.create_personal(session, user.id, "bench")
    await _run_all(database.engine, _FILL, user_id=user.id, answer=_ANSWER, **size)
    principal = Principal(user.id, "bench", Role.USER, library.id, {library.id: LibraryRole.OWNER})
    current_principal.set(principal)
    redis = Redis()  # not used: nobody signs in
    accounts = Accounts(database, redis, RateLimiter(redis), Settings(_env_file=None), "x" * 32)
    layer = FootnoteDataLayer(Conversations(database), accounts)
    middle = await layer.list_threads(Pagination(first=FIRST), ThreadFilter())
    for _ in range(10):
        middle = await layer.list_threads(Pagination(first=FIRST, cursor=middle.pageInfo.endCursor), ThreadFilter())

    async def sql_only() -> None:
        async with database.reader() as session:
            await threads.page(session, principal, limit=FIRST)

    def listing(**filters: object) -> Callable[[], Awaitable[object]]:
        return lambda: layer.list_threads(Pagination(first=FIRST), ThreadFilter.model_validate(filters))

    everywhere = await layer.list_threads(Pagination(first=FIRST), ThreadFilter(search="receip"))
    assert len(everywhere.data) == FIRST, "the search found nothing"
    p50 = _row("Footnote: list_threads, first page", await _times_ms(listing(), rounds))
    _row("Footnote: its SQL alone", await _times_ms(sql_only, rounds))
    later = Pagination(first=FIRST, cursor=middle.pageInfo.endCursor)
    _row(
        "Footnote: list_threads, twelfth page",
        await _times_ms(lambda: layer.list_threads(later, ThreadFilter()), rounds),
    )
    _row("Footnote: search, a word of one title", await _times_ms(listing(search="777"), rounds // 4 or 1))
    _row("Footnote: search, a word of every message", await _times_ms(listing(search="receip"), rounds // 20 or 1))
    thread_id = middle.data[0]["id"]
    _row(f"Footnote: get_thread, {size['steps']} steps", await _times_ms(lambda: layer.get_thread(thread_id), rounds))
    await database.close()
    return p50


async def _stock(server: EmbeddedPostgres, rounds: int, **size: int) -> float:
    admin = create_async_engine(server.url, isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text("CREATE DATABASE stock"))
    await admin.dispose()
    user_id: UUID = uuid4()
    layer = SQLAlchemyDataLayer(server.url.replace("/postgres?", "/stock?"))
    await _run_all(layer.engine, _STOCK, user_id=user_id, answer=_ANSWER, **size)
    filters = ThreadFilter(userId=str(user_id))
    page = await layer.list_threads(Pagination(first=FIRST), filters)
    assert len(page.data) == FIRST, "the stock layer found nothing"
    times_ms = await _times_ms(lambda: layer.list_threads(Pagination(first=FIRST), filters), max(rounds // 40, 3))
    p50 = _row("Chainlit's stock layer: list_threads, first page", times_ms)
    await layer.engine.dispose()
    return p50


async def _main(folder: Path) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("threads", 1000), ("steps", 40), ("rounds", 200)):
        parser.add_argument(f"--{name}", type=int, default=default)
    arguments = parser.parse_args()
    size = {"threads": arguments.threads, "steps": arguments.steps}
    server = EmbeddedPostgres(folder)
    server.start()
    try:
        print(f"{arguments.threads} threads × {arguments.steps} steps of one person, pages of {FIRST}\n")
        print(f"{'':<58} {'rounds':>7} {'p50 ms':>9} {'p95 ms':>9}")
        ours = await _ours(server, arguments.rounds, **size)
        stock = await _stock(server, arguments.rounds, **size)
    finally:
        server.stop()
    verdict = "met" if ours <= TARGET_MS else "MISSED"
    print(
        f"\nTarget: first page p50 ≤ {TARGET_MS:.0f} ms: {verdict} ({ours:.2f} ms, {stock / ours:.0f} × faster than stock)"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="fn-") as temporary:
        asyncio.run(_main(Path(temporary)))
