"""The chain of models from the settings: which model is called first, which next, and which for small tasks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from core.errors import FootnoteError, UpstreamUnavailable
from core.settings import LLMSettings
from core.settings.chain import ModelSettings
from core.storable import storable
from rag.models.faults import Fault
from rag.models.model_call import ModelCall
from rag.models.pieces import Piece
from rag.models.reasoning import without_reasoning
from rag.models.replica import ServedModel
from rag.models.reply import most_chars
from rag.models.routing import is_simple, preference
from rag.models.spans import asked
from rag.models.usage_meter import UsageMeter, estimated
from rag.types import Source, Usage

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage


log = structlog.get_logger(__name__)


class ModelChain:
    """The models, in the order of the settings.

    Args:
        patience: settings for retries, waits and circuit breakers.
        clock: a monotonic clock in seconds, for the breakers.
    """

    def __init__(
        self, models: Sequence[ModelSettings], patience: LLMSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._patience = patience
        self.models: Sequence[ServedModel] = [ServedModel(model, patience, clock) for model in models]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the models, in the order of the settings."""
        return tuple(model.settings.name for model in self.models)

    async def ping(self) -> None:
        """Raises UpstreamUnavailable while the circuit breaker of every server is open. Sends no request."""
        if not any(replica.breaker.may_ask for model in self.models for replica in model.replicas):
            raise UpstreamUnavailable("Every language model is let rest.")

    async def load(self) -> None:
        """Build the clients of all servers, whose imports take seconds, so that the first question does not wait for them. Sends no
        request; a client that cannot be built fails when it is asked, as a server that is away does."""
        for model in self.models:
            for replica in model.replicas:
                try:
                    await replica.model()
                except Exception as error:
                    log.warning("model.not_built", server=replica.server, error=repr(error))

    async def close(self) -> None:
        """Close the connections to all servers."""
        for model in self.models:
            for replica in model.replicas:
                await replica.close()

    def route(self, question: str, sources: Sequence[Source]) -> list[ServedModel]:
        """The models to call, in order: for a simple question those with the role "simple" first, else the others first."""
        simple = is_simple(question, sources)
        return sorted(self.models, key=lambda model: preference(model.settings, is_simple=simple))

    async def deltas(
        self, route: Sequence[ServedModel], messages: Sequence[BaseMessage], usage_meter: UsageMeter
    ) -> AsyncGenerator[tuple[str, Piece], None]:
        """Streams the answer as (name of the model, piece). If a model fails before its first word, the next one answers.

        Raises:
            AnswerTooLong: the answer was cut.
            FootnoteError: the last model gave no answer, or an answer that had begun broke off.
        """
        failure: FootnoteError = UpstreamUnavailable("There is no language model.")
        for model in route:
            has_begun = False
            try:
                async with aclosing(ModelCall(model, messages, self._patience, usage_meter).deltas()) as stream:
                    async for piece in stream:
                        has_begun = has_begun or piece.kind == "answer"
                        yield model.settings.name, piece
                return
            except FootnoteError as error:
                failure = error
                if has_begun:
                    break
        raise failure

    async def complete(self, prompt: str, timeout_s: float, usage_meter: UsageMeter) -> str:
        """See :class:`rag.models.completer.Completer`; the cost goes to ``usage_meter``."""
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
            with asked(settings, replica.base_url, prompt, lambda: (counted, text) if counted else None):
                async with asyncio.timeout(timeout_s):
                    reply = await (await replica.model()).ainvoke(prompt)
                text = without_reasoning(storable(reply.text))[: most_chars(settings.max_tokens)]
                metadata = getattr(reply, "usage_metadata", None)
                if metadata:
                    counted = Usage(input_tokens=metadata["input_tokens"], output_tokens=metadata["output_tokens"])
            permit.succeeded()
        except Exception as error:
            fault = Fault(error, timeout_s, has_begun=False, server=replica.server)
            if fault.is_server_fault and not (fault.is_timeout and timeout_s < settings.timeout_s):
                replica.failed(permit, fault.retry_after_s)
            if fault.is_timeout:
                usage_meter.add(settings, "question", estimated([prompt], ""))  # the server may be working on it
            raise fault.reported_error from error
        finally:
            permit.release()
            replica.in_flight -= 1
        usage_meter.add(settings, "question", counted or estimated([prompt], text))
        return text


@dataclass(frozen=True, slots=True)
class MeteredCompleter:
    """A completer that uses a chain and counts the cost on one usage meter."""

    chain: ModelChain
    usage_meter: UsageMeter

    async def complete(self, prompt: str, timeout_s: float) -> str:
        """See :class:`rag.models.completer.Completer`."""
        return await self.chain.complete(prompt, timeout_s, self.usage_meter)


def build_chain(settings: LLMSettings) -> ModelChain | None:
    """The chain of the configured models; None when there are none. It imports and calls nothing yet."""
    return ModelChain(settings.models(), settings) if settings.has_model else None


def _price(model: ServedModel) -> tuple[float, bool]:
    """Sort key: cheapest first; among equals, models with the role "simple" first."""
    return model.settings.input_price + model.settings.output_price, model.settings.role != "simple"
