"""Engines: how this program connects to PostgreSQL, directly or through a pooler.

A pooler in transaction mode (PgBouncer, the built-in one of managed servers) gives every transaction another connection of the server. So
nothing may belong to a connection: no prepared statements, which are unnamed then and sent anew each time, no locks and no settings beyond
a transaction. See SQLAlchemy's documentation of asyncpg, "Prepared Statement Name with PGBouncer".
"""

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry

from core.database_url import without_pooler

BEHIND_A_POOLER: dict[str, object] = {
    "statement_cache_size": 0,  # asyncpg's
    "prepared_statement_cache_size": 0,  # SQLAlchemy's
    "prepared_statement_name_func": str,  # "": without a name, it ends with the next one
}


class CountingPool(AsyncAdaptedQueuePool):
    """A pool that knows how many wait for one of its connections.

    Attributes:
        waiting: their number.
    """

    waiting = 0

    def _do_get(self) -> ConnectionPoolEntry:
        is_full = self.checkedin() == 0 and self.overflow() >= self._max_overflow
        self.waiting += is_full
        try:
            return super()._do_get()
        finally:
            self.waiting -= is_full


def engine_of(url: str, **options: object) -> AsyncEngine:
    """An engine for an address as :func:`core.database_url.with_pooler` gives it.

    Args:
        options: as for SQLAlchemy's ``create_async_engine``.

    Raises:
        ArgumentError, ValueError: it cannot be read as an address.
    """
    address, is_pooled = without_pooler(url)
    return create_async_engine(
        address,
        connect_args=BEHIND_A_POOLER if is_pooled else {},
        hide_parameters=True,  # errors are logged; what people write must not be
        **options,
    )
