"""Patches of Chainlit's internals, applied once per process. Each docstring names the fault that its patch removes."""

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import structlog

from core.errors import new_reference
from core.tokens import ALGORITHM, CHECKS

log = structlog.get_logger(__name__)

Unbound = Callable[..., Any]

_applied: list[bool] = []


def apply() -> None:
    """Patch Chainlit; a second call does nothing."""
    if _applied:
        return
    _applied.append(True)
    _never_sleep()
    _remember_each_message_once()
    _forget_deleted_sessions()
    _keep_sessions_out_of_the_database()
    _keep_exceptions_out_of_steps()
    _read_tokens_by_our_checks()


def _never_sleep() -> None:
    """Constructors of messages and steps sleep a millisecond, which stops the whole event loop."""
    awake = SimpleNamespace(sleep=lambda _seconds: None)
    for name in ("chainlit.message", "chainlit.step"):  # by name: in the package, a function hides the module "step"
        import_module(name).time = awake  # type: ignore[attr-defined]


def _remember_each_message_once() -> None:
    """A session that reconnects gets its messages again, as new objects. Keep each once, by its id."""
    from chainlit.chat_context import ChatContext, chat_contexts
    from chainlit.context import context

    def add(_self: ChatContext, message: Any) -> Any:
        messages = chat_contexts.setdefault(context.session.id, [])
        for place, known in enumerate(messages):
            if known.id == message.id:
                messages[place] = message
                return message
        messages.append(message)
        return message

    ChatContext.add = add  # type: ignore[assignment]


def _forget_deleted_sessions() -> None:
    """The messages of a deleted session stay in memory for ever. Drop them with it."""
    from chainlit.chat_context import chat_contexts
    from chainlit.session import WebsocketSession

    delete: Unbound = WebsocketSession.delete

    @wraps(delete)
    async def delete_with_messages(self: Any) -> None:
        chat_contexts.pop(self.id, None)
        await delete(self)

    WebsocketSession.delete = delete_with_messages  # type: ignore[method-assign]


def _keep_sessions_out_of_the_database() -> None:
    """At every disconnect, everything in a user's session is written into the thread, and from there sent to browsers. Write nothing."""
    import chainlit.socket
    from chainlit.session import BaseSession

    async def persist_nothing(thread_id: str, metadata: dict[str, Any]) -> None:
        del thread_id, metadata

    chainlit.socket.persist_user_session = persist_nothing
    BaseSession.to_persistable = lambda _self: {}  # type: ignore[assignment]


def _keep_exceptions_out_of_steps() -> None:
    """The text of an exception inside a step becomes its output: stored, and sent to the browser. Replace it by a reference."""
    from chainlit.step import Step

    leave: Unbound = Step.__aexit__
    leave_now: Unbound = Step.__exit__

    async def leave_quietly(self: Any, kind: Any, error: Any, trace: Any) -> None:
        await leave(self, kind, _without_details(self.name, kind, error), trace)

    def leave_now_quietly(self: Any, kind: Any, error: Any, trace: Any) -> None:
        leave_now(self, kind, _without_details(self.name, kind, error), trace)

    Step.__aexit__ = leave_quietly  # type: ignore[method-assign]
    Step.__exit__ = leave_now_quietly  # type: ignore[method-assign]


def _read_tokens_by_our_checks() -> None:
    """Chainlit refuses a cookie that was made by a clock ahead of this one. Read it by the checks that decide everywhere else."""
    import chainlit.auth
    import chainlit.server
    import jwt
    from chainlit.auth.jwt import get_jwt_secret
    from chainlit.user import User

    def decode_jwt(token: str) -> User:
        claims = jwt.decode(token, get_jwt_secret() or "", algorithms=[ALGORITHM], options=CHECKS)
        del claims["exp"]
        return User(**claims)

    chainlit.auth.decode_jwt = chainlit.server.decode_jwt = decode_jwt  # type: ignore[attr-defined]


def _without_details(step: str, kind: type[BaseException] | None, error: BaseException | None) -> Exception | None:
    if kind is None:
        return None
    reference = new_reference()
    log.error("step.failed", step=step, reference=reference, exc_info=error)
    return Exception(f"Something went wrong (reference {reference}).")
