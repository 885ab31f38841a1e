"""Asking the question of a review item again, to compare the new answer with the old one.

The new answer run belongs to the person who asked, in whose scope it is asked, but their history does not show it; the admin is charged.
"""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing, suppress
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from answers.askers import principal_of
from answers.endings import scope_of_run
from answers.footnotes import footnote
from answers.handle import RunHandle
from answers.reviews.service import Reviews
from answers.reviews.views import readable
from answers.service import AnswerService
from core.access import Principal, SearchScope, scope_of
from core.background import Background
from core.errors import Conflict, NotFound
from core.values import Frozen
from db import audit, repeats
from db.models import AnswerRun
from db.session import Database
from rag.types import Turn

log = structlog.get_logger(__name__)

EARLIER_TURNS = 6
DONE_WITHIN_S = 4.0  # then the answer is shown at once; else the page asks for it
GONE = "The conversation was deleted: its question cannot be asked again."
NO_ASKER = "The person who asked may not sign in any more, so that nothing can be asked on their behalf."
NO_SCOPE = "The person who asked may no longer see any of the documents that were searched."


class QuotedSource(Frozen):
    """A cited source: the quoted passage and nothing else of its document. ``quote`` is empty where its reader may not see it any more."""

    number: int
    title: str
    page: int | None = None
    locator: str | None = None
    quote: str = ""


class AnswerShown(Frozen):
    """An answer as an admin sees it.

    Attributes:
        state: ``queued | running | done | refused | stopped | error``.
        answer: without the numbers of sources; a remark such as ``[unsupported]`` follows sentences that have one.
        error: why it failed.
    """

    id: UUID
    state: str
    answer: str
    sources: tuple[QuotedSource, ...]
    error: str
    model: str | None
    created_at: datetime

    @property
    def is_over(self) -> bool:
        """True when nothing more comes."""
        return self.state not in ("queued", "running")


class Compared(Frozen):
    """The old and the new answer to the question of an item."""

    question: str
    old: AnswerShown
    new: AnswerShown


class ReviewAgain:
    """Asks questions of review items again."""

    def __init__(self, database: Database, reviews: Reviews, answers: AnswerService) -> None:
        self._database = database
        self._reviews = reviews
        self._answers = answers
        self._background = Background()

    async def start(self, principal: Principal, item_id: UUID) -> UUID:
        """Ask the question of an item again; returns the id of the new run, which may still be running.

        Raises:
            NotPermitted: not an admin.
            NotFound: no such item.
            Conflict: the conversation is not open to the admin or was deleted, or the person may no longer ask this.
            LimitExceeded: the admin has asked too much.
        """
        entry = await self._reviews.require_shown(principal, item_id)
        run_id = entry.item.answer_run_id
        async with self._database.transaction() as session:
            run = await session.get(AnswerRun, run_id) if run_id else None
            if run is None:
                raise Conflict(GONE)
            asker, scope = await _asker(session, run)
            history = await repeats.turns_before(session, asker, run.id, EARLIER_TURNS)
            handle = RunHandle()
            await audit.record(
                session, principal, "review.asked_again", audit.Target("review_item", item_id), {"run": str(handle.id)}
            )
        turns = [Turn(question=question, answer=answer) for question, answer in history]
        has_begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        task = self._background.start(self._ask(principal, asker, run, scope, turns, handle, has_begun))
        await has_begun
        await asyncio.wait({task}, timeout=DONE_WITHIN_S)
        log.info("review.asked_again", review_item_id=str(item_id), answer_run_id=str(handle.id))
        return handle.id

    async def compared(self, principal: Principal, item_id: UUID, run_id: UUID) -> Compared:
        """The old answer and the new one of a run that :meth:`start` returned.

        Raises:
            NotPermitted: not an admin.
            NotFound: no such item, or the run repeats another one.
            Conflict: the conversation is not open to the admin.
        """
        entry = await self._reviews.require_shown(principal, item_id)
        async with self._database.reader() as session:
            old = await session.get(AnswerRun, entry.item.answer_run_id) if entry.item.answer_run_id else None
            new = await session.get(AnswerRun, run_id)
            if old is None or new is None or new.repeats_run_id != old.id:
                raise NotFound("There is no such answer.")
            asker = await principal_of(session, old.user_id)
        return Compared(question=old.question, old=await self._answer(asker, old), new=await self._answer(asker, new))

    async def earlier(self, principal: Principal, item_id: UUID) -> list[tuple[UUID, datetime]]:
        """The runs that asked the question of an item again, newest first. Raises NotPermitted, NotFound, Conflict."""
        entry = await self._reviews.require_shown(principal, item_id)
        if entry.item.answer_run_id is None:
            return []
        async with self._database.reader() as session:
            return await repeats.of_run(session, entry.item.answer_run_id)

    async def close(self) -> None:
        """Stop what is unfinished, and wait until it is stored."""
        self._background.cancel()
        await self._background.drain()

    async def _ask(
        self,
        admin: Principal,
        asker: Principal,
        run: AnswerRun,
        scope: SearchScope,
        history: Sequence[Turn],
        handle: RunHandle,
        has_begun: "asyncio.Future[None]",
    ) -> None:
        events = self._answers.repeat(admin, asker, run, scope, history, handle)
        try:
            async with aclosing(events):
                async for _ in events:
                    if not has_begun.done():
                        has_begun.set_result(None)
        except Exception as error:
            if has_begun.done():
                raise
            has_begun.set_exception(error)

    async def _answer(self, asker: Principal | None, run: AnswerRun) -> AnswerShown:
        return AnswerShown(
            id=run.id,
            state=run.state,
            answer=readable(run.answer),
            sources=await self._quotes(asker, run.id),
            error=run.error or "",
            model=run.model,
            created_at=run.created_at,
        )

    async def _quotes(self, asker: Principal | None, run_id: UUID) -> tuple[QuotedSource, ...]:
        """The cited passages as the person who asked may see them now; an admin sees no more of the documents than that."""
        async with self._database.reader() as session:
            cited = await repeats.cited_titles(session, run_id)
        found = []
        for number, title, page, locator in cited:
            quote = ""
            if asker is not None:
                with suppress(NotFound):
                    quote = (await footnote(self._database, asker, run_id, number)).quote
            found.append(QuotedSource(number=number, title=title, page=page, locator=locator, quote=quote))
        return tuple(found)


async def _asker(session: AsyncSession, run: AnswerRun) -> tuple[Principal, SearchScope]:
    """Who asked, and what of the scope of their question they may see now. Raises Conflict."""
    asker = await principal_of(session, run.user_id)
    if asker is None:
        raise Conflict(NO_ASKER)
    asked = scope_of_run(run)
    scope = scope_of(asker, asked.document_ids, asked.library_ids)
    if not scope.library_ids:
        raise Conflict(NO_SCOPE)
    return asker, scope
