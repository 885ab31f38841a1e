"""Read-only links by which people show a conversation, as it was at that moment, to others of the same installation."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from answers.footnotes import opened
from answers.types import CitationView
from conversations.guarded import GuardedWrites
from conversations.sharing.document import Document, Reference, document_of
from conversations.sharing.links import path_of, share_id_of, token_of
from conversations.sharing.snapshot import NearestSource, Snapshot, SnapshotSource, take
from core.access import Principal, require_scope, scope_of
from core.errors import Conflict, NotFound
from core.rate_limit import RateLimiter
from core.settings import SharingSettings
from core.values import Frozen
from db import audit, chunks, documents, shares
from db.base import now
from db.models import AnswerSource, ConversationShare
from db.session import Database

SHARES_PER_HOUR = 60
OPENED_PER_MINUTE = 120
MOST_PER_THREAD = 20
HIDDEN = Reference("A document that is not open to you", is_hidden=True)


class ShareView(Frozen):
    """A link as its person sees it.

    Attributes:
        path: of the page, below the address of the installation.
        message_count: how many questions and answers it shows.
        expires_at: None: it works until it is revoked.
    """

    share_id: UUID
    thread_id: UUID
    title: str
    path: str
    message_count: int
    created_at: datetime
    expires_at: datetime | None


class ThreadShares(Frozen):
    """The links to a conversation; ``may_share`` is False where the installation has turned links off: those that exist do not open."""

    may_share: bool
    shares: tuple[ShareView, ...]


class ShareList(Frozen):
    """A page of the caller's links, the newest first. ``next_cursor`` leads to the next page; None on the last."""

    may_share: bool
    shares: tuple[ShareView, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class SharedConversation:
    """What a reader sees of a shared conversation.

    Attributes:
        by: name of the person who shares it.
        hidden: how many of its sources are in documents that the reader may not see.
    """

    document: Document
    by: str
    created_at: datetime
    expires_at: datetime | None
    hidden: int


class Shares:
    """Makes, lists, revokes and opens links.

    Args:
        writes: of :class:`conversations.service.Conversations`, whose pending writes are waited for.
        secret: that of the installation; signs the links.
    """

    def __init__(
        self, database: Database, writes: GuardedWrites, limiter: RateLimiter, settings: SharingSettings, secret: str
    ) -> None:
        self._database = database
        self._writes = writes
        self._limiter = limiter
        self._settings = settings
        self._secret = secret

    async def create(self, principal: Principal, thread_id: UUID, days: int | None) -> ShareView:
        """Share a conversation of the principal's as it is now.

        Args:
            days: how long the link works; None: until it is revoked.

        Raises:
            NotFound: no such conversation of theirs.
            Conflict: links are turned off here, or it has too many already.
            Invalid: nothing was said in it, or too much.
            LimitExceeded: too many links in an hour.
        """
        await self._writes.lines.flush(thread_id)
        async with self._database.transaction() as session:
            existing = await shares.of_thread(session, principal, thread_id)
            if not self._settings.links:
                raise Conflict("Links to conversations are turned off here.")
            if len(existing) >= MOST_PER_THREAD:
                raise Conflict(f"This conversation has {MOST_PER_THREAD} links already; revoke one of them first.")
            await self._limiter.hit(f"shares:{principal.user_id}", SHARES_PER_HOUR, 3600)
            snapshot = await take(session, principal, thread_id)
            share = await shares.create(
                session,
                principal,
                thread_id,
                title=snapshot.title,
                snapshot=snapshot.without_titles().model_dump(mode="json"),
                message_count=len(snapshot.messages),
                expires_at=now() + timedelta(days=days) if days else None,
            )
            details = {"share_id": str(share.id), "messages": len(snapshot.messages), "days": days}
            await audit.record(session, principal, "share.created", audit.Target("thread", thread_id), details)
            return self._view(share)

    async def of_thread(self, principal: Principal, thread_id: UUID) -> ThreadShares:
        """The links to a conversation of the principal's. Raises NotFound."""
        async with self._database.reader() as session:
            rows = await shares.of_thread(session, principal, thread_id)
        return ThreadShares(may_share=self._settings.links, shares=tuple(map(self._view, rows)))

    async def page(self, principal: Principal, *, limit: int, cursor: str | None = None) -> ShareList:
        """The principal's links. Raises Invalid for a cursor that is not valid."""
        async with self._database.reader() as session:
            found = await shares.page(session, principal, limit=limit, cursor=cursor)
        views = tuple(map(self._view, found.shares))
        return ShareList(may_share=self._settings.links, shares=views, next_cursor=found.cursor)

    async def revoke(self, principal: Principal, share_id: UUID, of_thread: UUID | None = None) -> None:
        """End a link of the principal's and delete what it showed.

        Args:
            of_thread: the conversation to which it has to belong; None: whichever.

        Raises:
            NotFound: no such link of theirs.
        """
        async with self._database.transaction() as session:
            thread_id = await shares.remove(session, principal, share_id)
            if of_thread not in (None, thread_id):
                raise NotFound("There is no such link.")
            target, details = audit.Target("thread", thread_id), {"share_id": str(share_id)}
            await audit.record(session, principal, "share.revoked", target, details)

    async def open(self, principal: Principal, token: str) -> SharedConversation:
        """A shared conversation, its sources as far as the principal may see their documents.

        Raises:
            NotFound: no such link, or it has ended, or links are turned off: all alike.
            LimitExceeded: too many pages in a minute.
        """
        await self._limiter.hit(f"shared:{principal.user_id}", OPENED_PER_MINUTE, 60)
        share_id, scope = self._share_id(principal, token), scope_of(principal)
        async with self._database.transaction() as session:
            share, by = await shares.find(session, share_id)
            snapshot = await asyncio.to_thread(Snapshot.model_validate, share.snapshot)
            titles = await documents.titles(session, scope, _documents_of(snapshot))
            cited = [source for message in snapshot.messages for source in message.sources]
            headings = await chunks.headings(session, scope, {source.chunk_id for source in cited})
            if share.user_id != principal.user_id:
                details = {"thread_id": str(share.thread_id), "owner": str(share.user_id)}
                await audit.record(session, principal, "share.opened", audit.Target("share", share_id), details)
        described = _Described(token, titles, headings)
        return SharedConversation(
            document=await asyncio.to_thread(document_of, snapshot, described),
            by=by,
            created_at=share.created_at,
            expires_at=share.expires_at,
            hidden=len({source.chunk_id for source in cited if source.document_id not in titles}),
        )

    async def citation(self, principal: Principal, token: str, answer_run_id: UUID, number: int) -> CitationView:
        """A source of a shared conversation.

        Raises:
            NotFound: no such link or source, or a document that the principal may not see.
        """
        await self._limiter.hit(f"shared:{principal.user_id}", OPENED_PER_MINUTE, 60)
        async with self._database.reader() as session:
            share, _ = await shares.find(session, self._share_id(principal, token))
            snapshot = await asyncio.to_thread(Snapshot.model_validate, share.snapshot)
            sources = (
                source
                for message in snapshot.messages
                if message.answer_run_id == answer_run_id
                for source in message.sources
            )
            source = next((source for source in sources if source.number == number), None)
            if source is None or source.document_id is None:
                raise NotFound("There is no such source.")
            return await opened(session, scope_of(principal), _row(source))

    def _share_id(self, principal: Principal, token: str) -> UUID:
        require_scope(principal)  # no API key opens a link
        if not self._settings.links:
            raise NotFound("There is no such page.")
        return share_id_of(self._secret, token)

    def _view(self, share: ConversationShare) -> ShareView:
        return ShareView(
            share_id=share.id,
            thread_id=share.thread_id,
            title=share.title,
            path=path_of(token_of(self._secret, share.id)),
            message_count=share.message_count,
            created_at=share.created_at,
            expires_at=share.expires_at,
        )


@dataclass(frozen=True, slots=True)
class _Described:
    """Says of a source what a reader may know: nothing but its number where they may not see the document."""

    token: str
    titles: Mapping[UUID, str]
    headings: Mapping[UUID, tuple[str, ...]]

    def __call__(self, answer_run_id: UUID | None, source: SnapshotSource | NearestSource) -> Reference:
        title = self.titles.get(source.document_id) if source.document_id else None
        if title is None:
            return HIDDEN
        if isinstance(source, NearestSource):
            return Reference(title, source.place)
        url = f"/cite/{answer_run_id}/{source.number}?share={self.token}"
        return Reference(title, source.place, self.headings.get(source.chunk_id, ()), url)


def _documents_of(snapshot: Snapshot) -> set[UUID]:
    cited = {source.document_id for message in snapshot.messages for source in message.sources if source.document_id}
    return cited | {one.document_id for message in snapshot.messages for one in message.nearest}


def _row(source: SnapshotSource) -> AnswerSource:
    """The source as a row of its answer run, which may be gone by now."""
    return AnswerSource(
        number=source.number,
        document_id=source.document_id,
        document_title=source.title,
        chunk_id=source.chunk_id,
        section=source.section,
        page=source.page,
        version=source.version,
        locator=source.locator,
        spans=[list(span) for span in source.spans],
        cited=True,
        support=source.support,
    )
