"""Many people at once, from a CSV file: all of them, or none."""

import asyncio
from dataclasses import dataclass
from uuid import UUID, uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.people.bulk import Problems, Row, read
from accounts.people.links import NewLink, PasswordLinks
from core.access import Principal, Role, require_admin, require_scope
from core.errors import Invalid
from core.settings import LimitSettings
from db import audit, groups, people
from db.session import Database

log = structlog.get_logger(__name__)

AT_A_TIME = 500  # people in one event of the audit log


@dataclass(frozen=True, slots=True)
class Preview:
    """What importing a file would do."""

    rows: tuple[Row, ...]
    problems: Problems

    @property
    def admins(self) -> int:
        """How many of the people would be admins."""
        return sum(row.fields.role is Role.ADMIN for row in self.rows)


class PeopleImport:
    """Imports people from files."""

    def __init__(self, database: Database, settings: LimitSettings, links: PasswordLinks) -> None:
        self._database = database
        self._settings = settings
        self._links = links

    async def preview(self, principal: Principal, text: str) -> Preview:
        """Check a file, and change nothing.

        Raises:
            NotPermitted: not an admin.
            Invalid: it is no table of people.
        """
        require_admin(principal)
        rows, problems = await asyncio.to_thread(read, text, self._settings.tier_names)
        async with self._database.reader() as session:
            found, _ = await self._checked(session, principal, rows, problems)
        return Preview(tuple(found), problems)

    async def run(self, principal: Principal, text: str) -> list[tuple[str, NewLink]]:
        """Create everybody in a file; returns names and one-time links, which are shown this once.

        Raises:
            NotPermitted: not an admin, or asked for with a key.
            Invalid: something in it is wrong; nobody was created.
            Conflict: somebody else created one of them at the same time; nobody was created.
        """
        require_scope(principal)
        require_admin(principal)
        rows, problems = await asyncio.to_thread(read, text, self._settings.tier_names)
        async with self._database.transaction() as session:
            rows, group_ids = await self._checked(session, principal, rows, problems)
            if problems.count:
                raise Invalid(f"{problems.count} lines are wrong, so nobody was created.")
            ids = {row.username: uuid4() for row in rows}
            columns = [
                {
                    "id": ids[row.username],
                    "username": row.username,
                    "role": row.fields.role.value,
                    **row.fields.columns,
                    "groups": [group_ids[name] for name in row.fields.groups],
                }
                for row in rows
            ]
            await people.create_many(session, principal, columns)
            made = await self._links.store(session, principal, list(ids.values()))
            await self._record(session, principal, rows, ids)
        log.info("user.imported", count=len(rows), by=str(principal.user_id))
        return [(row.username, made[ids[row.username]]) for row in rows]

    async def _checked(
        self, session: AsyncSession, principal: Principal, rows: list[Row], problems: Problems
    ) -> tuple[list[Row], dict[str, UUID]]:
        """The rows that can be created, and the ids of the groups by their names; adds to the problems."""
        taken = await people.names(session, principal, [row.username for row in rows])
        known = {group.name: group.id for group, _ in await groups.of_principal(session, principal)}
        right = []
        for row in rows:
            unknown = next((name for name in row.fields.groups if name not in known), None)
            if row.username in taken:
                problems.add(row.line, f"There is already a person named {row.username}.")
            elif unknown is not None:
                problems.add(row.line, f"There is no group named {unknown[:80]}. Create it first.")
            else:
                right.append(row)
        problems.told.sort()
        return right, known

    async def _record(self, session: AsyncSession, principal: Principal, rows: list[Row], ids: dict[str, UUID]) -> None:
        for start in range(0, len(rows), AT_A_TIME):
            batch = rows[start : start + AT_A_TIME]
            admins = [str(ids[row.username]) for row in batch if row.fields.role is Role.ADMIN]
            everybody = [str(ids[row.username]) for row in batch]
            await audit.record(session, principal, "user.imported", None, {"user_ids": everybody, "admins": admins})
