"""The one handle by which Chainlit's handlers reach the rest of Footnote. Chainlit calls plain functions: they can be given nothing."""

from dataclasses import dataclass, field

from arq.connections import ArqRedis

from accounts.service import Accounts
from answers.service import AnswerService
from chat.connections import Connections
from chat.data_layer import FootnoteDataLayer
from chat.runs import Runs
from core.rate_limit import RateLimiter
from core.settings import Settings
from db.session import Database
from ingestion.service import IngestionService
from services import Services


@dataclass(frozen=True, slots=True)
class ChatServices:
    """What a conversation needs: the services of the process, and what only the chat has."""

    shared: Services
    data_layer: FootnoteDataLayer
    runs: Runs = field(default_factory=Runs)
    connections: Connections = field(default_factory=Connections)

    @property
    def accounts(self) -> Accounts:
        """Sign-ins and users."""
        return self.shared.accounts

    @property
    def answers(self) -> AnswerService:
        """Questions and citations."""
        return self.shared.answers

    @property
    def ingestion(self) -> IngestionService:
        """Documents and jobs."""
        return self.shared.ingestion

    @property
    def database(self) -> Database:
        """PostgreSQL."""
        return self.shared.database

    @property
    def redis(self) -> ArqRedis:
        """Word of ended sign-ins."""
        return self.shared.redis

    @property
    def limiter(self) -> RateLimiter:
        """How much one person may do."""
        return self.shared.limiter

    @property
    def settings(self) -> Settings:
        """The settings tree."""
        return self.shared.settings

    @property
    def secret(self) -> str:
        """What signs the sign-ins' tokens."""
        return self.shared.parts.secret

    @property
    def models_are_loading(self) -> bool:
        """True while the models are not in memory yet."""
        return self.shared.readiness.is_loading


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
