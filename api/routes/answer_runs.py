"""The caller's answer runs: how an answer was found, its events, ending it, and sending it to the admins."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, Field
from sse_starlette import ServerSentEvent

from answers.journal import Entry
from answers.ledger import AnswerRunView
from answers.reviews import LONGEST_NOTE, ReviewReceipt
from api.deps import AccountsDep, LedgerDep, ReviewsDep, RunsDep, StreamPlace, session_check
from api.described import EVENTS, of_kind
from api.events import open_stream
from conversations.runs.types import RunStatus
from core.errors import Invalid
from web.deps import CurrentPrincipal
from web.text import StorableText

router = APIRouter(prefix="/api/answer-runs")


LARGEST_NUMBER = 2**53
_DIGITS = 16


def encode(entry: Entry) -> ServerSentEvent:
    """A server-sent event named by its kind, with its number as id."""
    return ServerSentEvent(entry.json.decode(), event=entry.kind, id=str(entry.number))


class Note(BaseModel):
    """A person's note to the admins."""

    note: Annotated[StorableText, Field(max_length=LONGEST_NOTE)] = ""


@router.get("/{answer_run_id}")
async def one(answer_run_id: UUID, principal: CurrentPrincipal, ledger: LedgerDep) -> AnswerRunView:
    """How one of the caller's answers was found: its stages with their times, model, tokens and cost."""
    return await ledger.run(principal, answer_run_id)


@router.get("/{answer_run_id}/events", dependencies=[StreamPlace], response_class=Response, responses=EVENTS)
async def events(
    answer_run_id: UUID,
    principal: CurrentPrincipal,
    runs: RunsDep,
    accounts: AccountsDep,
    starting_after: Annotated[int, Query(ge=0, le=LARGEST_NUMBER)] = 0,
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
) -> Response:
    """The events of one of the caller's answers behind a number, as they happen; 204 when there are none and will be none.

    ``Last-Event-ID``, which browsers send when they connect again, goes before ``starting_after``.
    """
    after = starting_after if last_event_id is None else number_of(last_event_id)
    entries = await runs.follow(principal, answer_run_id, after)
    return await open_stream(entries, encode, recheck=session_check(accounts, principal))


def number_of(last_event_id: str) -> int:
    """The number of an event. Raises Invalid for what is none."""
    if not (last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) <= _DIGITS):
        raise Invalid("“Last-Event-ID” is not the number of an event.")
    return int(last_event_id)


@router.post("/{answer_run_id}/cancel")
async def cancel(answer_run_id: UUID, principal: CurrentPrincipal, runs: RunsDep) -> RunStatus:
    """End one of the caller's answers, wherever it is written; what was written stays. Nothing changes for one that has ended."""
    await runs.stop(principal, answer_run_id)
    return await runs.status(principal, answer_run_id)


@router.get("/{answer_run_id}/chart.svg", response_class=Response, responses=of_kind("image/svg+xml"))
async def chart(answer_run_id: UUID, principal: CurrentPrincipal, ledger: LedgerDep) -> Response:
    """The chart of one of the caller's answers that is a series of numbers; 404 for others."""
    return Response(await ledger.chart(principal, answer_run_id), media_type="image/svg+xml")


@router.post("/{answer_run_id}/review", status_code=201, responses={200: {"model": ReviewReceipt}})
async def tell(
    answer_run_id: UUID, response: Response, principal: CurrentPrincipal, reviews: ReviewsDep, note: Note | None = None
) -> ReviewReceipt:
    """Send the question, its answer, the titles of the nearest documents and a note to the admins, once.

    201 the first time; later 200, and what was sent is not changed.
    """
    receipt, is_new = await reviews.tell(principal, answer_run_id, note.note if note else "")
    if not is_new:
        response.status_code = 200
    return receipt
