"""Statements that are compiled once for all tests of a process.

SQLAlchemy keeps what it compiled by engine, and each test has engines of its own, on a database of its own: without this a fifth of what
tests on a database compute is compiling the same statements again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import LRUCache

import db.engine

MOST = 2000  # statements


@contextmanager
def compiled_once() -> Iterator[None]:
    """While the block runs, engines share what they compiled; those of the same options are the same dialect."""
    compiled: LRUCache[Any, Any] = LRUCache(MOST)

    def make(*arguments: Any, **options: Any) -> AsyncEngine:
        engine = create_async_engine(*arguments, **options)
        engine.sync_engine._compiled_cache = compiled
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db.engine, "create_async_engine", make)
        patch.setattr(PGDialect_asyncpg, "__hash__", lambda self: hash(_options(self)))
        patch.setattr(PGDialect_asyncpg, "__eq__", _is_equal)
        yield


def _is_equal(one: PGDialect_asyncpg, other: object) -> bool:
    return isinstance(other, PGDialect_asyncpg) and _options(one) == _options(other)


def _options(dialect: PGDialect_asyncpg) -> tuple[object, ...]:
    """What statements are compiled by."""
    return type(dialect), dialect._json_serializer, dialect._json_deserializer
