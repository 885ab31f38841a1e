"""The chain of models from the settings: which is asked first, which next, and which for small tasks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import FootnoteError, UpstreamUnavailable
from core.settings import LLMSettings
from core.settings.chain import ModelSettings
from rag.models.asking import Asking
from rag.models.faults import Fault
from rag.models.replica import ServedModel
from rag.models.routing import is_simple, preference
from rag.models.usage_meter import UsageMeter, estimated
from rag.types import Source, Usage

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage


class ModelChain:
    """Models in order.

    Args:
        patience: how often and how long each is asked.
        clock: seconds that only go forward, for the breakers.
    """

    def __init__(
        self, models: Sequence[ModelSettings], patience: LLMSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._patience = patience
        self.models: Sequence[ServedModel] = [ServedModel(model, patience, clock) for model in models]

    @property
    def names(self) -> tuple[str, ...]:
        """Who may answer, in the order of the settings."""
        return tuple(model.settings.name for model in self.models)

    def route(self, question: str, sources: Sequence[Source]) -> list[ServedModel]:
        """Who is asked, first to last: for a simple question the models kept for those, else the others first."""
        simple = is_simple(question, sources)
        return sorted(self.models, key=lambda model: preference(model.settings, is_simple=simple))

    async def deltas(
        self, route: Sequence[ServedModel], messages: Sequence[BaseMessage], usage_meter: UsageMeter
    ) -> AsyncGenerator[tuple[str, str], None]:
        """The answer as it comes, each delta with the name of its model. One that fails before its first word is followed by the next.

        Raises:
            FootnoteError: the last model gave no answer, or the one that had begun did not end it.
        """
        failure: FootnoteError = UpstreamUnavailable("There is no language model.")
        for model in route:
            has_begun = False
            try:
                async with aclosing(Asking(model, messages, self._patience, usage_meter).deltas()) as stream:
                    async for delta in stream:
                        has_begun = True
                        yield model.settings.name, delta
                return
            except FootnoteError as found:
                failure = found
                if has_begun:
                    break
        raise failure

    async def complete(self, prompt: str, timeout_s: float, usage_meter: UsageMeter) -> str:
        """As :class:`rag.models.completing.Completer` has it, charged to ``usage_meter``."""
        for model in sorted(self.models, key=_price):
            picked = model.pick()
            if picked:
                break
        else:
            raise UpstreamUnavailable("No language model may be asked at present.")
        (replica, permit), settings = picked, model.settings
        text, counted = "", None
        replica.in_flight += 1
        try:
            async with asyncio.timeout(timeout_s):
                reply = await (await replica.model()).ainvoke(prompt)
            text = reply.text
            metadata = getattr(reply, "usage_metadata", None)
            if metadata:
                counted = Usage(input_tokens=metadata["input_tokens"], output_tokens=metadata["output_tokens"])
            permit.succeeded()
        except Exception as error:
            fault = Fault(error, timeout_s, has_begun=False, server=replica.server)
            if fault.is_the_servers and not (fault.is_silence and timeout_s < settings.timeout_s):
                replica.failed(permit, fault.retry_after_s)
            if fault.is_silence:
                usage_meter.add(settings, "question", estimated([prompt], ""))  # it may well be at work
            raise fault.fact from error
        finally:
            permit.release()
            replica.in_flight -= 1
        usage_meter.add(settings, "question", counted or estimated([prompt], text))
        return text


@dataclass(frozen=True, slots=True)
class MeteredCompleter:
    """A chain asked in passing, for one usage meter."""

    chain: ModelChain
    usage_meter: UsageMeter

    async def complete(self, prompt: str, timeout_s: float) -> str:
        """See :class:`rag.models.completing.Completer`."""
        return await self.chain.complete(prompt, timeout_s, self.usage_meter)


def build_chain(settings: LLMSettings) -> ModelChain | None:
    """The models that the settings name; None when they name none. Nothing is imported or asked yet."""
    return ModelChain(settings.models(), settings) if settings.has_model else None


def _price(model: ServedModel) -> tuple[float, bool]:
    """Cheapest first; among equals those kept for simple questions."""
    return model.settings.input_price + model.settings.output_price, model.settings.role != "simple"
