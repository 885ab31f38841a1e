"""Threads in Chainlit's shape."""

from collections.abc import Mapping
from typing import Any

from chainlit.types import ThreadDict

from chat.data_layer.cleaning import clean_text, iso, json_object
from chat.data_layer.elements import element_dict
from chat.data_layer.steps import step_dicts
from conversations.types import OpenedThread, Thread
from core.access import Principal

# What Chainlit itself needs again when a thread is resumed. Everything else it would write here is state of the app.
_KEPT_METADATA = ("chat_profile", "chat_settings")
_LONGEST_METADATA = 8 * 1024  # bytes


def kept_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a session's state that is stored with its thread and goes back to the page. None removes a key."""
    kept: dict[str, Any] = {}
    if "chat_profile" in metadata:
        profile = metadata["chat_profile"]
        kept["chat_profile"] = clean_text(profile)[:100] if profile else None
    if "chat_settings" in metadata:
        kept["chat_settings"] = json_object(metadata["chat_settings"], _LONGEST_METADATA) or None
    return kept


def listed_thread(thread: Thread, principal: Principal) -> ThreadDict:
    """A thread as the sidebar lists it: no steps. ``createdAt`` is its last use, which is what the sidebar groups by."""
    return ThreadDict(
        id=str(thread.id),
        createdAt=iso(thread.last_activity_at),
        name=thread.name,
        userId=str(principal.user_id),
        userIdentifier=principal.username,
        tags=thread.tags,
        metadata={key: value for key, value in thread.meta.items() if key in _KEPT_METADATA},
        steps=[],
        elements=[],
    )


def whole_thread(opened: OpenedThread, principal: Principal) -> ThreadDict:
    """A thread as it is opened."""
    shown = listed_thread(opened.thread, principal)
    shown["steps"] = step_dicts(opened.steps, opened.feedback)
    shown["elements"] = [element_dict(element) for element in opened.elements]
    return shown


def closed_thread(thread_id: str) -> ThreadDict:
    """What someone else's thread looks like. Chainlit takes None for "a new thread" and would let the person in; an owner of
    no name is refused.
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
