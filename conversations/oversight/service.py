"""Finds people's conversations for admins, opens them with a reason, and tells their owners."""

from typing import Any
from uuid import UUID

import structlog

from conversations.guarded import GuardedWrites
from conversations.oversight.transcript import transcript_of
from conversations.oversight.views import OpeningList, OpeningView, TranscriptView
from core.access import Oversight, Principal, require_oversight
from core.storable import storable
from db import audit, oversight, transcripts
from db.oversight import ListPage, Wanted
from db.session import Database

log = structlog.get_logger(__name__)


class ConversationOversight:
    """What admins see of people's conversations, by ``FOOTNOTE_ADMIN_CONVERSATIONS``.

    Args:
        writes: of :class:`conversations.service.Conversations`, so that what was just written is read.
    """

    def __init__(self, database: Database, rule: Oversight, writes: GuardedWrites) -> None:
        self._database = database
        self._writes = writes
        self.rule = rule

    async def page(self, principal: Principal, wanted: Wanted, cursor: str | None) -> ListPage:
        """A page of the list. A search for words in people's texts is an event of the audit log.

        Raises:
            NotPermitted: not an admin, or the settings forbid it.
            Invalid: the cursor is not valid.
        """
        require_oversight(principal, self.rule)
        if wanted.words.strip() and cursor is None:
            async with self._database.transaction() as session:
                await audit.record(session, principal, "conversations.searched", note=wanted.words)
        async with self._database.reader() as session:
            return await oversight.page(session, principal, self.rule, wanted, cursor)

    async def models(self, principal: Principal) -> list[str]:
        """Models to choose from. Raises NotPermitted."""
        async with self._database.reader() as session:
            return await oversight.models(session, principal, self.rule)

    async def open(self, principal: Principal, thread_id: UUID, reason: str) -> None:
        """Record that the principal opens a conversation. Raises NotPermitted, NotFound, and Invalid without a reason that is needed."""
        async with self._database.transaction() as session:
            await oversight.open_conversation(session, principal, self.rule, thread_id, storable(reason))
        log.info("thread.opened", thread_id=str(thread_id), by=str(principal.user_id))

    async def transcript(
        self, principal: Principal, thread_id: UUID, cursor: str | None = None
    ) -> TranscriptView | None:
        """A part of a conversation; None when the principal has to say first why they open it.

        Raises:
            NotPermitted: not an admin, or the settings forbid it.
            NotFound: there is no such conversation.
        """
        await self._writes.lines.flush(thread_id)
        async with self._database.reader() as session:
            if await oversight.is_closed(session, principal, self.rule, thread_id):
                if self.rule is Oversight.REASON:
                    return None
                await self.open(principal, thread_id, "")
            return transcript_of(principal, await transcripts.read(session, principal, self.rule, thread_id, cursor))

    async def openings(self, principal: Principal, cursor: str | None = None) -> OpeningList:
        """By whom the principal's own conversations were opened. Raises Invalid for a cursor that is not valid."""
        async with self._database.reader() as session:
            rows, following = await oversight.openings(session, principal, cursor)
        return OpeningList(openings=tuple(_opening(*row) for row in rows), next_cursor=following)

    async def openings_of(self, principal: Principal, thread_id: UUID) -> OpeningList:
        """By whom one of the principal's conversations was opened lately. Raises NotFound."""
        async with self._database.reader() as session:
            rows = await oversight.openings_of_thread(session, principal, thread_id)
        return OpeningList(openings=tuple(_opening(*row) for row in rows[: oversight.PAGE]))


def _opening(row: Any, username: str | None) -> OpeningView:
    return OpeningView(thread_id=row.thread_id, opened_by=username, opened_at=row.opened_at, reason=row.reason)
