"""Addresses of the shared parts of an installation: the embedded servers, or the URLs from the settings."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from core import instance
from core.embedded import postgres, redis
from core.errors import StartupFailed
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """Addresses and the secret.

    Attributes:
        is_owner: False when another process runs the embedded parts and this one only visits (``footnote user add`` beside a server).
    """

    var_dir: Path
    database_url: str
    redis_url: str
    secret: str
    is_owner: bool


def is_embedded(settings: Settings) -> bool:
    """True when at least one part lives under the var folder and can have one owner only."""
    return not (settings.database.url and settings.redis.url and settings.qdrant.url)


@contextmanager
def open_parts(settings: Settings, *, may_visit: bool = False) -> Iterator[Parts]:
    """Start what is embedded, stop it when the block ends.

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
        yield Parts(
            var_dir=var_dir,
            database_url=settings.database.url or _database(stack, var_dir, visits),
            redis_url=settings.redis.url or _redis(stack, var_dir, visits),
            secret=settings.secret_key.get_secret_value() if settings.secret_key else instance.secret_of(var_dir),
            is_owner=not visits,
        )


def _database(stack: ExitStack, var_dir: Path, visits: bool) -> str:
    if visits:
        return postgres.url_of(postgres.EmbeddedPostgres.sockets_of(var_dir))
    server = postgres.EmbeddedPostgres(var_dir)
    stack.callback(server.stop)
    _started(server)
    return server.url


def _redis(stack: ExitStack, var_dir: Path, visits: bool) -> str:
    if visits:
        return redis.url_of(redis.EmbeddedRedis.socket_of(var_dir))
    server = redis.EmbeddedRedis(var_dir)
    stack.callback(server.stop)
    _started(server)
    return server.url


def _started(server: postgres.EmbeddedPostgres | redis.EmbeddedRedis) -> None:
    try:
        server.start()
    except OSError as error:
        raise StartupFailed(f"An embedded server could not be started: {error.strerror or error}.") from error
