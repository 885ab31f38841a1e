"""Which socket belongs to which sign-in, so that a revoked sign-in can be cut off."""

from uuid import UUID

from core.access import Principal


class Connections:
    """The open sockets of this process."""

    def __init__(self) -> None:
        self._principals: dict[str, Principal] = {}

    def add(self, sid: str, principal: Principal) -> None:
        """A socket was opened by a signed-in person."""
        self._principals[sid] = principal

    def remove(self, sid: str) -> Principal | None:
        """A socket was closed; returns whose it was."""
        return self._principals.pop(sid, None)

    def principal_of(self, sid: str) -> Principal | None:
        """Whose socket it is."""
        return self._principals.get(sid)

    def of_session(self, session_id: UUID) -> list[str]:
        """The sockets that a sign-in opened."""
        return [sid for sid, principal in self._principals.items() if principal.session_id == session_id]

    def all(self) -> list[str]:
        """Every open socket."""
        return list(self._principals)
