"""Transient errors: which errors pass, and loops that continue after them.

When a server restarts or a store does not answer, the same work is tried again. After any other error it would only fail again.
"""

import asyncio
import contextlib
import errno
import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from asyncpg.exceptions import (
    DiskFullError,
    InsufficientResourcesError,
    InterfaceError,
    OperatorInterventionError,
    PostgresConnectionError,
    TransactionRollbackError,
)
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.errors import FootnoteError, StartupFailed, StorageFull, UpstreamUnavailable

log = structlog.get_logger(__name__)
T = TypeVar("T")

FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 60.0
JITTER = 0.2
RETRY_AFTER_S = 5.0
DISK_FULL = "The disk is full, so this cannot be stored now. Nothing that is stored is lost."
MOST_FAILURES = 30  # about half an hour of pauses, without the work itself

ROOM_WITHIN_S = 10.0  # by then the ballast of the disk is given back, see ``core.disk_space``
ROOM_PAUSE_S = 0.5

_NAMED = (UpstreamUnavailable, StorageFull)  # their messages name what does not answer
_DATABASE = (
    PostgresConnectionError,
    OperatorInterventionError,
    InsufficientResourcesError,
    InterfaceError,
    TransactionRollbackError,  # deadlock, serialisation failure
)
_TRANSIENT_STATES = ("08", "57P", "53", "40")  # the same as SQLSTATE classes, for drivers without types


def is_transient(error: BaseException) -> bool:
    """True when the same work may succeed later.

    These are neither the file's fault nor bugs: servers that do not answer, broken connections, deadlocks, a full disk or memory, a child
    process that could not be started.
    """
    if isinstance(error, FileNotFoundError):
        # Without a file name it is the socket of a server that restarts.
        return error.errno is not None and error.filename is None
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error.orig, OSError) or _is_database(error.orig)
    return isinstance(error, (*_NAMED, StartupFailed, RedisError, PoolTimeout, OSError)) or _is_database(error)


def sentence_of(error: BaseException) -> str:
    """A sentence for a person about what does not answer."""
    if isinstance(error, _NAMED):
        return error.message
    if isinstance(error, PoolTimeout):
        return "The database is busy."
    if isinstance(error, (DBAPIError, *_DATABASE)):
        return "The database does not answer."
    if isinstance(error, RedisError):
        return "The queue does not answer."
    if isinstance(error, OSError):
        return "The file storage does not answer."
    return "The parser could not be started."


def known(error: BaseException) -> FootnoteError | None:
    """What a door says about an error that no service took: a server that does not answer or a full disk; None for anything else.

    A client may try again after ``RETRY_AFTER_S``: an embedded server is started again by then.
    """
    if isinstance(error, FootnoteError):
        return error
    if _is_full(error):
        return StorageFull(DISK_FULL, retry_after_s=LONGEST_PAUSE_S)
    is_away = isinstance(error, (RedisError, PoolTimeout, DBAPIError, *_DATABASE, ConnectionError, FileNotFoundError))
    if not is_away or not is_transient(error):
        return None
    is_socket = isinstance(error, OSError) and not isinstance(error, RedisError)
    sentence = "The database or the queue does not answer" if is_socket else sentence_of(error).rstrip(".")
    return UpstreamUnavailable(
        f"{sentence} at the moment. Please try again in a few seconds.", retry_after_s=RETRY_AFTER_S
    )


def pause_s(failures: int) -> float:
    """Seconds to wait after this many failures (at least 1): 2, 4, 8 … 60, ±20 % so that jobs do not retry in step."""
    pause = min(FIRST_PAUSE_S * 2.0 ** min(failures - 1, 10), LONGEST_PAUSE_S)
    return pause * random.uniform(1 - JITTER, 1 + JITTER)


async def forever(
    event: str,
    work: Callable[[], Awaitable[object]],
    pause_s: float,
    after_failure_s: float | None = None,
    **fields: object,
) -> None:
    """Repeat ``work`` until cancelled, whatever it raises.

    Args:
        event: log event of a failure: a warning for a transient error, with the stack for any other.
        pause_s: seconds between two rounds.
        after_failure_s: seconds after a failed round; None: ``pause_s``.
        fields: further fields of the log event.
    """
    while True:
        wait_s = pause_s
        try:
            await work()
        except Exception as error:
            wait_s = pause_s if after_failure_s is None else after_failure_s
            log_failure(event, error, **fields)
        await asyncio.sleep(wait_s)


async def whenever(
    event: str,
    work: Callable[[], Awaitable[object]],
    woken: asyncio.Event,
    at_least_every_s: float,
    after_failure_s: float,
) -> None:
    """Do ``work`` at once, whenever the event is set, and at least so often, until cancelled, whatever it raises; see :func:`forever`."""
    while True:
        woken.clear()
        try:
            await work()
        except Exception as error:
            log_failure(event, error)
            await asyncio.sleep(after_failure_s)
            continue
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_least_every_s):
                await woken.wait()


async def patiently(event: str, work: Callable[[], Awaitable[T]], pause_s: float, **fields: object) -> T:
    """Repeat ``work`` until it succeeds, waiting ``pause_s`` seconds after each transient error. Any other error is raised."""
    while True:
        try:
            return await work()
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning(event, error=repr(error), **fields)
        await asyncio.sleep(pause_s)


async def when_there_is_room(work: Callable[[], Awaitable[T]]) -> T:
    """Repeat ``work`` while the disk is full, for ``ROOM_WITHIN_S`` seconds at most; then its error is raised, as any other at once."""
    give_up_at = time.monotonic() + ROOM_WITHIN_S
    while True:
        try:
            return await work()
        except Exception as error:
            if not _is_full(error) or time.monotonic() >= give_up_at:
                raise
            log.warning("disk.write_waits", error=repr(error))
        await asyncio.sleep(ROOM_PAUSE_S)


def log_failure(event: str, error: Exception, **fields: object) -> None:
    """Log an error that is being handled: a warning when it is transient, else with its stack."""
    level = log.warning if is_transient(error) else log.exception
    level(event, error=repr(error), **fields)


def _is_full(error: BaseException | None) -> bool:
    """True when the error or one of its causes says that no space is left: a file of ours, or one of PostgreSQL's."""
    while error is not None:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or isinstance(error, DiskFullError):
            return True
        error = error.__cause__ or getattr(error, "orig", None)
    return False


def _is_database(error: BaseException | None) -> bool:
    """True when the error or one of its causes is a transient database error. SQLAlchemy wraps the driver's error twice."""
    while error is not None:
        state = str(getattr(error, "sqlstate", None) or "")
        if isinstance(error, (*_DATABASE, OSError)) or state.startswith(_TRANSIENT_STATES):
            return True
        error = error.__cause__
    return False
