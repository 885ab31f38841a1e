"""Who may no longer sign in, and who is no admin any more: never the last one."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, Role
from db import api_keys, audit, auth_sessions, password_links, users
from db.base import now


async def require_admin_stays(session: AsyncSession, user_id: UUID) -> None:
    """Raise Conflict when an installation without this person as an admin would have none who can sign in.

    Whoever else takes rights away waits until the transaction ends. Call it before the person's row is locked.
    """
    await users.lock_all(session)
    user = await users.get(session, user_id)
    if user is not None and user.role == Role.ADMIN.value and user.disabled_at is None:
        await users.require_other_admin(session, user_id)


async def disable(session: AsyncSession, actor: Principal | None, user_id: UUID) -> list[UUID]:
    """Disable a person, end their sign-ins and API keys, and take their link back; returns the sign-ins that have ended.

    Raises:
        Conflict: nobody else is an admin.
    """
    await require_admin_stays(session, user_id)
    await users.set_disabled(session, user_id, now())
    ended = await auth_sessions.revoke_all(session, user_id)
    await api_keys.revoke_all(session, user_id)
    await password_links.remove(session, user_id)
    await audit.record(session, actor, "user.disabled", audit.Target("user", user_id), {"sign_ins_ended": len(ended)})
    return ended


async def enable(session: AsyncSession, actor: Principal | None, user_id: UUID) -> None:
    """Let a disabled person sign in again; their sign-ins and keys stay ended."""
    await users.set_disabled(session, user_id, None)
    await audit.record(session, actor, "user.enabled", audit.Target("user", user_id))
