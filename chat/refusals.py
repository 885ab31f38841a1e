"""Gives a message back to the page that sent it: the page shows it as sent at once, and had nothing left of it when it was refused."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from chat.messages import canonical_uuid

EVENT = "message_refused"  # the page puts the text back into its field: public/chat/draft.js


@asynccontextmanager
async def given_back(sid: str, payload: object) -> AsyncGenerator[None]:
    """Whatever is raised in the block refuses the message of a socket."""
    try:
        yield
    except Exception:
        await give_back(sid, payload)
        raise


async def give_back(sid: str, payload: object) -> None:
    """Take a message off the page that sent it, and put its text back into the field there."""
    from chainlit.server import sio

    message = payload.get("message") if isinstance(payload, Mapping) else None
    message_id = canonical_uuid(message.get("id")) if isinstance(message, Mapping) else None
    if message_id is not None:
        await sio.emit("delete_message", {"id": message_id}, to=sid)
        await sio.emit(EVENT, {"id": message_id}, to=sid)
