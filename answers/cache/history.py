"""The turns of a conversation before a question. PostgreSQL decides which answer runs count; only their texts are cached.

A run that is over never changes, and its id is asked for each time: what is kept cannot be out of date, nor another's.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from answers.asked import Asked
from core.cache import CacheNamespace, fingerprint
from db import answer_runs
from rag.types import Turn

REMEMBERED_TURNS = 6


class Conversation:
    """The turns before a question.

    Args:
        namespace: where the words are kept; None: nowhere.
    """

    def __init__(self, namespace: CacheNamespace | None = None) -> None:
        self._namespace = namespace if namespace and namespace.is_on else None

    async def turns(self, session: AsyncSession, asked: Asked) -> list[Turn]:
        """The last exchanges of the asker's thread, oldest first; none outside a thread or in somebody else's."""
        if asked.thread_id is None:
            return []
        who, where, step_id = asked.principal, asked.thread_id, asked.question_step_id
        if self._namespace is None:
            runs = await answer_runs.history(session, who, where, limit=REMEMBERED_TURNS, before_step_id=step_id)
            return [Turn(question=run.question, answer=run.answer) for run in runs]
        run_ids = await answer_runs.history_ids(session, who, where, limit=REMEMBERED_TURNS, before_step_id=step_id)
        words = await self._words(session, asked, run_ids, self._namespace) if run_ids else {}
        return [Turn(question=words[run_id][0], answer=words[run_id][1]) for run_id in run_ids if run_id in words]

    async def _words(
        self, session: AsyncSession, asked: Asked, run_ids: list[UUID], namespace: CacheNamespace
    ) -> dict[UUID, tuple[str, str]]:
        """Question and answer of each run, from the namespace or, if one is missing there, all from PostgreSQL."""
        key = fingerprint(asked.principal.user_id.bytes, asked.thread_id.bytes if asked.thread_id else None)
        kept = await namespace.get(key, is_counted=False) or {}
        if all(run_id.hex in kept for run_id in run_ids):
            namespace.note("hits")
            return {run_id: (kept[run_id.hex][0], kept[run_id.hex][1]) for run_id in run_ids}
        namespace.note("misses")
        found = await answer_runs.turns(session, asked.principal, run_ids)
        namespace.put_later(key, {run_id.hex: turn for run_id, turn in found.items()})
        return found
