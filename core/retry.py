"""Transient faults: which errors pass by themselves, and loops that go on in spite of them.

A server that is restarted, a store that does not answer: the same work is tried again. Everything else would come out the same.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from asyncpg.exceptions import (
    InsufficientResourcesError,
    InterfaceError,
    OperatorInterventionError,
    PostgresConnectionError,
    TransactionRollbackError,
)
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.errors import StartupFailed, StorageFull, UpstreamUnavailable

log = structlog.get_logger(__name__)
T = TypeVar("T")

FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 60.0
JITTER = 0.2
MOST_FAILURES = 30  # about half an hour, the work itself not counted

_NAMED = (UpstreamUnavailable, StorageFull)  # their sentence says what does not answer
_DATABASE = (
    PostgresConnectionError,
    OperatorInterventionError,
    InsufficientResourcesError,
    InterfaceError,
    TransactionRollbackError,  # deadlock, serialisation failure
)
_TRANSIENT_STATES = ("08", "57P", "53", "40")  # the same as classes of SQLSTATE, for drivers that give no type


def is_transient(error: BaseException) -> bool:
    """True when the same work may succeed a moment or a minute later.

    Not the file's fault and no bug: servers that do not answer, connections that broke, deadlocks, a disk or memory that is full just now,
    a child process that could not be started.
    """
    if isinstance(error, FileNotFoundError):
        return (
            error.errno is not None and error.filename is None
        )  # the socket of a server that restarts; files have a name
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error.orig, OSError) or _is_database(error.orig)
    return isinstance(error, (*_NAMED, StartupFailed, RedisError, PoolTimeout, OSError)) or _is_database(error)


def sentence_of(error: BaseException) -> str:
    """What does not answer, in a sentence for a person."""
    if isinstance(error, _NAMED):
        return error.message
    if isinstance(error, (DBAPIError, PoolTimeout, *_DATABASE)):
        return "The database does not answer."
    if isinstance(error, RedisError):
        return "The queue does not answer."
    if isinstance(error, OSError):
        return "The file storage does not answer."
    return "The parser could not be started."


def pause_s(failures: int) -> float:
    """Seconds to wait after so many failures (1 and more): 2, 4, 8 … 60, and a little more or less so that jobs part company."""
    pause = min(FIRST_PAUSE_S * 2.0 ** min(failures - 1, 10), LONGEST_PAUSE_S)
    return pause * random.uniform(1 - JITTER, 1 + JITTER)


async def forever(
    event: str,
    work: Callable[[], Awaitable[object]],
    pause_s: float,
    after_failure_s: float | None = None,
    **fields: object,
) -> None:
    """Do ``work`` again and again until cancelled, whatever it raises.

    Args:
        event: name of the log event of a failure: a warning for a transient fault, with the stack for anything else.
        pause_s: seconds between the end of one round and the next.
        after_failure_s: seconds after a round that failed; None for ``pause_s``.
        fields: more of the log event.
    """
    while True:
        wait_s = pause_s
        try:
            await work()
        except Exception as error:
            wait_s = pause_s if after_failure_s is None else after_failure_s
            log_failure(event, error, **fields)
        await asyncio.sleep(wait_s)


async def patiently(event: str, work: Callable[[], Awaitable[T]], pause_s: float, **fields: object) -> T:
    """Do ``work`` until it succeeds, waiting ``pause_s`` seconds after each transient fault. Any other error is raised."""
    while True:
        try:
            return await work()
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning(event, error=repr(error), **fields)
        await asyncio.sleep(pause_s)


def log_failure(event: str, error: Exception, **fields: object) -> None:
    """Log an error that is being handled: a warning when it will pass, else with its stack."""
    level = log.warning if is_transient(error) else log.exception
    level(event, error=repr(error), **fields)


def _is_database(error: BaseException | None) -> bool:
    """Is it, or one of its causes (SQLAlchemy wraps the driver's error twice), a fault of the database that passes?"""
    while error is not None:
        state = str(getattr(error, "sqlstate", None) or "")
        if isinstance(error, (*_DATABASE, OSError)) or state.startswith(_TRANSIENT_STATES):
            return True
        error = error.__cause__
    return False
