"""One server of a model, and the choice among several."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from core.settings import LLMSettings
from core.settings.chain import ModelSettings
from rag.models.breaker import Breaker, Permit
from rag.models.providers import Close, build_model

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

log = structlog.get_logger(__name__)

_picks = count(1)


class Replica:
    """One server of a model.

    Attributes:
        in_flight: number of requests in progress.
        last_pick: number of the last pick of this server; counts over all servers.
    """

    def __init__(self, settings: ModelSettings, base_url: str | None, breaker: Breaker) -> None:
        self._settings = settings
        self.base_url = base_url
        self.breaker = breaker
        self.in_flight = 0
        self.last_pick = 0

    @property
    def server(self) -> str:
        """The model and its host, for the log."""
        return f"{self._settings.name} at {urlsplit(self.base_url or '').hostname or self._settings.provider}"

    def failed(self, permit: Permit, rest_s: float | None) -> None:
        """Reports a failure to the breaker; ``rest_s`` is the rest that the server asked for, in seconds."""
        permit.failed(rest_s)
        if self.breaker.state == "open":
            log.warning("model.rests", server=self.server)

    async def model(self) -> BaseChatModel:
        """LangChain's chat model; the first call takes seconds."""
        built = self._built if "_built" in self.__dict__ else await asyncio.to_thread(lambda: self._built)
        return built[0]

    async def close(self) -> None:
        """Close the connections to the server, if there were any."""
        if "_built" in self.__dict__:
            await self._built[1]()

    @cached_property
    def _built(self) -> tuple[BaseChatModel, Close]:
        return build_model(self._settings, self.base_url)


class ServedModel:
    """A model on all its servers.

    Args:
        clock: a monotonic clock in seconds, for the breakers.
    """

    def __init__(self, settings: ModelSettings, patience: LLMSettings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.replicas: Sequence[Replica] = [
            Replica(settings, url, Breaker(patience.breaker_failures, patience.breaker_s, clock))
            for url in settings.urls
        ]

    def pick(self, tried: Collection[Replica] = ()) -> tuple[Replica, Permit] | None:
        """The least busy available server with a permit, in rotation among equals; one in ``tried`` only when no other is left."""
        ready = [replica for replica in self.replicas if replica.breaker.may_ask]
        if not ready:
            return None
        chosen = min(ready, key=lambda replica: (replica in tried, replica.in_flight, replica.last_pick))
        permit = chosen.breaker.take()
        assert permit is not None
        chosen.last_pick = next(_picks)
        return chosen, permit

    def has_untried(self, tried: Collection[Replica]) -> bool:
        """True when a server that is not in ``tried`` is available."""
        return any(replica.breaker.may_ask for replica in self.replicas if replica not in tried)
