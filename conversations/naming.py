"""Conversations named by a language model, once their first question is answered. Until then, and without a model, a conversation is
named by that question (:mod:`conversations.titles`); a name that a person gave stays."""

from uuid import UUID

import structlog

from answers.quotas import Quotas
from answers.record import charge
from conversations.guarded import GuardedWrites
from conversations.titles import title_of
from core.access import Principal
from core.errors import FootnoteError
from core.rate_limit import RateLimiter
from core.settings import LimitSettings
from core.storable import storable
from db import answer_runs, threads
from db.models import AnswerRun
from db.session import Database
from rag.models.chain import MeteredCompleter, ModelChain
from rag.models.usage_meter import UsageMeter
from rag.types import Turn
from rag.writing.name import name_of

log = structlog.get_logger(__name__)


class Naming:
    """Names conversations.

    Args:
        chain: the models, of which the cheapest is asked; None: conversations keep the names that they have.
    """

    def __init__(
        self,
        database: Database,
        writes: GuardedWrites,
        limiter: RateLimiter,
        limits: LimitSettings,
        chain: ModelChain | None,
    ) -> None:
        self._database = database
        self._writes = writes
        self._quotas = Quotas(database, limiter, limits)
        self._chain = chain

    async def name(self, principal: Principal, answer_run_id: UUID) -> str | None:
        """Name the conversation of an answer that a model has just written, if it bears the name of this question still.

        Returns:
            The new name; None when it keeps the one that it has. A model that fails is no error, and a person whose tokens are used
            up has no name written.
        """
        if self._chain is None:
            return None
        try:
            return await self._name(principal, answer_run_id, self._chain)
        except FootnoteError as error:
            log.info("thread.not_named", answer_run_id=str(answer_run_id), error=error.message)
        return None

    async def _name(self, principal: Principal, answer_run_id: UUID, chain: ModelChain) -> str | None:
        async with self._database.reader() as session:
            run = await answer_runs.get_owned(session, principal, answer_run_id)
            thread = await threads.require(session, principal, run.thread_id) if run.thread_id else None
        before = title_of(run.question)
        if thread is None or thread.name != before or run.state != "done" or run.mode != "llm":
            return None
        name = storable(await self._asked(principal, run, chain))
        if not name or name == before:
            return None

        async def rename() -> bool:
            async with self._database.transaction() as session:
                return await threads.rename_from(session, principal, thread.id, before, name)

        return name if await self._writes.lines.run(thread.id, "thread.name", rename) else None

    async def _asked(self, principal: Principal, run: AnswerRun, chain: ModelChain) -> str:
        if await self._quotas.admit_again(principal):
            return ""
        meter = UsageMeter()
        try:
            turn = Turn(question=run.question, answer=run.answer)
            return await name_of(turn, MeteredCompleter(chain, meter))
        finally:
            async with self._database.transaction() as session:
                await charge(session, principal.user_id, meter.charges)
