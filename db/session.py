"""The database engine and the only place that commits."""

import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

import db.conversation
import db.models  # noqa: F401  both imports register tables
from core.errors import Conflict
from core.telemetry import spans
from db.engine import CountingPool, engine_of

HELD = "FN001"  # what the triggers of legal holds raise, see db/holds.py
UNDER_HOLD = (
    "This is under a legal hold: it must be kept, and nobody can delete or change it until an admin ends the hold."
)
IDLE_S = 1.0  # a connection used more recently is not pinged
PLACE_WITHIN_S = 30.0  # else who waits for a connection is told to come again

_is_glimpse: ContextVar[bool] = ContextVar("is_glimpse", default=False)
_POSTGRESQL = {"db.system.name": "postgresql"}


@dataclass(frozen=True, slots=True)
class PoolUse:
    """Connections that are used, open and free, how many callers wait for one, and the most that may be open."""

    in_use: int
    idle: int
    waiting: int
    most: int


class Database:
    """The engine and sessions of a PostgreSQL database.

    Args:
        url: ``postgresql+asyncpg://…``, as :func:`core.database_url.with_pooler` gives it.
        pool_size: connections kept open; as many more while many ask, and one that looks whether the server answers.
    """

    def __init__(self, url: str, pool_size: int = 10) -> None:
        self.url = url
        self.engine: AsyncEngine = engine_of(
            url,
            poolclass=CountingPool,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=PLACE_WITHIN_S,
            pool_use_lifo=True,
            json_serializer=_json,
            json_deserializer=orjson.loads,
        )
        # A separate connection: a busy pool does not mean that the server is down.
        self._ping_engine = engine_of(url, pool_size=1, max_overflow=0, pool_pre_ping=True)
        _ping_when_idle(self.engine.sync_engine)
        self.most_connections = 2 * pool_size
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._autocommit_sessions = async_sessionmaker(self.engine.execution_options(isolation_level="AUTOCOMMIT"))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that commits when the block ends and rolls back when it raises. Enqueue, publish and emit after it.

        Raises:
            Conflict: it would delete something that is under a legal hold.
        """
        try:
            with _span("transaction"):
                async with self._sessions() as session, session.begin():
                    yield session
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == HELD:
                raise Conflict(UNDER_HOLD) from error
            raise

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[AsyncSession]:
        """A session for reading; writes are rolled back."""
        with _span("read"):
            async with self._sessions() as session:
                yield session

    @asynccontextmanager
    async def autocommit(self) -> AsyncIterator[AsyncSession]:
        """A session for single SELECTs without a transaction, which saves two round trips. Write nothing in it."""
        with _span("read"):
            async with self._autocommit_sessions() as session:
                yield session

    @asynccontextmanager
    async def glimpse(self) -> AsyncIterator[AsyncSession]:
        """As :meth:`autocommit`, for what is asked again and again all day: an idle connection is not pinged before, which would be two
        statements more. After a restart of the server it fails once."""
        token = _is_glimpse.set(True)
        try:
            async with self._autocommit_sessions() as session:
                yield session
        finally:
            _is_glimpse.reset(token)

    @asynccontextmanager
    async def advisory_lock(self, task: int) -> AsyncIterator[bool]:
        """Try to take a lock of the database; True when no other process holds it. A process that dies releases it.

        A transaction stays open for as long: behind a pooler nothing else keeps a connection. It has read nothing, so it keeps no rows
        from being cleaned up.
        """
        async with self.engine.connect() as connection:
            is_alone = await connection.scalar(text("SELECT pg_try_advisory_xact_lock(:task)"), {"task": task})
            if not is_alone:
                await connection.rollback()
            yield bool(is_alone)

    @property
    def pool(self) -> PoolUse:
        """How its connections are used now."""
        pool = self.engine.sync_engine.pool
        assert isinstance(pool, CountingPool)
        return PoolUse(pool.checkedout(), pool.checkedin(), pool.waiting, self.most_connections)

    async def ping(self) -> None:
        """Raise when the server does not answer."""
        try:
            async with self._ping_engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except BaseException:
            self._ping_engine.sync_engine.dispose(
                close=False
            )  # a hanging connection is abandoned; the next ping opens a new one
            raise

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()
        await self._ping_engine.dispose()


def _span(name: str) -> AbstractContextManager[spans.Span]:
    """One for the whole block: a span for each of its statements would be more than anybody reads."""
    return spans.leaf(f"postgresql {name}", "client", _POSTGRESQL)


def _json(value: Any) -> str:
    """As ``json.dumps``, ten times as fast: the word boxes of a page are thousands of numbers."""
    return orjson.dumps(value).decode()


def _ping_when_idle(engine: Engine) -> None:
    """As ``pool_pre_ping``, which takes three round trips, but only for connections that were idle for ``IDLE_S``."""

    @event.listens_for(engine, "checkin")
    def _(_connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _(connection: Any, record: Any, _proxy: Any) -> None:
        if _is_glimpse.get() or time.monotonic() - record.info.get("idle_since", time.monotonic()) < IDLE_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error
