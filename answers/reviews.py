"""Review items: questions that the documents did not answer, sent to the admins."""

from datetime import datetime
from uuid import UUID

import structlog

from core.access import Principal
from core.errors import Conflict, Invalid
from core.rate_limit import RateLimiter
from core.settings import LimitSettings
from core.values import Frozen
from db import answer_runs, review_items
from db.models import AnswerRun, ReviewItem
from db.review_items import Entry, ReviewKind, ReviewState
from db.session import Database
from rag.grounding.markers import UNSUPPORTED, parse

log = structlog.get_logger(__name__)

LONGEST_NOTE = 2000  # characters
WINDOW_S = 3600


class Told(Frozen):
    """What the person who sent a review item sees of it."""

    state: ReviewState
    created_at: datetime


class NearestTitle(Frozen):
    """A document that was named as near: its title and place, with no way to open it."""

    title: str
    page: int | None = None
    locator: str | None = None


class ReviewView(Frozen):
    """A review item as an admin sees it: what its sender chose to show, and nothing else of the conversation.

    Attributes:
        answer: what the person was answered, without numbers of sources; ``[unsupported]`` stands behind what is not.
            Empty, like ``nearest``, once the conversation was deleted.
        asked_by, done_by: names of people.
    """

    id: UUID
    kind: ReviewKind
    state: ReviewState
    question: str
    note: str
    answer: str
    nearest: tuple[NearestTitle, ...]
    asked_by: str
    created_at: datetime
    done_by: str | None = None
    done_at: datetime | None = None


class ReviewPage(Frozen):
    """Newest first; ``counts`` are those of all items, whatever state was asked for."""

    items: tuple[ReviewView, ...]
    next_cursor: str | None
    counts: dict[ReviewState, int]


class Reviews:
    """What people tell the admins."""

    def __init__(self, database: Database, limiter: RateLimiter, limits: LimitSettings) -> None:
        self._database = database
        self._limiter = limiter
        self._limits = limits

    async def tell(self, principal: Principal, run_id: UUID, note: str = "") -> tuple[Told, bool]:
        """Show an answer of one's own to the admins; whether that is new. A second time changes nothing.

        Raises:
            NotFound: not there, or someone else's.
            Conflict: its documents do support it, or it is not finished.
            Invalid: the note is too long.
            LimitExceeded: too many within the hour.
        """
        note = note.replace("\x00", "").strip()
        if len(note) > LONGEST_NOTE:
            raise Invalid(f"The note is longer than {LONGEST_NOTE} characters.")
        await self._limiter.hit(f"reviews:{principal.user_id}", self._limits.reviews_per_hour, WINDOW_S)
        async with self._database.transaction() as session:
            kind = kind_of(await answer_runs.get_owned(session, principal, run_id))
            if kind is None:
                raise Conflict("Only an answer that the documents do not give, or do not support, is for the admins.")
            item, is_new = await review_items.create(session, principal, run_id, kind=kind, note=note)
            told = told_of(item)
        if is_new:
            log.info("review.sent", review_item_id=str(item.id), answer_run_id=str(run_id), kind=kind)
        return told, is_new

    async def page(
        self, principal: Principal, state: ReviewState | None, *, limit: int, cursor: str | None = None
    ) -> ReviewPage:
        """What people sent, newest first.

        Raises:
            NotPermitted: for admins only.
            Invalid: the cursor is not one of ours.
        """
        async with self._database.reader() as session:
            entries, following = await review_items.page(session, principal, state=state, limit=limit, cursor=cursor)
            counts = await review_items.counts(session, principal)
        return ReviewPage(items=tuple(_view(entry) for entry in entries), next_cursor=following, counts=counts)

    async def settle(self, principal: Principal, item_id: UUID, state: ReviewState) -> None:
        """Mark an item as done, or open it again.

        Raises:
            NotPermitted: for admins only.
            NotFound: there is no such item.
        """
        async with self._database.transaction() as session:
            await review_items.settle(session, principal, item_id, state)
        log.info("review.settled", review_item_id=str(item_id), state=state)


def kind_of(run: AnswerRun) -> ReviewKind | None:
    """What may be told of an answer: that nothing answered, or that sentences are not supported; None: nothing."""
    if run.state == "refused":
        return "not_in_documents"
    return "unsupported" if run.state == "done" and run.unsupported_sentences else None


def told_of(item: ReviewItem) -> Told:
    """A stored item as its sender sees it."""
    state: ReviewState = "done" if item.state == "done" else "open"
    return Told(state=state, created_at=item.created_at)


def _view(entry: Entry) -> ReviewView:
    item = entry.item
    titles = ("title", "page", "locator")
    return ReviewView(
        id=item.id,
        kind="unsupported" if item.kind == "unsupported" else "not_in_documents",
        state=told_of(item).state,
        question=item.question,
        note=item.note,
        answer=_readable(entry.answer),
        nearest=tuple(NearestTitle(**{name: near.get(name) for name in titles}) for near in entry.nearest),
        asked_by=entry.asked_by,
        created_at=item.created_at,
        done_by=entry.done_by,
        done_at=item.done_at,
    )


def _readable(answer: str) -> str:
    """Without the numbers of sources, which open nothing for an admin."""
    return UNSUPPORTED.join(parse(part).bare for part in answer.split(UNSUPPORTED))
