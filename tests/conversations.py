"""Conversations as Chainlit has them: its context, its steps, one whole exchange; and a database that fails on demand."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

from chainlit.context import ChainlitContext
from chainlit.session import WebsocketSession
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.service import Accounts
from chat.data_layer import FootnoteDataLayer
from conversations.service import Conversations
from core.rate_limit import RateLimiter
from core.settings import Settings
from db.session import Database

Acting = Callable[..., AbstractContextManager[None]]
MORNING = "2026-01-01T08:00:00.000000Z"


def layer_over(database: Database) -> FootnoteDataLayer:
    """The data layer over a database; nobody signs in through its accounts."""
    accounts = Accounts(database, Redis(), RateLimiter(Redis()), Settings(_env_file=None), "x" * 32)
    return FootnoteDataLayer(Conversations(database), accounts)


def chainlit_context(thread_id: str, begun: bool = True) -> ChainlitContext:
    """A browser with a thread open; ``begun`` means that something was said in it."""

    async def emit(event: str, data: Any) -> None:
        pass

    session = WebsocketSession(
        id=str(uuid4()),
        socket_id=str(uuid4()),
        emit=emit,  # type: ignore[arg-type]
        emit_call=emit,  # type: ignore[arg-type]
        user_env={},
        client_type="webapp",
        thread_id=thread_id,
    )
    session.has_first_interaction = begun
    return ChainlitContext(session)


def step(thread_id: UUID | str, type_: str = "user_message", **more: Any) -> Any:
    """A step as Chainlit sends it."""
    base = {
        "id": str(uuid4()),
        "threadId": str(thread_id),
        "type": type_,
        "name": "x",
        "output": "",
        "createdAt": MORNING,
    }
    return {**base, **more}


def changed(earlier: Any, **more: Any) -> Any:
    """The same step, later."""
    return {**earlier, **more}


async def exchange(
    layer: FootnoteDataLayer, thread_id: UUID | str, question: str, answer: str, at: str = "08:00"
) -> list[str]:
    """A question with its answer, as Chainlit stores them; returns the ids of message, run and answer."""
    asked = step(thread_id, output=question, createdAt=f"2026-01-01T{at}:00Z")
    run = step(thread_id, "run", name="on_message", parentId=asked["id"], createdAt=f"2026-01-01T{at}:01Z")
    said = step(thread_id, "assistant_message", parentId=run["id"], output=answer, createdAt=f"2026-01-01T{at}:02Z")
    for one in (asked, run, said):
        await layer.create_step(one)
    await layer.update_step(changed(run, end=f"2026-01-01T{at}:03Z"))
    return [asked["id"], run["id"], said["id"]]


class Unreliable(Database):
    """The database, failing the next ``failures`` transactions the way ``error`` says."""

    failures = 0
    error: Exception = ConnectionRefusedError("connect to postgres://user:pw@host failed")

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        if self.failures:
            self.failures -= 1
            raise self.error
        async with super().transaction() as session:
            yield session
