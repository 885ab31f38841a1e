"""The engine and the only place that commits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

import db.conversation
import db.models  # noqa: F401  both modules register their tables


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
            pool_pre_ping=True,
            hide_parameters=True,  # errors are logged: what people write is not for the log
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._glances = async_sessionmaker(self.engine.execution_options(isolation_level="AUTOCOMMIT"))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that commits when the block ends and rolls back when it raises. Enqueue, publish and emit after it."""
        async with self._sessions() as session, session.begin():
            yield session

    @asynccontextmanager
    async def provisional(self) -> AsyncIterator[AsyncSession]:
        """A transaction that does not wait for the disk, for what a later one completes: that one takes it along.

        It is seen by everybody at once. If the server's machine dies before the later one, or within a second, it is as if it had
        never been.
        """
        async with self.transaction() as session:
            await session.execute(text("SET LOCAL synchronous_commit TO off"))
            yield session

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[AsyncSession]:
        """A session for reading; whatever it wrote is rolled back."""
        async with self._sessions() as session:
            yield session

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[AsyncSession]:
        """A session for single SELECTs without a transaction around them: two trips to the server less. Write nothing in it."""
        async with self._glances() as session:
            yield session

    @asynccontextmanager
    async def alone(self, task: int) -> AsyncIterator[bool]:
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
