"""Requests to an embedding server: connections, retries, batches that are too large, and a circuit breaker."""

from __future__ import annotations

import random
import time
from threading import Lock
from typing import TYPE_CHECKING, Any

import structlog

from core.errors import UpstreamUnavailable
from core.settings import EmbeddingSettings
from rag.models.breaker import Breaker, Permit
from rag.models.faults import BUSY, is_temporary, retry_after_s

if TYPE_CHECKING:
    import httpx

log = structlog.get_logger(__name__)

FIRST_WAIT_S = 0.5
CONNECT_S = 5.0
TOO_LARGE = frozenset({400, 413, 422})  # what servers say to more texts or tokens than they take at once
RESTS = "The embedding server has failed too often and is let rest. Please try again in a moment."
SILENT = "The embedding server does not answer. Please try again in a moment."
BROKEN = "The embedding server does not answer as it should."


class EmbeddingServer:
    """An OpenAI-style embedding server. Thread-safe; its connections are opened when first used."""

    def __init__(self, settings: EmbeddingSettings) -> None:
        self._settings = settings
        self.breaker = Breaker(settings.breaker_failures, settings.breaker_s)
        self._lock = Lock()
        self._client: httpx.Client | None = None

    def vectors(self, request: dict[str, Any], timeout_s: float) -> list[list[float]]:
        """One vector for each text of ``request["input"]``, in order. Blocks.

        A request that fails is repeated while there is time; one that the server finds too large is halved.

        Args:
            timeout_s: for everything.

        Raises:
            UpstreamUnavailable: no vectors; the message says why.
        """
        texts = request["input"]
        if not texts:
            return []
        response = self._answered(request, time.monotonic() + timeout_s)
        if response.status_code in TOO_LARGE and len(texts) > 1:
            half = (len(texts) + 1) // 2
            parts = (request | {"input": part} for part in (texts[:half], texts[half:]))
            return [vector for part in parts for vector in self.vectors(part, timeout_s)]
        return _read(response, len(texts))

    def close(self) -> None:
        """Closes the connections."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _answered(self, request: dict[str, Any], until: float) -> httpx.Response:
        """The response, after retries; one that the server will not improve on is returned as it is."""
        import httpx

        for attempt in range(self._settings.retries + 1):
            permit = self._permit()
            error: Exception | None = None
            response: httpx.Response | None = None
            try:
                response = self._post(request, max(0.05, until - time.monotonic()))
            except (httpx.HTTPError, RuntimeError) as failure:  # RuntimeError: the client was closed meanwhile
                error = failure
            if response is not None and not is_temporary(response.status_code):
                self._report(permit, is_good=True)
                return response
            asked_s = retry_after_s(response.headers) if response is not None else None
            self._report(permit, is_good=False, rest_s=asked_s)
            log.warning("embeddings.failed", status=response and response.status_code, error=repr(error or ""))
            wait_s = max(asked_s or 0.0, FIRST_WAIT_S * 2**attempt * random.uniform(0.5, 1.0))
            is_over = time.monotonic() + wait_s >= until or wait_s > self._settings.breaker_s
            if attempt == self._settings.retries or is_over or isinstance(error, httpx.TimeoutException):
                raise UpstreamUnavailable(_sentence(response), retry_after_s=asked_s) from error
            time.sleep(wait_s)
        raise UpstreamUnavailable(SILENT)

    def _post(self, request: dict[str, Any], timeout_s: float) -> httpx.Response:
        import httpx

        with self._lock:
            if self._client is None:
                key = self._settings.api_key.get_secret_value() if self._settings.api_key else None
                headers = {"authorization": f"Bearer {key}"} if key else {}
                self._client = httpx.Client(headers=headers, follow_redirects=False)
            client = self._client
        url = f"{(self._settings.url or '').rstrip('/')}/embeddings"
        return client.post(url, json=request, timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, CONNECT_S)))

    def _permit(self) -> Permit:
        with self._lock:
            permit = self.breaker.take()
        if permit is None:
            raise UpstreamUnavailable(RESTS, retry_after_s=self._settings.breaker_s)
        return permit

    def _report(self, permit: Permit, *, is_good: bool, rest_s: float | None = None) -> None:
        with self._lock:
            if is_good:
                permit.succeeded()
            else:
                permit.failed(rest_s if rest_s and rest_s > self._settings.retry_after_s else None)
            if self.breaker.state == "open":
                log.warning("embeddings.server_rests")


def _sentence(response: httpx.Response | None) -> str:
    if response is None:
        return SILENT
    return "The embedding server is busy." if response.status_code == BUSY else BROKEN


def _read(response: httpx.Response, count: int) -> list[list[float]]:
    """The vectors of a response, in the order of the texts."""
    try:
        rows = response.raise_for_status().json()["data"]
        ordered = sorted(rows, key=lambda row: int(row["index"]))
        vectors = [[float(number) for number in row["embedding"]] for row in ordered]
        if len(vectors) != count or not all(vectors):
            raise ValueError(f"{len(vectors)} vectors for {count} texts")
    except Exception as error:
        log.warning("embeddings.refused", status=response.status_code, answer=response.text[:500])
        raise UpstreamUnavailable(BROKEN) from error
    return vectors
