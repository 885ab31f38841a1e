"""Asks one model: another of its servers at once, the same one after a pause, within bounds."""

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
from rag.models.replica import Replica, ServedModel
from rag.models.reply import Reply
from rag.models.usage_meter import UsageMeter

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

FIRST_WAIT_S = 0.5
MOST_SILENCES = 2  # whoever reads has waited long enough then


@dataclass(slots=True)
class Asking:
    """A question for one model.

    Args:
        patience: how often and how long.
    """

    model: ServedModel
    messages: Sequence[BaseMessage]
    patience: LLMSettings
    usage_meter: UsageMeter
    _tried: set[Replica] = field(default_factory=set)
    _silences: int = 0
    _has_begun: bool = False

    async def deltas(self) -> AsyncGenerator[str, None]:
        """The answer as it comes. Before its first delta, a request that failed is made again, ``patience.retries`` times.

        Raises:
            FootnoteError: no answer, silence, or an answer that broke off; says which.
        """
        fault: Fault | None = None
        for attempt in range(self.patience.retries + 1):
            picked = self.model.pick(self._tried)
            if picked is None:
                break
            try:
                async with aclosing(self._request(*picked)) as stream:
                    async for delta in stream:
                        self._has_begun = True
                        yield delta
                return
            except Fault as found:
                fault = found
                if self._has_begun or attempt == self.patience.retries or not await self._may_go_on(found, attempt):
                    break
        raise fault.fact if fault else UpstreamUnavailable("The language model has failed too often and is let rest.")

    async def _request(self, replica: Replica, permit: Permit) -> AsyncGenerator[str, None]:
        """One request to one server, charged and reported to its breaker however it ends."""
        settings, reply = self.model.settings, None
        self._tried.add(replica)
        replica.in_flight += 1
        try:
            reply = Reply(await replica.model(), self.messages, settings.timeout_s)
            async with aclosing(reply.deltas()) as deltas:
                async for delta in deltas:
                    yield delta
            permit.succeeded()
        except Exception as error:
            fault = Fault(error, settings.timeout_s, has_begun=bool(reply and reply.text), server=replica.server)
            if fault.is_the_servers:
                replica.failed(permit, self._rest_s(fault))
            raise fault from error
        finally:
            permit.release()
            replica.in_flight -= 1
            if reply and reply.is_taken:
                self.usage_meter.add(settings, "answer", reply.usage)

    async def _may_go_on(self, fault: Fault, attempt: int) -> bool:
        """True, after a wait where one is due, when another request makes sense."""
        self._silences += fault.is_silence
        if not fault.is_the_servers or self._silences >= MOST_SILENCES:
            return False
        if self.model.has_untried(self._tried):
            return True
        if not fault.is_worth_a_retry or self._rest_s(fault) is not None:
            return False
        await asyncio.sleep(self._wait_s(fault, attempt))
        return True

    def _rest_s(self, fault: Fault) -> float | None:
        """How long its server is let alone because it said so; None when that is short enough to be waited for."""
        wait_s = fault.retry_after_s
        return wait_s if wait_s is not None and wait_s > self.patience.retry_after_s else None

    def _wait_s(self, fault: Fault, attempt: int) -> float:
        """Twice as long each time, and not the same for everybody; at least what the server asked for."""
        own: float = FIRST_WAIT_S * 2**attempt * random.uniform(0.5, 1.0)
        return max(fault.retry_after_s or 0.0, own)
