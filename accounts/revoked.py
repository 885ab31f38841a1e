"""Tells all processes which sign-ins have ended, so that they close what these have open."""

from collections.abc import Sequence
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from accounts import REVOKED_CHANNEL

log = structlog.get_logger(__name__)


async def announce(redis: Redis, session_ids: Sequence[UUID]) -> None:
    """Close the open sockets of sign-ins that have ended in the database already; without Redis they are closed later."""
    try:
        for session_id in session_ids:
            await redis.publish(REVOKED_CHANNEL, str(session_id))
    except (RedisError, OSError) as error:
        log.warning("sessions.revocation_unpublished", sessions=len(session_ids), error=repr(error))
