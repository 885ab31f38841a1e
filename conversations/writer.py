"""Changes to a person's threads within one transaction. ``values`` are attributes of the rows in ``db.conversation``."""

from collections.abc import Container, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.titles import title_of
from core.access import Principal
from db import elements, feedback, steps, threads


class Writer:
    """Makes the changes of one write.

    Args:
        principal: the owner; other people's threads are NotFound.
        deleted: ids that were just deleted; steps with these ids are not stored.
    """

    def __init__(self, session: AsyncSession, principal: Principal, deleted: Container[UUID]) -> None:
        self.principal = principal
        self._session = session
        self._deleted = deleted

    async def has_thread(self, thread_id: UUID) -> bool:
        """Whether a thread exists, of any owner."""
        return await threads.owner(self._session, thread_id) is not None

    async def begin_thread(self, thread_id: UUID, question: str) -> None:
        """Create a thread unless it exists, and name it by its first question unless it has a name."""
        await threads.ensure(self._session, self.principal, thread_id)
        await threads.name_once(self._session, self.principal, thread_id, title_of(question))

    async def rename_thread(self, thread_id: UUID, name: str) -> None:
        """Give a thread the name that the person chose. Raises NotFound, or Invalid when it is blank."""
        await threads.rename(self._session, self.principal, thread_id, name)

    async def describe_thread(
        self, thread_id: UUID, *, metadata: Mapping[str, Any], tags: Sequence[str] | None
    ) -> None:
        """Merge metadata (a None removes its key) and set tags, unless None. Raises NotFound."""
        await threads.describe(self._session, self.principal, thread_id, metadata=metadata, tags=tags)

    async def remove_thread(self, thread_id: UUID) -> list[UUID]:
        """Delete a thread with its contents; returns its id. Raises NotFound."""
        await threads.remove(self._session, self.principal, thread_id)
        return [thread_id]

    async def create_step(self, values: Mapping[str, Any]) -> None:
        """Store a new step, and its thread if that is new; an existing step is not changed. Raises NotFound."""
        if values["id"] not in self._deleted:
            title = title_of(values.get("output", "")) if values["type"] == "user_message" else None
            await steps.create(self._session, self.principal, values, title=title)

    async def put_step(self, values: Mapping[str, Any]) -> None:
        """Store a step, new or not, as it is now. Raises NotFound."""
        if values["id"] not in self._deleted:
            await steps.upsert(self._session, self.principal, values)

    async def remove_step(self, step_id: UUID) -> list[UUID]:
        """Delete a step with all below it; returns the deleted ids. Raises NotFound."""
        return await steps.remove(self._session, self.principal, step_id)

    async def put_element(self, values: Mapping[str, Any]) -> None:
        """Store an element as it is now. Raises NotFound."""
        await elements.upsert(self._session, self.principal, values)

    async def remove_element(self, element_id: UUID) -> None:
        """Delete an element. Raises NotFound."""
        await elements.remove(self._session, self.principal, element_id)

    async def rate(self, step_id: UUID, value: int, comment: str | None) -> UUID:
        """Store or replace the person's rating of an answer; see :func:`db.feedback.rate`."""
        return await feedback.rate(self._session, self.principal, step_id, value, comment)

    async def remove_rating(self, feedback_id: UUID) -> None:
        """Delete a rating. Raises NotFound."""
        await feedback.remove(self._session, self.principal, feedback_id)
