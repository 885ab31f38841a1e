"""How much one person may ask: questions a minute, counted in Redis, and tokens a day, counted in PostgreSQL with what they cost."""

from datetime import datetime, time, timedelta

from core.access import Principal
from core.errors import LimitExceeded
from core.rate_limit import RateLimiter, in_words
from core.settings import LimitSettings
from core.tiers import Tier
from db import model_usage
from db.base import now
from db.session import Database

WINDOW_S = 60


class Quotas:
    """Says whether a question may be asked, and whether a model may answer it."""

    def __init__(self, database: Database, limiter: RateLimiter, settings: LimitSettings) -> None:
        self._database = database
        self._limiter = limiter
        self._settings = settings

    async def admit(self, principal: Principal) -> str:
        """Count one question.

        Returns:
            Why no model may answer it, as a sentence for the reader; empty when one may. Tokens are counted when an answer ends,
            so what is being written when they run out is written to its end.

        Raises:
            LimitExceeded: too many questions in a minute; or the day's tokens are used up, where the settings refuse then.
        """
        moment = now()
        async with self._database.autocommit() as session:
            found = await model_usage.allowance(session, principal.user_id, moment.date())
        tier = self._settings.tier(found.tier)
        await self._count(principal, tier)
        if not tier.tokens_per_day or found.tokens < tier.tokens_per_day:
            return ""
        left_s = seconds_to_midnight(moment)
        used_up = (
            f"Your {tier.tokens_per_day:,} tokens for today are used up; there are new ones in {in_words(left_s)}."
        )
        if self._settings.without_tokens == "refuse":
            raise LimitExceeded(used_up, retry_after_s=left_s)
        return used_up

    async def _count(self, principal: Principal, tier: Tier) -> None:
        limit = tier.questions_per_minute
        if not limit:
            return
        try:
            await self._limiter.hit(f"questions:{principal.user_id}", limit, WINDOW_S)
        except LimitExceeded as error:
            wait_s = error.retry_after_s or WINDOW_S
            message = f"You may ask {limit} questions a minute. Please ask this one again in {in_words(wait_s)}."
            raise LimitExceeded(message, retry_after_s=wait_s) from error


def seconds_to_midnight(moment: datetime) -> float:
    """Until the next day begins (UTC), which is when tokens are counted anew."""
    midnight = datetime.combine(moment.date() + timedelta(days=1), time(), moment.tzinfo)
    return (midnight - moment).total_seconds()
