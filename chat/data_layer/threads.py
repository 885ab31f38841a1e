"""Threads in Chainlit's form."""

from collections.abc import Mapping
from typing import Any

from chainlit.types import ThreadDict

from chat.data_layer.cleaning import clean_text, iso, json_object
from chat.data_layer.elements import element_dict
from chat.data_layer.steps import step_dicts
from conversations.types import OpenedThread, Thread
from core.access import Principal

# What Chainlit needs when a thread is resumed. The rest of what it writes here is state of the app.
_STORED_METADATA = ("chat_profile", "chat_settings")
_LONGEST_METADATA = 8 * 1024  # bytes


def stored_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a session's state that is stored with its thread and sent to the page. None removes a key."""
    stored: dict[str, Any] = {}
    if "chat_profile" in metadata:
        profile = metadata["chat_profile"]
        stored["chat_profile"] = clean_text(profile)[:100] if profile else None
    if "chat_settings" in metadata:
        stored["chat_settings"] = json_object(metadata["chat_settings"], _LONGEST_METADATA) or None
    return stored


def listed_thread(thread: Thread, principal: Principal, snippet: str | None = None) -> ThreadDict:
    """A thread for the sidebar, without steps. ``createdAt`` is its last use, because the sidebar groups by it.

    Args:
        snippet: where a search found something in it, for ``public/chat/found.js``.
    """
    found = {"snippet": snippet} if snippet else {}
    return ThreadDict(
        id=str(thread.id),
        createdAt=iso(thread.last_activity_at),
        name=thread.name,
        userId=str(principal.user_id),
        userIdentifier=principal.username,
        tags=thread.tags,
        metadata={key: value for key, value in thread.meta.items() if key in _STORED_METADATA} | found,
        steps=[],
        elements=[],
    )


def whole_thread(opened: OpenedThread, principal: Principal) -> ThreadDict:
    """A thread with its steps and elements."""
    whole = listed_thread(opened.thread, principal)
    whole["steps"] = step_dicts(opened.steps, opened.feedback)
    whole["elements"] = [element_dict(element) for element in opened.elements]
    return whole


def closed_thread(thread_id: str) -> ThreadDict:
    """Someone else's thread, as Chainlit refuses it. It takes None for "a new thread" and would let the person in; it refuses a thread
    whose owner has no name.
    """
    return ThreadDict(
        id=thread_id,
        createdAt="",
        name=None,
        userId=None,
        userIdentifier="",
        tags=None,
        metadata={},
        steps=[],
        elements=[],
    )
