"""Which socket belongs to which sign-in, so that the sockets of a revoked sign-in can be closed."""

from uuid import UUID

from core.access import Principal


class Connections:
    """The open sockets of this process."""

    def __init__(self) -> None:
        self._principals: dict[str, Principal] = {}

    def add(self, sid: str, principal: Principal) -> None:
        """Register the socket of a signed-in person."""
        self._principals[sid] = principal

    def remove(self, sid: str) -> Principal | None:
        """Forget a closed socket; returns whose it was."""
        return self._principals.pop(sid, None)

    def principal_of(self, sid: str) -> Principal | None:
        """The person of a socket; None when it is unknown."""
        return self._principals.get(sid)

    def of_session(self, session_id: UUID) -> list[str]:
        """The open sockets of a sign-in."""
        return [sid for sid, principal in self._principals.items() if principal.session_id == session_id]

    def count_of(self, user_id: UUID) -> int:
        """How many sockets a person has open."""
        return sum(principal.user_id == user_id for principal in self._principals.values())

    def all(self) -> list[str]:
        """Every open socket."""
        return list(self._principals)
