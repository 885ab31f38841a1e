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
from rag.models.providers import build_model

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

log = structlog.get_logger(__name__)

_turns = count(1)


class Replica:
    """One server of a model.

    Attributes:
        in_flight: requests that it answers now.
    """

    def __init__(self, settings: ModelSettings, base_url: str | None, breaker: Breaker) -> None:
        self._settings = settings
        self._base_url = base_url
        self.breaker = breaker
        self.in_flight = 0
        self.last_turn = 0

    @property
    def server(self) -> str:
        """The model and where it is, for the log."""
        return f"{self._settings.name} at {urlsplit(self._base_url or '').hostname or self._settings.provider}"

    def failed(self, permit: Permit, rest_s: float | None) -> None:
        """Report a failure to the breaker; with ``rest_s`` the server asked for rest."""
        permit.failed(rest_s)
        if self.breaker.state == "open":
            log.warning("model.rests", server=self.server)

    async def model(self) -> BaseChatModel:
        """Its model; the first call takes seconds."""
        return self._built if "_built" in self.__dict__ else await asyncio.to_thread(lambda: self._built)

    @cached_property
    def _built(self) -> BaseChatModel:
        return build_model(self._settings, self._base_url)


class ServedModel:
    """A model on all its servers.

    Args:
        clock: seconds that only go forward, for the breakers.
    """

    def __init__(self, settings: ModelSettings, patience: LLMSettings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.replicas: Sequence[Replica] = [
            Replica(settings, url, Breaker(patience.breaker_failures, patience.breaker_s, clock))
            for url in settings.urls
        ]

    def pick(self, tried: Collection[Replica] = ()) -> tuple[Replica, Permit] | None:
        """The least busy server that may be asked, in turn among equals; one that was tried only when no other is left."""
        ready = [replica for replica in self.replicas if replica.breaker.may_ask]
        if not ready:
            return None
        chosen = min(ready, key=lambda replica: (replica in tried, replica.in_flight, replica.last_turn))
        permit = chosen.breaker.take()
        assert permit is not None
        chosen.last_turn = next(_turns)
        return chosen, permit

    def has_untried(self, tried: Collection[Replica]) -> bool:
        """True when another server may be asked at once."""
        return any(replica.breaker.may_ask for replica in self.replicas if replica not in tried)
