"""A circuit breaker: after some failures in a row a server gets no requests for a while, then one request as a probe.

``closed`` → (``failures`` in a row, or the server asked for rest) → ``open`` → (``rest_s`` later) → ``half-open``: one probe → ``closed``
when the probe succeeds, else ``open`` again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

BreakerState = Literal["closed", "open", "half-open"]


@dataclass(slots=True)
class Permit:
    """Permission for one request. Report how it ended: only the first report counts; :meth:`release` reports neither outcome."""

    _breaker: Breaker
    _round: int
    is_probe: bool
    _is_used: bool = False

    def succeeded(self) -> None:
        """Reports a complete answer."""
        if self._use():
            self._breaker._close()

    def failed(self, rest_s: float | None = None) -> None:
        """Reports a failure; ``rest_s`` is the rest that the server asked for, in seconds."""
        if self._use():
            self._breaker._count_failure(self.is_probe, rest_s)

    def release(self) -> None:
        """Ends the request without an outcome, because the caller stopped waiting."""
        if self._use() and self.is_probe:
            self._breaker._release_probe()

    def _use(self) -> bool:
        """True the first time, unless the breaker has opened since: a request from before that tells nothing about now."""
        was_used, self._is_used = self._is_used, True
        return not was_used and self._breaker._round == self._round


@dataclass(slots=True)
class Breaker:
    """The breaker of one server.

    Args:
        failures: number of failures in a row that opens it.
        rest_s: how long it stays open, in seconds; also the longest rest that a server can ask for.
        clock: a monotonic clock, in seconds.
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
        """The current state."""
        if self._rests_until is None:
            return "closed"
        return "half-open" if self.clock() >= self._rests_until else "open"

    @property
    def may_ask(self) -> bool:
        """True when :meth:`take` would give a permit."""
        return self.state == "closed" or (self.state == "half-open" and not self._is_probing)

    def take(self) -> Permit | None:
        """A permit for one request, or None."""
        if not self.may_ask:
            return None
        is_probe = self.state == "half-open"
        self._is_probing = is_probe
        return Permit(self, self._round, is_probe)

    def _close(self) -> None:
        self._failed, self._rests_until, self._is_probing = 0, None, False

    def _count_failure(self, is_probe: bool, rest_s: float | None) -> None:
        self._failed += 1
        if is_probe or rest_s is not None or self._failed >= self.failures:
            self._round += 1
            self._failed, self._is_probing = 0, False
            self._rests_until = self.clock() + (self.rest_s if rest_s is None else min(rest_s, self.rest_s))

    def _release_probe(self) -> None:
        self._is_probing = False
