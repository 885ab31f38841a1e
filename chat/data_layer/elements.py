"""Converts elements between Chainlit's form and ours."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chainlit.element import Element as ChainlitElement
from chainlit.element import ElementDict

from chat.data_layer.cleaning import clean_text, json_object, require_uuid, text_or_none, uuid_or_none
from conversations.types import Element, file_url
from core.errors import Invalid

_LONGEST_PROPS = 64 * 1024  # bytes
_LONGEST_NAME = 300  # characters
_FILE_URL = re.compile(r"/api/documents/([0-9a-f-]{36})/file")


def values_of(element: ChainlitElement) -> dict[str, Any]:
    """An element as attributes of :class:`Element`, without its content. Only addresses of our own files are stored.

    Raises:
        NotFound: its id or the id of its thread is not a UUID.
        Invalid: its properties are too long, or not an object.
    """
    sent = getattr(element, "props", None) or {}
    props = json_object(sent, _LONGEST_PROPS)
    if sent and not props:
        raise Invalid("The properties of this element are too long.")
    page = getattr(element, "page", None)
    return {
        "id": require_uuid(element.id, "element"),
        "thread_id": require_uuid(element.thread_id, "conversation"),
        "step_id": uuid_or_none(element.for_id),
        "document_id": uuid_or_none(props.get("document_id")) or _document_of(element.url),
        "type": clean_text(element.type),
        "name": clean_text(element.name)[:_LONGEST_NAME],
        "display": clean_text(element.display),
        "mime": text_or_none(element.mime),
        "url": element.url if element.url and _document_of(element.url) else None,
        "size": text_or_none(getattr(element, "size", None)),
        "page": page if isinstance(page, int) else None,
        "language": text_or_none(element.language),
        "props": props,
        "created_at": datetime.now(UTC),
    }


def _document_of(url: str | None) -> UUID | None:
    match = _FILE_URL.fullmatch(url or "")
    return uuid_or_none(match.group(1)) if match else None


def element_dict(element: Element) -> ElementDict:
    """A stored element for the page. It links to its document, while that exists."""
    return ElementDict(
        id=str(element.id),
        threadId=str(element.thread_id),
        type=element.type,  # type: ignore[typeddict-item]
        chainlitKey=None,
        objectKey=None,
        url=file_url(element.document_id) if element.document_id else None,
        name=element.name,
        display=element.display,  # type: ignore[typeddict-item]
        size=element.size,  # type: ignore[typeddict-item]
        language=element.language,
        page=element.page,
        props=element.props,
        autoPlay=None,
        playerConfig=None,
        forId=str(element.step_id) if element.step_id else None,
        mime=element.mime,
    )
