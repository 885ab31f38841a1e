"""The answer cache: finished answers, reused for the same question or one that means the same, within the same scope only.

An answer's key holds the fingerprint of the scope, the index version and how answers are made, so that nothing else can be
found. What is found is given only if the epochs of all libraries of the scope are what they were, and if PostgreSQL still shows every
one of its sources to the asker, word for word. ``docs/adr/0014-caches.md`` tells why.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from answers.cache.cached_answer import KeptAnswer, row_print
from answers.cache.key import how_answers_are_made
from answers.cache.likeness import is_same_matter, normalised
from core.access import SearchScope
from core.cache import Cache, fingerprint
from core.settings import Settings
from db import chunks, libraries
from db.session import Database
from rag.events import CacheHit, Citations, Done, Sources
from rag.grounding.passage import Passage
from rag.index.live import IndexVersion, LiveIndex

log = structlog.get_logger(__name__)

ALIKE = 200  # questions of a scope that are compared; the oldest are forgotten
LONGEST_ALIKE = 300  # characters: longer questions are only compared word for word
TRIES = 3
SAME = ("version", "content_hash", "title", "document_id", "library_id")  # a source may have been widened meanwhile


@dataclass(frozen=True, slots=True)
class Found:
    """An answer that may be given now.

    Attributes:
        similarity: of the question that it was given to, when that had other words.
    """

    answer: KeptAnswer
    how: CacheHit
    similarity: float | None = None


Give = Callable[[AsyncSession, Found], Awaitable[None]]
Near = tuple[float, str]  # how similar the question was, and the key of its answer


@dataclass(frozen=True, slots=True)
class _ScopeKey:
    """The key under which the answers of a scope are kept; nothing of one scope is ever found from another."""

    scope: SearchScope
    index_version: IndexVersion
    key: str

    def of(self, question: str) -> str:
        return fingerprint(self.key, normalised(question))


class AnswerCache:
    """Keeps good answers for a while."""

    def __init__(self, database: Database, cache: Cache, live: LiveIndex, settings: Settings) -> None:
        self._database = database
        self._live = live
        self._settings = settings.cache
        self._how = how_answers_are_made(settings)
        longest_s = max(settings.cache.answers_s, settings.cache.last_known_s)
        self._answers = cache.namespace("answers", longest_s)
        self._questions = cache.namespace("questions", longest_s)

    async def find(self, question: str, scope: SearchScope) -> Found | None:
        """The answer to a stand-alone question that was given before and still holds; None when there is none."""
        return await self.same(question, scope) or await self.alike(await self.near(question, scope), scope)

    async def same(self, question: str, scope: SearchScope, give: Give | None = None) -> Found | None:
        """As :meth:`find`, to the same words only.

        Args:
            give: stores that it is given, in the transaction that has seen that it holds.
        """
        scope_key = self._scope_key(scope)
        if scope_key is None or not self._settings.answers_s:
            return None
        key = scope_key.of(question)
        kept = await self._get(key)
        found = None if kept is None else Found(kept, "exact")
        return found if found and await self._may_be_given(scope_key, found, key, give) else None

    async def near(self, question: str, scope: SearchScope) -> list[Near]:
        """Where answers to other words that mean the same are kept, the most similar first. The question is embedded for it."""
        scope_key = self._scope_key(scope)
        if scope_key is None or not self._settings.answers_s:
            return []
        try:
            return await self._alike(scope_key, question)
        except Exception as error:
            # The search will meet it too, and say it as a failure of the run, which has begun meanwhile.
            log.warning("answer.not_looked_for", error=repr(error))
            return []

    async def alike(self, near: Sequence[Near], scope: SearchScope, give: Give | None = None) -> Found | None:
        """As :meth:`find`, in the places that :meth:`near` named."""
        scope_key = self._scope_key(scope)
        if scope_key is None:
            return None
        for similarity, key in near:
            kept = await self._get(key)
            if kept is not None:
                found = Found(kept, "semantic", similarity)
                if await self._may_be_given(scope_key, found, key, give):
                    return found
        return None

    def count(self, *, is_found: bool) -> None:
        """Count a question that was looked for."""
        self._answers.note("hits" if is_found else "misses")

    async def keep(
        self,
        question: str,
        scope: SearchScope,
        epochs: str,
        index_version: int,
        sources: Sources,
        check: Citations,
        done: Done,
    ) -> bool:
        """Keep an answer, if it is a good one: complete, cited, nothing in it unsupported, by whom it should be.

        Args:
            question: stand-alone.
            epochs: of the libraries, from before the search.
            index_version: of the index that was searched.

        Returns:
            False when it was not kept.
        """
        scope_key = self._scope_key(scope)
        is_good = check.citations and not check.unsupported and not done.fallback_used and done.cached is None
        if (
            scope_key is None
            or scope_key.index_version.number != index_version
            or not is_good
            or not self._answers.is_on
        ):
            return False
        rows = await self._rows_of(scope_key, sources)
        if rows is None:
            return False
        kept = KeptAnswer(question, sources, check, done.mode, done.model, index_version, epochs, rows, time.time())
        documents = {str(source.chunk.document_id) for source in sources.sources}
        await self._answers.put(scope_key.of(question), kept.as_value(), documents)
        await self._list(scope_key, question)
        return True

    async def earlier(
        self, scope: SearchScope, question: str, passages: Mapping[int, Passage]
    ) -> tuple[str, str | None] | None:
        """What a model answered before, for when none answers: its text, citing by the numbers of these passages, and its name.

        It may be older than what :meth:`find` gives, and the libraries may have changed; its own sources may not.
        """
        scope_key = self._scope_key(scope)
        if scope_key is None or not self._settings.last_known_s:
            return None
        for key in [scope_key.of(question), *(key for _, key in await self._alike(scope_key, question))]:
            kept = await self._get(key)
            if kept is None or kept.mode != "llm" or kept.age_s > self._settings.last_known_s:
                continue
            text = kept.in_terms_of(passages)
            async with self._database.autocommit() as session:
                if text is not None and await self._still_holds(session, scope_key, kept):
                    return text, kept.model
        return None

    async def _get(self, key: str) -> KeptAnswer | None:
        value = await self._answers.get(key, is_counted=False)
        return None if value is None else KeptAnswer.from_value(value)

    async def _may_be_given(self, scope_key: _ScopeKey, found: Found, key: str, give: Give | None) -> bool:
        kept = found.answer
        if kept.age_s > self._settings.answers_s:
            return False
        async with self._database.transaction() as session:
            if await epochs_of(session, scope_key.scope) != kept.epochs:  # a new document may hold a better answer
                self._answers.note("dropped")
                return False
            if await self._still_holds(session, scope_key, kept, is_held=give is not None):
                if give is not None:
                    await give(session, found)
                return True
        await self._answers.drop(key)
        return False

    async def _still_holds(
        self, session: AsyncSession, scope_key: _ScopeKey, kept: KeptAnswer, *, is_held: bool = False
    ) -> bool:
        """True when every source may be shown to the asker and says what it said."""
        if kept.index_version != scope_key.index_version.number:
            return False
        shown = await chunks.shown(session, scope_key.scope, kept.index_version, list(kept.rows), is_held=is_held)
        return {chunk_id: row_print(fields) for chunk_id, fields in shown.items()} == dict(kept.rows)

    async def _rows_of(self, scope_key: _ScopeKey, sources: Sources) -> dict[UUID, str] | None:
        """What the rows say of the sources; None when one of them has changed since it was found."""
        found = {source.chunk.chunk_id: source.chunk for source in sources.sources}
        async with self._database.autocommit() as session:
            shown = await chunks.shown(session, scope_key.scope, scope_key.index_version.number, list(found))
        is_same = shown.keys() == found.keys() and all(
            shown[chunk_id][name] == getattr(chunk, name) for chunk_id, chunk in found.items() for name in SAME
        )
        return {chunk_id: row_print(fields) for chunk_id, fields in shown.items()} if is_same else None

    async def _list(self, scope_key: _ScopeKey, question: str) -> None:
        """Let questions that mean the same find this one."""
        if self._settings.similarity >= 1 or len(question) > LONGEST_ALIKE:
            return
        vector = _unit(await scope_key.index_version.embeddings.aembed_query(question)).astype(np.float16)
        item = {"question": question, "key": scope_key.of(question), "vector": vector.tobytes()}
        await self._questions.push(scope_key.key, item, ALIKE)

    async def _alike(self, scope_key: _ScopeKey, question: str) -> list[Near]:
        """Keys of questions that mean the same, with their similarity, nearest first."""
        if self._settings.similarity >= 1 or len(question) > LONGEST_ALIKE:
            return []
        async with self._live.use() as index_version:
            if index_version.number != scope_key.index_version.number:
                return []
            vector, listed = await asyncio.gather(
                index_version.embeddings.aembed_query(question), self._questions.listed(scope_key.key)
            )
        asked = _unit(vector)
        near = sorted(_similar(listed, asked, self._settings.similarity), key=lambda pair: -pair[0])
        keys: dict[str, float] = {}
        for similarity, item in near:
            if len(keys) < TRIES and item["key"] not in keys and is_same_matter(question, item["question"]):
                keys[item["key"]] = similarity
        return [(similarity, key) for key, similarity in keys.items() if key != scope_key.of(question)]

    def _scope_key(self, scope: SearchScope) -> _ScopeKey | None:
        index_version = self._live.current
        if index_version is None or not self._answers.is_on:
            return None
        key = fingerprint(scope.fingerprint, self._how, index_version.number, index_version.embeddings.name)
        return _ScopeKey(scope, index_version, key)


async def epochs_of(session: AsyncSession, scope: SearchScope) -> str:
    """One text for the epochs of all libraries of a scope."""
    return fingerprint(*(f"{library_id}:{epoch}" for library_id, epoch in await libraries.epochs(session, scope)))


def _unit(vector: list[float]) -> np.ndarray[Any, np.dtype[np.float32]]:
    found = np.asarray(vector, dtype=np.float32)
    return found / (float(np.linalg.norm(found)) or 1.0)


def _similar(listed: list[Any], asked: np.ndarray[Any, np.dtype[np.float32]], least: float) -> list[tuple[float, Any]]:
    """The listed questions that are near enough, each with its similarity."""
    usable = [item for item in listed if len(item["vector"]) == 2 * asked.size]
    if not usable:
        return []
    vectors = np.frombuffer(b"".join(item["vector"] for item in usable), dtype=np.float16).reshape(len(usable), -1)
    found = vectors.astype(np.float32) @ asked
    return [(float(found[scope_key]), usable[scope_key]) for scope_key in np.flatnonzero(found >= least)]
