"""Model usage per person and day (UTC). Deleting a conversation does not reduce it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import ModelUsage, User


@dataclass(frozen=True, slots=True)
class Allowance:
    """A person's tier and the tokens spent on one day, which decide how much they may still ask."""

    tier: str
    tokens: int


async def add(
    session: AsyncSession,
    user_id: UUID,
    day: date,
    model: str,
    *,
    answers: int,
    input_tokens: int,
    output_tokens: int,
    cost_usd: Decimal,
) -> None:
    """Add to a person's usage of a model on a day."""
    spent = {
        "answers": answers,
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "cost_usd": cost_usd,
    }
    statement = insert(ModelUsage).values(day=day, user_id=user_id, model=model, **spent)
    sums = {name: ModelUsage.__table__.c[name] + statement.excluded[name] for name in spent}
    await session.execute(statement.on_conflict_do_update(index_elements=["day", "user_id", "model"], set_=sums))


async def allowance(session: AsyncSession, user_id: UUID, day: date) -> Allowance:
    """The person's tier, and the tokens of all models on a day."""
    tier, spent = (await session.execute(_allowance(), {"asker": user_id, "today": day})).one()
    return Allowance(tier, int(spent))


@cache
def _allowance() -> Select[str, int]:
    """Runs for every question, so the statement is cached."""
    tokens = (
        select(func.coalesce(func.sum(ModelUsage.input_tokens + ModelUsage.output_tokens), 0))
        .where(ModelUsage.user_id == bindparam("asker"), ModelUsage.day == bindparam("today"))
        .scalar_subquery()
    )
    return select(User.tier, tokens).where(User.id == bindparam("asker"))
