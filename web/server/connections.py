"""All open connections of the server, and which of them has to go when there are too many.

A connection is a stranger's until one of its requests was signed in. Strangers get a share of the places only, and when there is no place
left, the stranger that has waited longest without a whole request goes first, then the one whose body is arriving, then the one that does
not read its response; who is being answered stays. One person's connections are bounded in the same way.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import ip_address
from typing import Any
from uuid import UUID

import structlog
from starlette.types import Scope

from core.addresses import Network, place_of

log = structlog.get_logger(__name__)

STATE_KEY = "connection"  # of the scope's ``state``
MOST_PER_PLACE = 256
MOST_PER_PERSON = 256  # pages, event streams and requests of all their browsers and programs
SAY_AGAIN_S = 10.0


class Phase(IntEnum):
    """What a connection is doing, the most dispensable first."""

    IDLE = 0  # there is no whole head of a request
    SENDING = 1  # the body of a request is still arriving
    UNREAD = 2  # a response waits for its reader
    SERVED = 3  # a request is being answered, or a socket is open


@dataclass(eq=False, slots=True)
class Connection:
    """One open connection.

    Attributes:
        place: of the peer, see :func:`core.addresses.place_of`; None for a proxy, whose connections are many people's.
        user_id: who signed in on it.
    """

    transport: asyncio.Transport
    place: str | None
    phase: Phase = Phase.IDLE
    user_id: UUID | None = None

    @property
    def is_known(self) -> bool:
        """True when a request on it was signed in."""
        return self.user_id is not None

    @property
    def key(self) -> UUID | None:
        """The person whose connections it is counted with; None for a proxy's."""
        return None if self.place is None else self.user_id


class Connections:
    """The open connections of one server.

    Args:
        most: how many there may be.
        proxies: peers that are not counted by place.
    """

    def __init__(self, most: int, proxies: Sequence[Network] = ()) -> None:
        self.most = most
        self._per_place = min(MOST_PER_PLACE, max(8, most // 4))
        self._per_person = min(MOST_PER_PERSON, max(8, most // 4))
        self._proxies = proxies
        self._strangers: dict[Connection, None] = {}  # the oldest first
        self._known: dict[
            UUID | None, dict[Connection, None]
        ] = {}  # of each person, the oldest first; None: of proxies
        self._places: Counter[str] = Counter()
        self._dropped = 0
        self._said_at = float("-inf")

    def __len__(self) -> int:
        return len(self._strangers) + sum(map(len, self._known.values()))

    def admit(self, transport: asyncio.Transport) -> Connection | None:
        """Register a new connection, in the place of another one where it must be; None when it cannot be taken."""
        connection = Connection(transport, self._place(transport))
        place = connection.place
        if place is not None and self._places[place] >= self._per_place and not self._make_room(place):
            return None
        if len(self) >= self.most and not self._make_room(None):
            return None
        self._strangers[connection] = None
        if place is not None:
            self._places[place] += 1
        return connection

    def leave(self, connection: Connection) -> None:
        """Forget a connection that is closed; safe to call twice."""
        if connection in self._strangers:
            del self._strangers[connection]
            self._forget_place(connection)
        elif (theirs := self._known.get(connection.key)) is not None:
            theirs.pop(connection, None)
            if not theirs:
                del self._known[connection.key]

    def know(self, connection: Connection, user_id: UUID) -> None:
        """A request on this connection was signed in. One of the person's too many is closed: the oldest that is not answered, or this."""
        if connection not in self._strangers:
            return
        del self._strangers[connection]
        self._forget_place(connection)
        connection.user_id = user_id
        theirs = self._known.setdefault(connection.key, {})
        theirs[connection] = None
        if connection.key is not None and len(theirs) > self._per_person:
            self._say(connection.place)
            self._drop(next((one for one in theirs if one.phase is not Phase.SERVED), connection))

    def _place(self, transport: asyncio.Transport) -> str | None:
        peer = transport.get_extra_info("peername")
        if not isinstance(peer, tuple):
            return None  # a unix socket: only a proxy can be there
        place = place_of(str(peer[0]).partition("%")[0])
        try:
            address = ip_address(place)
        except ValueError:  # a network of IPv6
            address = ip_address(place.partition("/")[0])
        return None if any(address in network for network in self._proxies) else place

    def _forget_place(self, connection: Connection) -> None:
        if connection.place is not None:
            self._places[connection.place] -= 1
            if self._places[connection.place] <= 0:
                del self._places[connection.place]

    def _make_room(self, place: str | None) -> bool:
        """Close the most dispensable stranger (of a place); False when all are being answered, so that the new one has to go."""
        victim = min(self._dispensable(place), key=lambda one: one.phase, default=None)
        self._say(place)
        if victim is None:
            return False
        self._drop(victim)
        return True

    def _drop(self, connection: Connection) -> None:
        self.leave(connection)
        connection.transport.abort()

    def _dispensable(self, place: str | None) -> Iterator[Connection]:
        """Strangers that are not being answered; after the oldest one that is idle, there is none better."""
        for one in self._strangers:
            if one.phase is not Phase.SERVED and place in (None, one.place):
                yield one
                if one.phase is Phase.IDLE:
                    return

    def _say(self, place: str | None) -> None:
        """Log that somebody had to go: a line in ten seconds, however many."""
        self._dropped += 1
        if time.monotonic() - self._said_at >= SAY_AGAIN_S:
            log.warning("connections.full", dropped=self._dropped, open=len(self), most=self.most, place=place)
            self._said_at, self._dropped = time.monotonic(), 0


class Known:
    """What a request's scope carries: the way from a sign-in back to its connection."""

    def __init__(self, connections: Connections, connection: Connection) -> None:
        self.connections = connections
        self.connection = connection


def _of(scope: Scope) -> Any:
    return (scope.get("state") or {}).get(STATE_KEY)


def connection_of(scope: Scope) -> Connection | None:
    """The connection of a request or socket; None on other servers than ours (in tests)."""
    found = _of(scope)
    return found.connection if isinstance(found, Known) else None


def signed_in(scope: Scope, user_id: UUID) -> None:
    """Note that this person of a request or socket has signed in. Does nothing on other servers than ours (in tests)."""
    found = _of(scope)
    if isinstance(found, Known):
        found.connections.know(found.connection, user_id)


def is_known(scope: Scope) -> bool:
    """True when a request on this connection was signed in before."""
    found = _of(scope)
    return isinstance(found, Known) and found.connection.is_known
