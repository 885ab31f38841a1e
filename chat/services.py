"""The handle by which Chainlit's handlers reach the rest of Footnote. Chainlit calls plain functions, which cannot be given arguments."""

from dataclasses import dataclass, field

from chat.connections import Connections
from chat.data_layer import FootnoteDataLayer
from chat.reply_tasks import ReplyTasks
from chat.viewers import Viewers
from core.background import Background
from services import Services


@dataclass(frozen=True, slots=True)
class ChatServices:
    """The services of the process (``shared``), and what only the chat has."""

    shared: Services
    data_layer: FootnoteDataLayer
    reply_tasks: ReplyTasks = field(default_factory=ReplyTasks)
    viewers: Viewers = field(default_factory=Viewers)
    connections: Connections = field(default_factory=Connections)
    naming: Background = field(default_factory=Background)


_installed: list[ChatServices] = []


def use(services: ChatServices) -> None:
    """Make these the services of the chat, in place of earlier ones."""
    _installed[:] = [services]


def services() -> ChatServices:
    """The services of the chat.

    Raises:
        RuntimeError: :func:`chat.install.install` was not called.
    """
    if not _installed:
        raise RuntimeError("Chainlit runs inside Footnote's server only: start it with `footnote serve`.")
    return _installed[0]
