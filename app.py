"""Chainlit's handlers, one line each. The work is done in ``chat/``."""

import chainlit as cl
from chainlit.types import Starter, ThreadDict
from fastapi import Request, Response

from chat import conversation, sign_in, welcome
from chat.data_layer import FootnoteDataLayer
from chat.errors import reports_errors
from chat.services import services


@cl.data_layer
def data_layer() -> FootnoteDataLayer:
    """The store of conversations."""
    return services().data_layer


@cl.password_auth_callback
async def on_login(username: str, password: str) -> cl.User | None:
    """A person signs in."""
    return await sign_in.sign_in(username, password)


@cl.on_logout
async def on_logout(request: Request, response: Response) -> dict[str, bool]:
    """A person signs out. The cookie is cleared by Chainlit."""
    del response
    await sign_in.sign_out(request)
    return {"success": True}


@cl.set_starters
async def starters(user: cl.User | None = None) -> list[Starter]:
    """Suggestions for an empty conversation."""
    del user
    return await welcome.starters()


@cl.on_chat_resume
async def on_chat_resume(thread: ThreadDict) -> None:
    """An earlier conversation is opened. There is nothing to do: the page shows its steps, and the rest is read from the database."""
    del thread


@cl.on_message
@reports_errors
async def on_message(message: cl.Message) -> None:
    """A person sends a question, files, or both."""
    await conversation.reply(message)


@cl.on_stop
@reports_errors
async def on_stop() -> None:
    """A person presses Stop: whatever runs in this conversation ends, and keeps what it has written."""
    await conversation.stop(cl.context.session.thread_id)
