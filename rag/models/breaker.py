"""A circuit breaker: after some failures in a row a server is not asked for a while, then one request tries it again.

``closed`` → (``failures`` in a row, or it asked to be let alone) → ``open`` → (``rest_s`` later) → ``half-open``: one probe → ``closed``
when that is answered, else ``open`` again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

BreakerState = Literal["closed", "open", "half-open"]


@dataclass(slots=True)
class Permit:
    """May ask once. Say how it went; only the first word counts, and :meth:`release` says nothing either way."""

    _breaker: Breaker
    _round: int
    is_probe: bool
    _is_used: bool = False

    def succeeded(self) -> None:
        """It answered to the end."""
        if self._use():
            self._breaker._closes()

    def failed(self, rest_s: float | None = None) -> None:
        """It did not. With ``rest_s`` it asked not to be asked again before that."""
        if self._use():
            self._breaker._counts(self.is_probe, rest_s)

    def release(self) -> None:
        """Nobody waited for the end."""
        if self._use() and self.is_probe:
            self._breaker._gives_probe_back()

    def _use(self) -> bool:
        """True the first time, unless the breaker has opened since: what began before that says nothing about now."""
        was_used, self._is_used = self._is_used, True
        return not was_used and self._breaker._round == self._round


@dataclass(slots=True)
class Breaker:
    """The breaker of one server.

    Args:
        failures: that many in a row open it.
        rest_s: how long it stays open; a server cannot ask for longer.
        clock: seconds that only go forward.
    """

    failures: int = 5
    rest_s: float = 30.0
    clock: Callable[[], float] = time.monotonic
    _failed: int = 0
    _rests_until: float | None = None
    _is_probing: bool = False
    _round: int = field(default=0)

    @property
    def state(self) -> BreakerState:
        """What it is now."""
        if self._rests_until is None:
            return "closed"
        return "half-open" if self.clock() >= self._rests_until else "open"

    @property
    def may_ask(self) -> bool:
        """True when :meth:`take` would give a permit."""
        return self.state == "closed" or (self.state == "half-open" and not self._is_probing)

    def take(self) -> Permit | None:
        """A permit to ask once, or None."""
        if not self.may_ask:
            return None
        is_probe = self.state == "half-open"
        self._is_probing = is_probe
        return Permit(self, self._round, is_probe)

    def _closes(self) -> None:
        self._failed, self._rests_until, self._is_probing = 0, None, False

    def _counts(self, is_probe: bool, rest_s: float | None) -> None:
        self._failed += 1
        if is_probe or rest_s is not None or self._failed >= self.failures:
            self._round += 1
            self._failed, self._is_probing = 0, False
            self._rests_until = self.clock() + (self.rest_s if rest_s is None else min(rest_s, self.rest_s))

    def _gives_probe_back(self) -> None:
        self._is_probing = False
