"""Which faults pass by themselves: a server that is restarted, a store that does not answer. The job waits and is tried again."""

import random

from asyncpg.exceptions import (
    InsufficientResourcesError,
    InterfaceError,
    OperatorInterventionError,
    PostgresConnectionError,
)
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.errors import StartupFailed, StorageFull, UpstreamUnavailable

FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 60.0
JITTER = 0.2
MOST_FAILURES = 30  # about half an hour, the work itself not counted

_SAID = (UpstreamUnavailable, StorageFull)  # their sentence says what does not answer
_DATABASE = (PostgresConnectionError, OperatorInterventionError, InsufficientResourcesError, InterfaceError)


def is_transient(error: BaseException) -> bool:
    """True when the same work may go well in a minute.

    Not the file's fault: servers that do not answer, connections that broke, a disk or memory that is full just now, a child process that
    could not be started. Everything else (a damaged file, a bug) would come out the same.
    """
    if isinstance(error, FileNotFoundError):
        return False
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error.orig, OSError) or _is_database(error.orig)
    return isinstance(error, (*_SAID, StartupFailed, RedisError, PoolTimeout, OSError, *_DATABASE))


def sentence_of(error: BaseException) -> str:
    """What does not answer, in a sentence for a person."""
    if isinstance(error, _SAID):
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


def _is_database(error: BaseException | None) -> bool:
    """The driver's error, which SQLAlchemy wraps twice."""
    while error is not None:
        if isinstance(error, (*_DATABASE, OSError)):
            return True
        error = error.__cause__
    return False
