"""FastAPI dependencies of the HTTP API as types, such as ``AnswersDep``; what every door needs is in ``web.deps``."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query, Request

from accounts.groups import Groups
from accounts.keyed_requests import KeyedRequests
from accounts.members import Members
from accounts.service import Accounts
from answers.exercises.service import ExerciseService
from answers.ledger import Ledger
from answers.reviews import Reviews
from answers.search import PassageSearch
from answers.service import AnswerService
from conversations.oversight.service import ConversationOversight
from conversations.runs.service import Runs
from conversations.service import Conversations
from conversations.sharing.exports import Exports
from conversations.sharing.shares import Shares
from conversations.threads import Threads
from core.access import Principal
from core.errors import LimitExceeded
from core.rate_limit import RateLimiter
from ingestion.service import IngestionService
from ingestion.sources.service import DocumentSources
from rights.service import Rights
from web.deps import CurrentPrincipal, service

AccountsDep = Annotated[Accounts, service("accounts")]
AnswersDep = Annotated[AnswerService, service("answers")]
ConversationsDep = Annotated[Conversations, service("conversations")]
RunsDep = Annotated[Runs, service("runs")]
GroupsDep = Annotated[Groups, service("groups")]
SearchDep = Annotated[PassageSearch, service("search")]
OversightDep = Annotated[ConversationOversight, service("oversight")]
ThreadsDep = Annotated[Threads, service("threads")]
ExportsDep = Annotated[Exports, service("exports")]
SharesDep = Annotated[Shares, service("shares")]
KeyedRequestsDep = Annotated[KeyedRequests, service("keyed_requests")]
MembersDep = Annotated[Members, service("members")]
ExercisesDep = Annotated[ExerciseService, service("exercises")]
LedgerDep = Annotated[Ledger, service("ledger")]
ReviewsDep = Annotated[Reviews, service("reviews")]
IngestionDep = Annotated[IngestionService, service("ingestion")]
SourcesDep = Annotated[DocumentSources, service("sources")]
RightsDep = Annotated[Rights, service("rights")]
LimiterDep = Annotated[RateLimiter, service("limiter")]


ShareToken = Annotated[str | None, Query(max_length=100)]
"""The token of a shared conversation in which the citation stands; without it, the answer is the caller's own."""

Number = Annotated[int, Path(ge=-(2**31), lt=2**31)]
"""The number of a page, section or citation in an address; what PostgreSQL cannot hold is nobody's: 404."""

MOST_STREAMS = 50  # of one person in one process


async def stream_place(request: Request, principal: CurrentPrincipal) -> AsyncIterator[None]:
    """A place for an event stream, until its response is sent.

    Raises:
        LimitExceeded: the person has ``MOST_STREAMS`` open.
    """
    streams: Counter[UUID] = request.app.state.streams
    if streams[principal.user_id] >= MOST_STREAMS:
        raise LimitExceeded("Too many streams are open. Close some of them first.", retry_after_s=5)
    streams[principal.user_id] += 1
    try:
        yield
    finally:
        streams[principal.user_id] -= 1
        if streams[principal.user_id] <= 0:
            del streams[principal.user_id]


StreamPlace = Depends(stream_place)


def session_check(accounts: Accounts, principal: Principal) -> Callable[[], Awaitable[object]]:
    """A function that raises NotAuthenticated once the principal's sign-in or API key has ended, for long responses."""
    return partial(accounts.recheck, principal)
