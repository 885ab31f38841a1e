"""What the libraries of a scope hold, in one query."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import SearchScope
from db.documents import is_within
from db.models import Document, Library


@dataclass(frozen=True, slots=True)
class LibrarySum:
    """A library with the numbers of its documents in each state, and the bytes of their present files."""

    library_id: UUID
    name: str
    created_at: datetime
    ready: int
    pending: int
    failed: int
    size_bytes: int

    @property
    def documents(self) -> int:
        """All documents."""
        return self.ready + self.pending + self.failed


async def of_scope(session: AsyncSession, scope: SearchScope) -> list[LibrarySum]:
    """The libraries of a scope, personal ones first, then by name; documents outside the scope are not counted."""
    states = [func.count().filter(Document.state == state) for state in ("ready", "pending", "failed")]
    size_bytes = func.coalesce(func.sum(Document.size_bytes), 0)
    statement = (
        select(Library.id, Library.name, Library.created_at, *states, size_bytes)
        .outerjoin(Document, and_(Document.library_id == Library.id, is_within(scope)))
        .where(Library.id.in_(scope.library_ids))
        .group_by(Library.id)
        .order_by(Library.personal_of.is_(None), Library.name, Library.id)
    )
    return [LibrarySum(*row[:3], *map(int, row[3:])) for row in await session.execute(statement)]
