"""Quotas of a person: questions per minute, counted in Redis, and tokens per day, counted in PostgreSQL with their cost."""

from datetime import datetime, time, timedelta

from core.access import Principal
from core.errors import LimitExceeded
from core.rate_limit import RateLimiter, in_words
from core.settings import LimitSettings, Tier
from db import model_usage
from db.base import now
from db.session import Database

WINDOW_S = 60


class Quotas:
    """Decides whether a question may be asked, and whether a model may answer it."""

    def __init__(self, database: Database, limiter: RateLimiter, settings: LimitSettings) -> None:
        self._database = database
        self._limiter = limiter
        self._settings = settings

    async def admit(self, principal: Principal, questions: int = 1) -> str:
        """Count one question, or what costs as much as several; never more than a minute's limit.

        Returns:
            Why no model may answer it, as a sentence for the reader; empty when one may. Tokens are counted when an answer ends,
            so answers in progress are finished even when the tokens run out.

        Raises:
            LimitExceeded: too many questions in a minute; or the day's tokens are used up and the settings refuse questions then.
        """
        return await self._admit(principal, questions)

    async def admit_again(self, principal: Principal) -> str:
        """As :meth:`admit`, for a question that was counted before."""
        return await self._admit(principal, 0)

    async def _admit(self, principal: Principal, questions: int) -> str:
        moment = now()
        async with self._database.autocommit() as session:
            allowance = await model_usage.allowance(session, principal.user_id, moment.date())
        tier = self._settings.tier(allowance.tier)
        if questions:
            await self._count(principal, tier, questions)
        if not tier.tokens_per_day or allowance.tokens < tier.tokens_per_day:
            return ""
        left_s = seconds_to_midnight(moment)
        used_up = (
            f"Your {tier.tokens_per_day:,} tokens for today are used up; there are new ones in {in_words(left_s)}."
        )
        if self._settings.without_tokens == "refuse":
            raise LimitExceeded(used_up, retry_after_s=left_s)
        return used_up

    async def admit_search(self, principal: Principal) -> None:
        """Count one search: as many a minute as questions, counted apart. Raises LimitExceeded."""
        async with self._database.autocommit() as session:
            allowance = await model_usage.allowance(session, principal.user_id, now().date())
        limit = self._settings.tier(allowance.tier).questions_per_minute
        if limit:
            await self._limiter.hit(f"searches:{principal.user_id}", limit, WINDOW_S)

    async def _count(self, principal: Principal, tier: Tier, questions: int) -> None:
        if limit := principal.key_questions_per_minute:  # first: what it refuses does not count for the person
            await self._hit(f"key-questions:{principal.key_id}", limit, questions, is_key=True)
        if limit := tier.questions_per_minute:
            await self._hit(f"questions:{principal.user_id}", limit, questions)

    async def _hit(self, key: str, limit: int, count: int, *, is_key: bool = False) -> None:
        try:
            for _ in range(min(count, limit)):
                await self._limiter.hit(key, limit, WINDOW_S)
        except LimitExceeded as error:
            wait_s = error.retry_after_s or WINDOW_S
            questions = "1 question" if limit == 1 else f"{limit} questions"
            again = f"Please ask this one again in {in_words(wait_s)}."
            most = f"This API key may ask {questions} a minute." if is_key else f"You may ask {questions} a minute."
            message = f"{most} {again}"
            raise LimitExceeded(message, retry_after_s=wait_s) from error


def seconds_to_midnight(moment: datetime) -> float:
    """Seconds until the next day (UTC), when the token count starts again."""
    midnight = datetime.combine(moment.date() + timedelta(days=1), time(), moment.tzinfo)
    return (midnight - moment).total_seconds()
