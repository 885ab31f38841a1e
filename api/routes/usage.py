"""Use of language models: the caller's, and for admins that of all people."""

from typing import Annotated

from fastapi import APIRouter, Query

from answers.ledger import EverybodysUsage, OwnUsage
from api.deps import LedgerDep
from web.deps import CurrentPrincipal

router = APIRouter(prefix="/api/usage")
Days = Annotated[int, Query(ge=1, le=366)]


@router.get("")
async def own(principal: CurrentPrincipal, ledger: LedgerDep, days: Days = 30) -> OwnUsage:
    """The caller's answers, tokens and cost per day and model, newest first."""
    return await ledger.own_usage(principal, days)


@router.get("/all")
async def everybody(
    principal: CurrentPrincipal,
    ledger: LedgerDep,
    days: Days = 30,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> EverybodysUsage:
    """Answers, tokens and cost per person, highest cost first."""
    return await ledger.everybodys_usage(principal, days, limit)
