"""The database engine and the only place that commits."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

import db.conversation
import db.models  # noqa: F401  both modules register their tables

IDLE_S = 1.0  # a connection that was used more lately is taken to be alive


class Database:
    """PostgreSQL behind SQLAlchemy.

    Args:
        url: ``postgresql+asyncpg://…``.
        pool_size: connections kept open.
    """

    def __init__(self, url: str, pool_size: int = 10) -> None:
        self.url = url
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_use_lifo=True,
            json_serializer=_json,
            json_deserializer=orjson.loads,
            hide_parameters=True,  # errors are logged: what people write is not for the log
        )
        _ping_when_idle(self.engine.sync_engine)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._glances = async_sessionmaker(self.engine.execution_options(isolation_level="AUTOCOMMIT"))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that commits when the block ends and rolls back when it raises. Enqueue, publish and emit after it."""
        async with self._sessions() as session, session.begin():
            yield session

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[AsyncSession]:
        """A session for reading; whatever it wrote is rolled back."""
        async with self._sessions() as session:
            yield session

    @asynccontextmanager
    async def autocommit(self) -> AsyncIterator[AsyncSession]:
        """A session for single SELECTs without a transaction around them: two trips to the server less. Write nothing in it."""
        async with self._glances() as session:
            yield session

    @asynccontextmanager
    async def advisory_lock(self, task: int) -> AsyncIterator[bool]:
        """True when no other process that shares this database is inside with the same number; one that dies is out."""
        async with self.engine.connect() as connection:
            is_alone = await connection.scalar(text("SELECT pg_try_advisory_lock(:task)"), {"task": task})
            await connection.commit()  # the lock is the connection's; no transaction stays open meanwhile
            try:
                yield bool(is_alone)
            finally:
                if is_alone:
                    await connection.execute(text("SELECT pg_advisory_unlock(:task)"), {"task": task})
                    await connection.commit()

    async def ping(self) -> None:
        """Raise when the server does not answer."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


def _json(value: Any) -> str:
    """As ``json.dumps``, ten times as fast: the words of a page and their places are thousands of numbers."""
    return orjson.dumps(value).decode()


def _ping_when_idle(engine: Engine) -> None:
    """As ``pool_pre_ping`` does, which takes three trips to the server, but not while a connection is in use all the time."""

    @event.listens_for(engine, "checkin")
    def _(_connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("idle_since", time.monotonic()) < IDLE_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error
