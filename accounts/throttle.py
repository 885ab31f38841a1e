"""Throttles sign-in attempts. Failures of a name from a place (an IPv4 address or a /64 of IPv6) are limited; failures of a name from all
places, and of a place for all names, only slow down further attempts.

So wrong guesses never lock the owner of a name out, wherever they come from, and one person's guesses do not lock out others at the same
address (an office, a proxy). An attacker is left with, in attempts per hour: 120 for one name from one place (more are refused); about 400
for one name from all places together, and as many from one place for all names together (finally 10 s apart).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256

import structlog

from accounts.rules import clean_username
from core.addresses import place_of
from core.errors import Invalid, LimitExceeded
from core.rate_limit import RateLimiter

log = structlog.get_logger(__name__)

WINDOW_S = 300
SLOW_WINDOW_S = 3600
LONGEST_WAIT_S = 10.0
SLOWEST_S = 10.0
KNOWN_S = 30 * 24 * 3600
AT_ONCE = 2  # each check takes 64 MiB and a core
MOST_WAITING = 200  # for a slot; takes some seconds


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in attempt.

    Attributes:
        address: of the client, for the log.
        pair, name, place: keys of the counters.
        is_known: made from an open sign-in: the counters of name and place do not slow it down.
    """

    address: str
    pair: str
    name: str
    place: str
    is_known: bool = False

    @classmethod
    def of(cls, username: str, address: str, *, is_known: bool = False) -> "Attempt":
        """An attempt for a name from an address."""
        name, place = name_digest(username), place_of(address)
        return cls(
            address=address,
            pair=f"sign-in:pair:{name}:{place}",
            name=f"sign-in:name:{name}",
            place=f"sign-in:place:{place}",
            is_known=is_known,
        )


class SignInThrottle:
    """Counts failures, and delays attempts after many of them.

    Args:
        attempts: free failures: of a name from a place within ``WINDOW_S`` seconds, of either alone within ``SLOW_WINDOW_S`` seconds.
    """

    def __init__(self, limiter: RateLimiter, attempts: int) -> None:
        self._limiter = limiter
        self._attempts = attempts
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    @asynccontextmanager
    async def admit(self, attempt: Attempt) -> AsyncIterator[None]:
        """Wait until the password may be checked; check it inside the block.

        Raises:
            LimitExceeded: too many failures of this name from this place, or too many attempts waiting.
        """
        has_waited = await self._wait(attempt)
        async with self._slot():
            # Again: earlier attempts may have failed meanwhile.
            await self._limiter.test(attempt.pair, self._attempts, WINDOW_S)
            if has_waited or not await self._lines(attempt):
                yield
                return
        await self._wait(attempt)
        async with self._slot():
            await self._limiter.test(attempt.pair, self._attempts, WINDOW_S)
            yield

    async def failed(self, attempt: Attempt) -> None:
        """Count a wrong password."""
        await self._limiter.add(attempt.pair, WINDOW_S)
        for key in (attempt.name, attempt.place):
            await self._limiter.add(key, SLOW_WINDOW_S)

    async def succeeded(self, attempt: Attempt) -> None:
        """Note a right password: for ``KNOWN_S`` seconds, this name is known at this place and not slowed down there."""
        await self._limiter.clear(attempt.pair)
        if not attempt.is_known:
            await self._limiter.add(_known(attempt), KNOWN_S)

    async def _wait(self, attempt: Attempt) -> bool:
        """Wait in the attempt's lines; True when there were any."""
        await self._limiter.test(attempt.pair, self._attempts, WINDOW_S)
        lines = await self._lines(attempt)
        waits_s = [await self._limiter.turn(f"{key}:turn", every_s, LONGEST_WAIT_S) for key, every_s in lines]
        if waits_s:
            log.warning("sign_in.slowed", address=attempt.address, wait_s=round(max(waits_s), 1))
            await asyncio.sleep(max(waits_s))
        return bool(lines)

    async def _lines(self, attempt: Attempt) -> list[tuple[str, float]]:
        """The lines to wait in, and seconds per attempt in each: the more failures, the longer."""
        if attempt.is_known or await self._limiter.count(_known(attempt)):
            return []
        counts = {key: await self._limiter.count(key) for key in (attempt.place, attempt.name)}
        return [(key, min(SLOWEST_S, n / self._attempts)) for key, n in counts.items() if n >= self._attempts]

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        if self._waiting >= MOST_WAITING:
            raise LimitExceeded(
                "Too many people are signing in at once. Please try again in a moment.", retry_after_s=3
            )
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._slots.release()


def _known(attempt: Attempt) -> str:
    return f"{attempt.pair}:known"


def name_digest(username: str) -> str:
    """What stands for a name in the keys of the counters."""
    try:
        name = clean_username(username)
    except Invalid:
        name = username
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
