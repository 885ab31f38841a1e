"""One call of a model with retries: on another of its servers at once, on the same one after a pause, within limits."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.errors import UpstreamUnavailable
from core.settings import LLMSettings
from rag.models.breaker import Permit
from rag.models.faults import Fault
from rag.models.pieces import Piece
from rag.models.replica import Replica, ServedModel
from rag.models.reply import AnswerTooLong, Reply, most_chars
from rag.models.spans import Outcome, asked
from rag.models.usage_meter import UsageMeter

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

FIRST_WAIT_S = 0.5
MAX_TIMEOUTS = 2  # the reader has waited long enough then


@dataclass(slots=True)
class ModelCall:
    """One call of a model, with its retries.

    Args:
        patience: settings for the number of retries and the waits.
    """

    model: ServedModel
    messages: Sequence[BaseMessage]
    patience: LLMSettings
    usage_meter: UsageMeter
    _tried: set[Replica] = field(default_factory=set)
    _timeouts: int = 0
    _has_begun: bool = False

    async def deltas(self) -> AsyncGenerator[Piece, None]:
        """Streams the answer. A request that fails before the first word of its answer is repeated, up to ``patience.retries`` times.

        Raises:
            AnswerTooLong: the answer was cut.
            FootnoteError: no answer, a timeout, or an answer that broke off; the message says which.
        """
        fault: Fault | None = None
        for attempt in range(self.patience.retries + 1):
            picked = self.model.pick(self._tried)
            if picked is None:
                break
            try:
                async with aclosing(self._request(*picked)) as stream:
                    async for piece in stream:
                        self._has_begun = self._has_begun or piece.kind == "answer"
                        yield piece
                return
            except Fault as error:
                fault = error
                if self._has_begun or attempt == self.patience.retries or not await self._may_retry(error, attempt):
                    break
        raise (
            fault.reported_error
            if fault
            else UpstreamUnavailable("The language model has failed too often and is let rest.")
        )

    async def _request(self, replica: Replica, permit: Permit) -> AsyncGenerator[Piece, None]:
        """Streams one request to one server; always counts its usage and reports to the circuit breaker."""
        settings = self.model.settings
        reply: Reply | None = None
        self._tried.add(replica)
        replica.in_flight += 1

        def outcome() -> Outcome | None:
            return (reply.usage, reply.text) if reply and reply.is_taken else None

        try:
            with asked(settings, replica.base_url, self.messages, outcome):
                reply = Reply(await replica.model(), self.messages, settings.timeout_s, most_chars(settings.max_tokens))
                async with aclosing(reply.deltas()) as deltas:
                    async for piece in deltas:
                        yield piece
            permit.succeeded()
        except AnswerTooLong:
            permit.succeeded()
            raise
        except Exception as error:
            fault = Fault(error, settings.timeout_s, has_begun=bool(reply and reply.text), server=replica.server)
            if fault.is_server_fault:
                replica.failed(permit, self._rest_s(fault))
            raise fault from error
        finally:
            permit.release()
            replica.in_flight -= 1
            if reply and reply.is_taken:
                self.usage_meter.add(settings, "answer", reply.usage)

    async def _may_retry(self, fault: Fault, attempt: int) -> bool:
        """True when another request makes sense; waits first where that is needed."""
        self._timeouts += fault.is_timeout
        if not fault.is_server_fault or self._timeouts >= MAX_TIMEOUTS:
            return False
        if self.model.has_untried(self._tried):
            return True
        if not fault.is_retryable or self._rest_s(fault) is not None:
            return False
        await asyncio.sleep(self._wait_s(fault, attempt))
        return True

    def _rest_s(self, fault: Fault) -> float | None:
        """The rest in seconds that the server asked for, when it is too long to wait; else None."""
        wait_s = fault.retry_after_s
        return wait_s if wait_s is not None and wait_s > self.patience.retry_after_s else None

    def _wait_s(self, fault: Fault, attempt: int) -> float:
        """The wait in seconds: exponential backoff with jitter, at least what the server asked for."""
        backoff_s: float = FIRST_WAIT_S * 2**attempt * random.uniform(0.5, 1.0)
        return max(fault.retry_after_s or 0.0, backoff_s)
