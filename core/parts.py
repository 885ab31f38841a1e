"""Addresses of the shared parts of an installation: the embedded servers, or the URLs from the settings."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import ArgumentError

from core import instance
from core.database_url import with_pooler
from core.embedded import postgres, redis
from core.embedded.server import EmbeddedServer
from core.errors import StartupFailed
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """The addresses of the parts, and the secret.

    Attributes:
        servers: the embedded servers that this process started, see :mod:`core.embedded.keeper`.
        is_owner: False when this process uses the embedded parts of another one (``footnote user add`` next to a server).
    """

    var_dir: Path
    database_url: str
    redis_url: str
    secret: str
    is_owner: bool
    servers: tuple[EmbeddedServer, ...] = ()


def is_embedded(settings: Settings) -> bool:
    """True when at least one part is embedded under the var folder, so that only one process can own it."""
    return not (settings.database.url and settings.redis.url and settings.qdrant.url)


@contextmanager
def open_parts(settings: Settings, *, may_visit: bool = False) -> Iterator[Parts]:
    """Start the embedded parts, and stop them when the block ends.

    Args:
        may_visit: when another process owns the var folder, use its servers instead of refusing.

    Raises:
        StartupFailed: a part cannot be started, or the folder has another owner.
    """
    var_dir = instance.prepare(settings.var_dir)
    with ExitStack() as stack:
        visits = may_visit and is_embedded(settings) and instance.is_held(var_dir)
        if is_embedded(settings) and not visits:
            stack.enter_context(instance.hold(var_dir))
        servers: list[EmbeddedServer] = []
        database_url = _database_url(settings)
        if not database_url and visits:
            database_url = postgres.url_of(postgres.EmbeddedPostgres.sockets_of(var_dir))
        redis_url = settings.redis.url
        if not redis_url and visits:
            redis_url = redis.url_of(redis.EmbeddedRedis.socket_of(var_dir))
        yield Parts(
            var_dir=var_dir,
            database_url=database_url or _started(stack, servers, postgres.EmbeddedPostgres(var_dir)),
            redis_url=redis_url or _started(stack, servers, redis.EmbeddedRedis(var_dir)),
            secret=settings.secret_key.get_secret_value() if settings.secret_key else instance.secret_of(var_dir),
            is_owner=not visits,
            servers=tuple(servers),
        )


def _database_url(settings: Settings) -> str | None:
    url = settings.database.url
    try:
        return with_pooler(url, settings.database.pooler) if url else None
    except (ArgumentError, ValueError) as error:
        raise StartupFailed("FOOTNOTE_DATABASE_URL cannot be read as an address.") from error


def _started(stack: ExitStack, servers: list[EmbeddedServer], server: EmbeddedServer) -> str:
    """Start a server, to be stopped by the stack; returns its address."""
    stack.callback(server.stop)
    try:
        server.start()
    except OSError as error:
        raise StartupFailed(f"An embedded server could not be started: {error.strerror or error}.") from error
    servers.append(server)
    return server.url
