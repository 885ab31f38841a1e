"""The one handle by which Chainlit's handlers reach the rest of Footnote. Chainlit calls plain functions: they can be given nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from redis.asyncio import Redis

from accounts.service import Accounts
from answers.service import AnswerService
from chat.connections import Connections
from chat.data_layer import FootnoteDataLayer
from chat.runs import Runs
from core.settings import Settings
from db.session import Database
from ingestion.service import IngestionService

Readiness = Callable[[], Awaitable[dict[str, object]]]


@dataclass(frozen=True, slots=True)
class ChatServices:
    """What a conversation needs. ``readiness`` is asked only for what to tell people; None where the host has none."""

    accounts: Accounts
    answers: AnswerService
    ingestion: IngestionService
    data_layer: FootnoteDataLayer
    database: Database
    redis: Redis
    settings: Settings
    secret: str
    readiness: Callable[[], Readiness | None]
    runs: Runs = field(default_factory=Runs)
    connections: Connections = field(default_factory=Connections)

    async def models_are_loading(self) -> bool:
        """True while the models are not in memory yet."""
        readiness = self.readiness()
        if readiness is None:
            return False
        parts = (await readiness()).get("parts")
        return isinstance(parts, dict) and parts.get("models") == "loading"


_installed: list[ChatServices] = []


def use(services: ChatServices) -> None:
    """Make these the services of the process, in place of earlier ones."""
    _installed[:] = [services]


def services() -> ChatServices:
    """The services of the process.

    Raises:
        RuntimeError: :func:`chat.install.install` was not called.
    """
    if not _installed:
        raise RuntimeError("Chainlit runs inside Footnote's server only: start it with `footnote serve`.")
    return _installed[0]
