"""The one handle by which Chainlit's handlers reach the rest of Footnote. Chainlit calls plain functions: they can be given nothing."""

from dataclasses import dataclass, field

from arq.connections import ArqRedis

from accounts.service import Accounts
from answers.service import AnswerService
from chat.connections import Connections
from chat.data_layer import FootnoteDataLayer
from chat.runs import Runs
from conversations.service import Conversations
from core.rate_limit import RateLimiter
from core.readiness import Readiness
from core.settings import Settings
from ingestion.service import IngestionService
from services import Services


@dataclass(frozen=True, slots=True)
class ChatServices:
    """What a conversation needs: services of the process (no database among them), and what only the chat has."""

    settings: Settings
    secret: str
    redis: ArqRedis
    limiter: RateLimiter
    accounts: Accounts
    answers: AnswerService
    ingestion: IngestionService
    conversations: Conversations
    readiness: Readiness
    data_layer: FootnoteDataLayer
    runs: Runs = field(default_factory=Runs)
    connections: Connections = field(default_factory=Connections)

    @classmethod
    def over(cls, shared: Services, data_layer: FootnoteDataLayer) -> "ChatServices":
        """Those of the process that the chat uses."""
        return cls(
            settings=shared.settings,
            secret=shared.parts.secret,
            redis=shared.redis,
            limiter=shared.limiter,
            accounts=shared.accounts,
            answers=shared.answers,
            ingestion=shared.ingestion,
            conversations=shared.conversations,
            readiness=shared.readiness,
            data_layer=data_layer,
        )


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
