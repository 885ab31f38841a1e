"""Which faults are tried again, and when."""

import asyncpg
import pytest
from redis import exceptions as redis_errors
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from core.errors import DocumentUnreadable, NotFound, StartupFailed, StorageFull, UpstreamUnavailable
from core.faults import JITTER, LONGEST_PAUSE_S, is_transient, pause_s, sentence_of


def wrapped(cause: BaseException, kind: type[DBAPIError] = DBAPIError) -> DBAPIError:
    """A driver's error as SQLAlchemy raises it: behind its own stand-in for it."""
    stand_in = Exception(str(cause))
    stand_in.__cause__ = cause
    return kind("SELECT 1", {}, stand_in)


PASSING = [
    UpstreamUnavailable("The search server does not answer."),
    StartupFailed("The parser could not be started."),
    redis_errors.ConnectionError("refused"),
    redis_errors.BusyLoadingError("loading"),
    StorageFull("The disk is nearly full."),
    TimeoutError(),
    ConnectionResetError(),
    OSError(28, "No space left on device"),
    asyncpg.CannotConnectNowError("the database system is starting up"),
    wrapped(asyncpg.AdminShutdownError("terminating connection")),
    wrapped(asyncpg.ConnectionDoesNotExistError("closed in the middle of operation"), OperationalError),
    wrapped(asyncpg.TooManyConnectionsError("sorry, too many clients already")),
    wrapped(ConnectionRefusedError()),
]
LASTING = [
    DocumentUnreadable("The file is damaged."),
    NotFound("The file is no longer stored."),
    FileNotFoundError("gone"),
    wrapped(asyncpg.UniqueViolationError("duplicate key"), IntegrityError),
    ValueError("a bug"),
]


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
def test_what_may_pass_is_tried_again(error: Exception) -> None:
    assert is_transient(error)
    assert sentence_of(error).endswith(".")


@pytest.mark.parametrize("error", LASTING, ids=lambda error: type(error).__name__)
def test_what_will_not_pass_is_not(error: Exception) -> None:
    assert not is_transient(error)


def test_the_sentence_names_what_does_not_answer() -> None:
    assert sentence_of(PASSING[0]) == "The search server does not answer."
    assert "database" in sentence_of(PASSING[-1])
    assert sentence_of(StorageFull("The disk is nearly full.")) == "The disk is nearly full."
    assert "storage" in sentence_of(OSError(28, "No space left on device"))
    assert "device" not in sentence_of(OSError(28, "No space left on device"))


def test_pauses_double_up_to_a_minute_and_differ() -> None:
    for failures, expected in ((1, 2), (2, 4), (3, 8), (4, 16), (5, 32), (6, LONGEST_PAUSE_S), (1000, LONGEST_PAUSE_S)):
        pauses = [pause_s(failures) for _ in range(50)]
        assert all(expected * (1 - JITTER) <= pause <= expected * (1 + JITTER) for pause in pauses)
        assert len(set(pauses)) > 1
