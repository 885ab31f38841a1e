"""Looks for signs of a person everywhere something is kept: each table and column, each key and value, the index, files."""

import os
from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from redis.asyncio import Redis
from sqlalchemy import text

from core.access import SearchScope
from db.session import Database
from rag.index import ChunkIndex

PHYSICAL = frozenset({"postgres", "qdrant", "redis"})  # data files of the servers, which are asked themselves


@dataclass
class Search:
    """What was searched, and where signs were found."""

    found: list[str] = field(default_factory=list)
    tables: int = 0
    columns: int = 0
    rows: int = 0
    keys: int = 0
    points: int = 0
    files: int = 0
    file_bytes: int = 0

    def __str__(self) -> str:
        return (
            f"{self.tables} tables with {self.columns} columns and {self.rows:,} rows, {self.keys:,} keys of Redis, "
            f"{self.points:,} points of the index, {self.files:,} files with {self.file_bytes:,} bytes: "
            + (f"{len(self.found)} signs found" if self.found else "nothing found")
        )


async def search_database(search: Search, database: Database, signs: Collection[str]) -> None:
    """Every table, every column, also inside JSON, arrays and bytes."""
    async with database.reader() as session:
        listed = "SELECT table_name, count(*) FROM information_schema.columns WHERE table_schema = 'public' GROUP BY 1 ORDER BY 1"
        tables = [(row[0], row[1]) for row in await session.execute(text(listed))]
        for table, columns in tables:
            search.tables, search.columns = search.tables + 1, search.columns + columns
            search.rows += await session.scalar(text(f'SELECT count(*) FROM "{table}"')) or 0
            for sign in _spellings(signs):
                found = text(f'SELECT count(*) FROM "{table}" t WHERE to_jsonb(t)::text ILIKE :sign')
                if count := await session.scalar(found, {"sign": f"%{sign}%"}):
                    search.found.append(f"{sign} in {count} rows of {table}")


async def search_redis(search: Search, redis: Redis, signs: Collection[str]) -> None:
    """Every key and every value of every type."""
    wanted = list(_bytes_of(signs))
    async for key in redis.scan_iter(count=1000):
        search.keys += 1
        content = b"\0".join([key, *[piece async for piece in _values(redis, key)]]).lower()
        search.found += [f"{sign!r} in the key {key!r}" for sign in wanted if sign.lower() in content]


async def search_index(
    search: Search, database: Database, index: ChunkIndex, libraries: Collection[UUID], documents: Collection[UUID]
) -> None:
    """No point of these libraries or documents, and no point that no row knows."""
    search.points += await index.count()
    async with database.reader() as session:
        rows = await session.scalar(text("SELECT count(*) FROM chunks")) or 0
    if search.points != rows:
        search.found.append(f"{search.points} points in the index, {rows} rows of chunks")
    if left := await index.count(SearchScope(frozenset(libraries))):
        search.found.append(f"{left} points of the person's libraries")
    everywhere = frozenset(libraries)
    if documents and (left := await index.count(SearchScope(everywhere, frozenset(documents)))):
        search.found.append(f"{left} points of the person's documents")


def search_files(search: Search, folder: Path, signs: Collection[str], but: Collection[str] = PHYSICAL) -> None:
    """Names and contents of all files below a folder."""
    wanted = list(_bytes_of(signs))
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in but]
        for path in (Path(root, name) for name in names):
            if not path.is_file():
                continue
            search.files, search.file_bytes = search.files + 1, search.file_bytes + path.stat().st_size
            content = str(path).lower().encode() + b"\0" + path.read_bytes().lower()
            search.found += [f"{sign!r} in {path}" for sign in wanted if sign.lower() in content]


def _spellings(signs: Iterable[str]) -> Iterable[str]:
    for sign in signs:
        yield sign
        yield sign.encode().hex()
        yield sign.replace("-", "") if _is_id(sign) else sign


def _bytes_of(signs: Iterable[str]) -> Iterable[bytes]:
    for sign in signs:
        yield sign.encode()
        if _is_id(sign):
            yield UUID(sign).bytes
            yield UUID(sign).hex.encode()


def _is_id(sign: str) -> bool:
    try:
        UUID(sign)
    except ValueError:
        return False
    return True


async def _values(redis: Any, key: bytes) -> AsyncIterator[bytes]:
    kind = (await redis.type(key)).decode()
    if kind in ("hash", "stream"):
        entries = [await redis.hgetall(key)] if kind == "hash" else [fields for _, fields in await redis.xrange(key)]
        for name, value in (pair for fields in entries for pair in fields.items()):
            yield name + b"=" + value
        return
    reads = {"list": redis.lrange, "zset": redis.zrange}
    if kind in reads:
        values = await reads[kind](key, 0, -1)
    else:
        values = (
            [await redis.get(key) or b""] if kind == "string" else await redis.smembers(key)
        )  # fails on any other kind
    for value in values:
        yield value
