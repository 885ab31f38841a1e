"""What is made of a provider's exceptions."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2  # OpenAI's client stands on it
import openai
import pytest

from rag.models.faults import Fault

REQUEST = httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")


def fault_of(status: int, headers: dict[str, str] | None = None, *, has_begun: bool = False) -> Fault:
    response = httpx2.Response(status, headers=headers, request=REQUEST)
    return Fault(openai.APIStatusError("no", response=response, body=None), 5, has_begun=has_begun)


@pytest.mark.parametrize(
    ("status", "is_retryable", "is_server_fault"),
    [
        (500, True, True),
        (503, True, True),
        (429, True, True),
        (408, True, True),
        (401, False, True),
        (404, False, True),
        (400, False, False),  # too long for its context, say: the next question may be fine
        (413, False, False),
    ],
)
def test_what_follows_from_a_status(status: int, is_retryable: bool, is_server_fault: bool) -> None:
    fault = fault_of(status)
    assert (fault.is_retryable, fault.is_server_fault) == (is_retryable, is_server_fault)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "inf"}, None),
        ({}, None),
    ],
)
def test_when_to_come_back(headers: dict[str, str], seconds: float | None) -> None:
    assert fault_of(429, headers).retry_after_s == seconds


def test_a_date_to_come_back_at() -> None:
    found = fault_of(429, {"retry-after": format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)})
    assert found.retry_after_s is not None
    assert 85 < found.retry_after_s <= 90


def test_silence_is_not_asked_again() -> None:
    for error in (TimeoutError(), openai.APITimeoutError(REQUEST)):
        fault = Fault(error, 5, has_begun=False)
        assert (fault.is_timeout, fault.is_retryable, fault.is_server_fault) == (True, False, True)
        assert "silent for 5 seconds" in fault.reported_error.message


def test_a_lost_connection_is_told_by_whether_it_had_begun() -> None:
    error = openai.APIConnectionError(request=REQUEST)
    assert "does not answer" in Fault(error, 5, has_begun=False).reported_error.message
    assert "broke off" in Fault(error, 5, has_begun=True).reported_error.message
