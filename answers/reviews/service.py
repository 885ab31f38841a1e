"""Review items: answers that people send to the admins, or that need a look for another reason, and what the admins do about them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from answers.reviews.rule import Opened, none_opened, shown_ids
from answers.reviews.views import (
    ReviewDetail,
    ReviewPage,
    ReviewReceipt,
    ReviewState,
    change_view,
    kind_of,
    receipt_of,
    view_of,
)
from core.access import Oversight, Principal
from core.errors import Conflict, Invalid, PreconditionFailed
from core.rate_limit import RateLimiter
from core.settings import LimitSettings
from core.storable import storable
from db import answer_runs, audit, review_changes, review_items, review_page
from db.review_items import ENDED, OPEN, Entry
from db.review_page import ReviewFilter
from db.session import Database

log = structlog.get_logger(__name__)

LONGEST_NOTE = 2000  # characters
WINDOW_S = 3600
MOST_AT_ONCE = 500  # items of one change
OF_GROUP = ("state", "cause", "assignee_id", "reply")  # columns that a change of a whole group changes


@dataclass(frozen=True, slots=True)
class Changed:
    """How many of several items were changed, and how many were left alone because somebody else had changed them meanwhile."""

    changed: int = 0
    stale: int = 0


class Reviews:
    """Sends answers to the admins, and lists and changes review items for the admins.

    Args:
        opened: which conversations an admin has opened with a reason.

    Attributes:
        conversations: how far admins may look into conversations.
    """

    def __init__(
        self,
        database: Database,
        limiter: RateLimiter,
        limits: LimitSettings,
        conversations: Oversight = Oversight.REASON,
        opened: Opened = none_opened,
    ) -> None:
        self._database = database
        self._limiter = limiter
        self._limits = limits
        self.conversations = conversations
        self._opened = opened

    async def tell(self, principal: Principal, run_id: UUID, note: str = "") -> tuple[ReviewReceipt, bool]:
        """Send an answer of the principal to the admins. Sending it again changes nothing.

        Returns:
            the review item, and whether it is new.

        Raises:
            NotFound: no such answer, or someone else's.
            Conflict: its documents support it, or it is not finished.
            Invalid: the note is too long.
            LimitExceeded: too many within an hour.
        """
        note = _checked(note)
        await self._limiter.hit(f"reviews:{principal.user_id}", self._limits.reviews_per_hour, WINDOW_S)
        async with self._database.transaction() as session:
            kind = kind_of(await answer_runs.get_owned(session, principal, run_id))
            if kind is None:
                raise Conflict("Only an answer that the documents do not give, or do not support, is for the admins.")
            item, is_new = await review_items.create(session, principal, run_id, kind=kind, note=note)
            receipt = receipt_of(item)
        assert receipt is not None
        if is_new:
            log.info("review.sent", review_item_id=str(item.id), answer_run_id=str(run_id), kind=kind)
        return receipt, is_new

    async def page(
        self,
        principal: Principal,
        state: ReviewState | None = None,
        wanted: ReviewFilter | None = None,
        *,
        limit: int,
        cursor: str | None = None,
    ) -> ReviewPage:
        """A page of review items, newest first.

        Args:
            state: ``open`` or ``done``, in place of the states of the filter.

        Raises:
            NotPermitted: not an admin.
            Invalid: not a cursor of this list.
        """
        wanted = wanted or ReviewFilter()
        if state is not None:
            wanted = replace(wanted, states=OPEN if state == "open" else ENDED)
        async with self._database.reader() as session:
            entries, next_cursor = await review_page.page(session, principal, wanted, limit=limit, cursor=cursor)
            groups = [entry.item.group_id for entry in entries]
            sizes = await review_page.sizes(session, principal, wanted, groups)
            statuses = await review_page.counts(session, principal, wanted)
            shown = await self._shown(session, principal, entries)
        items = tuple(
            view_of(entry, is_shown=entry.item.id in shown, alike=max(sizes.get(entry.item.group_id, 1) - 1, 0))
            for entry in entries
        )
        counts: dict[ReviewState, int] = {
            "open": sum(statuses[state] for state in OPEN),
            "done": sum(statuses[state] for state in ENDED),
        }
        return ReviewPage(items=items, next_cursor=next_cursor, counts=counts, statuses=statuses)

    async def item(self, principal: Principal, item_id: UUID) -> ReviewDetail:
        """One item with its history. That an admin saw a conversation which nobody sent goes into the audit log.

        Raises:
            NotPermitted: not an admin.
            NotFound: no such item.
        """
        async with self._database.transaction() as session:
            entry = await review_items.get(session, principal, item_id)
            is_shown = bool(await self._shown(session, principal, [entry]))
            alike = await review_items.group_ids(session, principal, entry.item.group_id)
            changes = await review_changes.history(session, principal, item_id)
            if is_shown and "told" not in entry.item.kinds:
                await audit.record(session, principal, "review.opened", _target(item_id))
        others = len(set(alike) - {item_id})
        item = view_of(entry, is_shown=is_shown, alike=others)
        return ReviewDetail(item=item, history=tuple(change_view(change) for change in changes))

    async def require_shown(self, principal: Principal, item_id: UUID) -> Entry:
        """An item whose question and answer the admin may see.

        Raises:
            NotPermitted: not an admin.
            NotFound: no such item.
            Conflict: the conversation has to be opened first.
        """
        async with self._database.reader() as session:
            entry = await review_items.get(session, principal, item_id)
            if not await self._shown(session, principal, [entry]):
                raise Conflict("The question and its answer are not open to you; open the conversation first.")
        return entry

    async def change(
        self,
        principal: Principal,
        item_id: UUID,
        wanted: Mapping[str, Any],
        *,
        version: int | None = None,
        with_group: bool = False,
    ) -> int:
        """Change an item.

        Args:
            wanted: new values of ``state``, ``verdict``, ``cause``, ``assignee`` (a name; empty: nobody), ``admin_note`` or ``reply``.
            version: the one that the admin saw; None: whatever it is now.
            with_group: also change the state, cause, assignee and reply of the items alike that are not ended.

        Returns:
            how many items were changed.

        Raises:
            NotPermitted: not an admin.
            NotFound: no such item.
            Invalid: a text is too long, or the assignee is no admin.
            PreconditionFailed: somebody changed it meanwhile; nothing is changed.
        """
        async with self._database.transaction() as session:
            columns = await self._columns(session, principal, wanted)
            count = await self._change(session, principal, item_id, columns, version)
            if with_group:
                count += await self._change_group(session, principal, item_id, columns)
        return count

    async def change_all(
        self,
        principal: Principal,
        items: Collection[tuple[UUID, int]],
        wanted: Mapping[str, Any],
        *,
        with_groups: bool = False,
    ) -> Changed:
        """Change several items, each with the version that the admin saw; those that somebody changed meanwhile are left alone.

        Args:
            with_groups: also change the items alike, as :meth:`change` does.

        Raises:
            NotPermitted: not an admin.
            Invalid: too many, or as in :meth:`change`.
            NotFound: one of them does not exist (any more): nothing is changed.
        """
        if len(items) > MOST_AT_ONCE:
            raise Invalid(f"At most {MOST_AT_ONCE} items can be changed at once.")
        changed = stale = 0
        async with self._database.transaction() as session:
            columns = await self._columns(session, principal, wanted)
            for item_id, version in sorted(items):
                try:
                    changed += await self._change(session, principal, item_id, columns, version)
                except PreconditionFailed:
                    stale += 1
                    continue
                if with_groups:
                    changed += await self._change_group(session, principal, item_id, columns)
        return Changed(changed, stale)

    async def settle(self, principal: Principal, item_id: UUID, state: ReviewState) -> None:
        """Mark an item as fixed (``done``), or open it again. What is so already does not change.

        Raises:
            NotPermitted: not an admin.
            NotFound: no such item.
        """
        async with self._database.reader() as session:
            entry = await review_items.get(session, principal, item_id)
        is_done = entry.item.state in ENDED
        if is_done != (state == "done"):
            await self.change(principal, item_id, {"state": "fixed" if state == "done" else "new"})

    async def admins(self, principal: Principal) -> list[str]:
        """Names of those to whom an item can be assigned. Raises NotPermitted."""
        async with self._database.reader() as session:
            return [name for _, name in await review_items.admins(session, principal)]

    async def after(self, principal: Principal, item_id: UUID) -> UUID | None:
        """The next open item. Raises NotPermitted, NotFound."""
        async with self._database.reader() as session:
            entry = await review_items.get(session, principal, item_id)
            return await review_page.after(session, principal, entry.item, OPEN)

    async def _change(
        self,
        session: AsyncSession,
        principal: Principal,
        item_id: UUID,
        columns: Mapping[str, Any],
        version: int | None = None,
    ) -> int:
        changed = await review_changes.change(session, principal, item_id, columns, version)
        if not changed:
            return 0
        details = {"changed": sorted(changed)} | ({"state": changed["state"][1]} if "state" in changed else {})
        await audit.record(session, principal, "review.changed", _target(item_id), details)
        log.info("review.changed", review_item_id=str(item_id), **details)
        return 1

    async def _change_group(
        self, session: AsyncSession, principal: Principal, item_id: UUID, columns: Mapping[str, Any]
    ) -> int:
        entry = await review_items.get(session, principal, item_id)
        alike = await review_items.group_ids(session, principal, entry.item.group_id)
        shared = {name: columns[name] for name in OF_GROUP if name in columns}
        others = [other for other in alike if other != item_id]
        return sum([await self._change(session, principal, other, shared) for other in others[:MOST_AT_ONCE]])

    async def _columns(self, session: AsyncSession, principal: Principal, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """What an admin wants, as columns. Raises NotPermitted, Invalid."""
        columns = {name: value for name, value in wanted.items() if name != "assignee"}
        for name in ("admin_note", "reply"):
            if name in columns:
                columns[name] = _checked(columns[name])
        if "assignee" in wanted:
            ids = {name: user_id for user_id, name in await review_items.admins(session, principal)}
            assignee = wanted["assignee"] or None
            if assignee is not None and assignee not in ids:
                raise Invalid(f"There is no admin named {assignee}.")
            columns["assignee_id"] = ids[assignee] if assignee else None
        return columns

    async def _shown(self, session: AsyncSession, principal: Principal, entries: Collection[Entry]) -> set[UUID]:
        return await shown_ids(session, principal, entries, self.conversations, self._opened)


def _target(item_id: UUID) -> audit.Target:
    return audit.Target("review_item", item_id)


def _checked(note: str) -> str:
    note = storable(note).strip()
    if len(note) > LONGEST_NOTE:
        raise Invalid(f"The note is longer than {LONGEST_NOTE} characters.")
    return note
