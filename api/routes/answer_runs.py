"""One's own answers: what each went through, and telling the admins of one."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from answers.ledger import AnswerRunView
from answers.reviews import LONGEST_NOTE, Told
from api.deps import CurrentPrincipal, LedgerDep, ReviewsDep
from web.text import StorableText

router = APIRouter(prefix="/api/answer-runs")


class Note(BaseModel):
    """What the person adds for the admins."""

    note: Annotated[StorableText, Field(max_length=LONGEST_NOTE)] = ""


@router.get("/{answer_run_id}")
async def one(answer_run_id: UUID, principal: CurrentPrincipal, ledger: LedgerDep) -> AnswerRunView:
    """How an answer of one's own was found: its stages with their times, model, tokens and cost."""
    return await ledger.run(principal, answer_run_id)


@router.post("/{answer_run_id}/review", status_code=201, responses={200: {"model": Told}})
async def tell(
    answer_run_id: UUID, response: Response, principal: CurrentPrincipal, reviews: ReviewsDep, note: Note | None = None
) -> Told:
    """Show the question, its answer, the titles of the nearest documents and a note to the admins, once.

    201 the first time; afterwards 200, and what was sent stays as it is.
    """
    told, is_new = await reviews.tell(principal, answer_run_id, note.note if note else "")
    if not is_new:
        response.status_code = 200
    return told
