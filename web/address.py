"""Addresses: as they are logged, and those that no file and no row can have (with control characters, or with too long a part)."""

from http import HTTPStatus

from starlette.types import ASGIApp, Receive, Scope, Send

from web.errors import error_response

MOST_LOGGED = 200  # characters
INVITES = "/invite/"  # what follows opens an account
LONGEST_PART_BYTES = 255  # of a file's name, on every file system in use


def is_possible(path: str) -> bool:
    """True when a path could be the address of something."""
    encoded = path.encode("utf-8", "surrogatepass")
    return path.isprintable() and all(len(part) <= LONGEST_PART_BYTES for part in encoded.split(b"/"))


def as_logged(path: str) -> str:
    """A path for the log: cut, and without what is secret in it."""
    return f"{INVITES}…" if path.startswith(INVITES) else path[:MOST_LOGGED]


class PossibleAddress:
    """Answers 404 for the others at every door: the system refuses such names with errors that nobody else foresees."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not is_possible(scope["path"]):
            return await error_response(HTTPStatus.NOT_FOUND)(scope, receive, send)
        return await self.app(scope, receive, send)
