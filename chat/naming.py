"""The name that a model gives a conversation, shown on the pages that have it open."""

from uuid import UUID

import structlog
from chainlit.chat_context import chat_context
from chainlit.context import ChainlitContext, context
from chainlit.session import ws_sessions_id

from chat.services import services
from core.access import Principal
from core.context import require_principal

log = structlog.get_logger(__name__)


def begin(answer_run_id: UUID | None) -> None:
    """Have the conversation named by the answer to its first question; nobody waits for it."""
    is_first = sum(message.type == "user_message" for message in chat_context.get()) == 1
    if answer_run_id is not None and is_first:
        services().naming.start(_name(require_principal(), context.session.thread_id, answer_run_id))


async def _name(principal: Principal, thread_id: str, answer_run_id: UUID) -> None:
    try:
        name = await services().shared.naming.name(principal, answer_run_id)
        if name is not None:
            await _show(principal, thread_id, name)
    except Exception:  # it keeps the name that it has
        log.exception("thread.not_named", answer_run_id=str(answer_run_id))


async def _show(principal: Principal, thread_id: str, name: str) -> None:
    for page in list(ws_sessions_id.values()):
        owner = services().connections.principal_of(page.socket_id)
        if page.thread_id == thread_id and owner is not None and owner.user_id == principal.user_id:
            told = {"interaction": name, "thread_id": thread_id}  # the event that makes the page read its list anew
            await ChainlitContext(page).emitter.emit("first_interaction", told)
