"""What people have used: questions, tokens of models, and storage. Of oneself, or, for an admin, of anybody."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, require_admin
from db import storage_usage
from db.models import AnswerRun, ModelUsage
from db.storage_usage import Usage


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions that somebody asked, and the tokens that models took for them."""

    questions: int = 0
    tokens: int = 0


def _require(principal: Principal, user_ids: Collection[UUID]) -> None:
    if set(user_ids) - {principal.user_id}:
        require_admin(principal)


async def asked(
    session: AsyncSession, principal: Principal, user_ids: Collection[UUID], since: datetime
) -> dict[UUID, Asked]:
    """What each of these people asked since the beginning of a day (UTC); what an admin asked again is not theirs. Raises NotPermitted."""
    _require(principal, user_ids)
    runs = (
        select(AnswerRun.user_id, func.count())
        .where(AnswerRun.user_id.in_(user_ids), AnswerRun.created_at >= since, AnswerRun.repeats_run_id.is_(None))
        .group_by(AnswerRun.user_id)
    )
    spent = (
        select(ModelUsage.user_id, func.sum(ModelUsage.input_tokens + ModelUsage.output_tokens))
        .where(ModelUsage.user_id.in_(user_ids), ModelUsage.day >= since.date())
        .group_by(ModelUsage.user_id)
    )
    questions = {row[0]: int(row[1]) for row in await session.execute(runs)}
    tokens = {row[0]: int(row[1]) for row in await session.execute(spent)}
    return {user_id: Asked(questions.get(user_id, 0), tokens.get(user_id, 0)) for user_id in user_ids}


async def stored(session: AsyncSession, principal: Principal, user_ids: Collection[UUID]) -> dict[UUID, Usage]:
    """The files that each of these people brought; earlier versions count in the bytes. Raises NotPermitted."""
    _require(principal, user_ids)
    return await storage_usage.of_people(session, user_ids)
