"""The turns of a conversation before a question. PostgreSQL decides which answer runs count; only their texts are cached.

A finished run never changes, and the ids are queried each time, so cached texts are neither outdated nor another person's.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from answers.question import Question
from core.cache import CacheNamespace, fingerprint
from db import answer_runs
from rag.types import Turn

REMEMBERED_TURNS = 6


class Conversation:
    """Reads the turns before a question.

    Args:
        namespace: caches their texts; None: no cache.
    """

    def __init__(self, namespace: CacheNamespace | None = None) -> None:
        self._namespace = namespace if namespace and namespace.is_on else None

    async def turns(self, session: AsyncSession, question: Question) -> list[Turn]:
        """The last exchanges before a question, oldest first: those of the asker's thread, then those that came with the question."""
        return [*await self._of_thread(session, question), *question.history][-REMEMBERED_TURNS:]

    async def _of_thread(self, session: AsyncSession, question: Question) -> list[Turn]:
        """The last exchanges of the asker's thread; empty outside a thread and in someone else's."""
        if question.thread_id is None:
            return []
        principal, thread_id, step_id = question.principal, question.thread_id, question.question_step_id
        if self._namespace is None:
            runs = await answer_runs.history(
                session, principal, thread_id, limit=REMEMBERED_TURNS, before_step_id=step_id
            )
            return [Turn(question=run.question, answer=run.answer) for run in runs]
        run_ids = await answer_runs.history_ids(
            session, principal, thread_id, limit=REMEMBERED_TURNS, before_step_id=step_id
        )
        texts = await self._texts(session, question, run_ids, self._namespace) if run_ids else {}
        return [Turn(question=texts[run_id][0], answer=texts[run_id][1]) for run_id in run_ids if run_id in texts]

    async def _texts(
        self, session: AsyncSession, question: Question, run_ids: list[UUID], namespace: CacheNamespace
    ) -> dict[UUID, tuple[str, str]]:
        """Question and answer of each run: from the cache, or all from PostgreSQL when one is missing there."""
        key = fingerprint(question.principal.user_id.bytes, question.thread_id.bytes if question.thread_id else None)
        cached = await namespace.get(key, is_counted=False) or {}
        if all(run_id.hex in cached for run_id in run_ids):
            namespace.note("hits")
            return {run_id: (cached[run_id.hex][0], cached[run_id.hex][1]) for run_id in run_ids}
        namespace.note("misses")
        turns = await answer_runs.turns(session, question.principal, run_ids)
        namespace.put_later(key, {run_id.hex: turn for run_id, turn in turns.items()})
        return turns
