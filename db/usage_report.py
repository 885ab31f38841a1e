"""Sums over ``model_usage``, for one person and for everybody."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, require_admin
from db.base import now
from db.models import ModelUsage, User


@dataclass(frozen=True, slots=True)
class Spent:
    """Number of answers, with their input and output tokens and their cost in US dollars."""

    answers: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal


async def own(session: AsyncSession, principal: Principal, days: int) -> list[tuple[date, str, Spent]]:
    """Per day (UTC) and model of the last ``days`` days, newest first; a day without answers is left out."""
    statement = (
        select(ModelUsage)
        .where(ModelUsage.user_id == principal.user_id, ModelUsage.day >= _first_day(days))
        .order_by(ModelUsage.day.desc(), ModelUsage.model)
    )
    rows = await session.scalars(statement)
    return [(row.day, row.model, Spent(row.answers, row.input_tokens, row.output_tokens, row.cost_usd)) for row in rows]


async def everybody(session: AsyncSession, principal: Principal, days: int, limit: int) -> list[tuple[str, Spent]]:
    """Each person's name and sum of the last ``days`` days, highest cost first; at most ``limit`` people.

    Raises:
        NotPermitted: the principal is no admin.
    """
    require_admin(principal)
    cost = func.sum(ModelUsage.cost_usd)
    tokens = func.sum(ModelUsage.input_tokens + ModelUsage.output_tokens)
    statement = (
        select(User.username, *_sums())
        .join(User, User.id == ModelUsage.user_id)
        .where(ModelUsage.day >= _first_day(days))
        .group_by(User.id)
        .order_by(cost.desc(), tokens.desc(), User.username)
        .limit(limit)
    )
    return [(row[0], Spent(int(row[1]), int(row[2]), int(row[3]), row[4])) for row in await session.execute(statement)]


def _sums() -> tuple[ColumnElement[Any], ...]:
    columns = (ModelUsage.answers, ModelUsage.input_tokens, ModelUsage.output_tokens, ModelUsage.cost_usd)
    return tuple(func.sum(column) for column in columns)


def _first_day(days: int) -> date:
    return now().date() - timedelta(days=days - 1)
