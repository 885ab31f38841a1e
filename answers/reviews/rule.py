"""How much of a conversation an admin sees in a review item."""

from collections.abc import Awaitable, Callable, Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Oversight, Principal
from db.models import ReviewItem
from db.review_items import Entry

Opened = Callable[[AsyncSession, Principal, Collection[UUID]], Awaitable[set[UUID]]]
"""Those of these conversations that an admin has opened with a reason, and may still see."""


def shows_answer(item: ReviewItem, conversations: Oversight, *, is_opened: bool) -> bool:
    """Whether an admin sees the question and the answer of an item; a note or a comment, which a person wrote on purpose, is always shown.

    Args:
        is_opened: the admin has opened the conversation with a reason.
    """
    if "told" in item.kinds:  # the person sent question and answer, and was told so
        return True
    return conversations is Oversight.ON or (conversations is Oversight.REASON and is_opened)


async def shown_ids(
    session: AsyncSession,
    principal: Principal,
    entries: Collection[Entry],
    conversations: Oversight,
    opened: Opened,
) -> set[UUID]:
    """Ids of the items whose question and answer an admin may see."""
    threads = {entry.run.thread_id for entry in entries if entry.run and entry.run.thread_id}
    are_opened = await opened(session, principal, threads) if threads else set()
    return {
        entry.item.id
        for entry in entries
        if shows_answer(entry.item, conversations, is_opened=bool(entry.run and entry.run.thread_id in are_opened))
    }


async def none_opened(_session: AsyncSession, _principal: Principal, _thread_ids: Collection[UUID]) -> set[UUID]:
    """No conversation has been opened."""
    return set()
