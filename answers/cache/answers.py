"""The answer cache: finished answers, reused for the same question or one that means the same, within the same scope only.

An answer's key holds the fingerprint of the scope, the index version and everything that influences an answer, so a lookup cannot cross
these. A match is used only if the epochs of all libraries of the scope are unchanged, and if PostgreSQL still shows every one of its
sources to the asker, word for word. ``docs/adr/0014-caches.md`` explains why.
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

from answers.cache.cached_answer import CachedAnswer, row_print
from answers.cache.key import how_answers_are_made
from answers.cache.likeness.questions import is_same_question, normalised
from core.access import SearchScope
from core.cache import Cache, fingerprint
from core.settings import Settings
from db import chunks, libraries
from db.session import Database
from rag.events import CacheHit, Citations, Done, Sources
from rag.grounding.passage import Passage
from rag.index.live import IndexVersion, LiveIndex

log = structlog.get_logger(__name__)

ALIKE = 200  # questions of a scope that are compared; the oldest are dropped
LONGEST_ALIKE = 300  # characters; longer questions are only compared word for word
TRIES = 3  # similar questions whose answers are checked
SAME = (
    "version",
    "content_hash",
    "title",
    "document_id",
    "library_id",
)  # not the text: a source may have been expanded since


@dataclass(frozen=True, slots=True)
class CacheMatch:
    """A cached answer that fits a question.

    Attributes:
        similarity: of the question it was cached for; None when both have the same words.
    """

    answer: CachedAnswer
    hit: CacheHit
    similarity: float | None = None


OnMatch = Callable[[AsyncSession, CacheMatch], Awaitable[None]]
Near = tuple[float, str]  # similarity of a question, and the key of its answer


@dataclass(frozen=True, slots=True)
class _ScopeKey:
    """The key for the answers of one scope; a lookup in another scope never finds them."""

    scope: SearchScope
    index_version: IndexVersion
    key: str

    def of(self, question: str) -> str:
        return fingerprint(self.key, normalised(question))


class AnswerCache:
    """Stores good answers for a limited time."""

    def __init__(self, database: Database, cache: Cache, live: LiveIndex, settings: Settings) -> None:
        self._database = database
        self._live = live
        self._settings = settings.cache
        self._how = how_answers_are_made(settings)
        longest_s = max(settings.cache.answers_s, settings.cache.last_known_s)
        self._answers = cache.namespace("answers", longest_s)
        self._questions = cache.namespace("questions", longest_s)

    async def find(self, question: str, scope: SearchScope) -> CacheMatch | None:
        """The cached answer to a stand-alone question, if it is still valid; else None."""
        return await self.same(question, scope) or await self.alike(await self.near(question, scope), scope)

    async def same(self, question: str, scope: SearchScope, on_match: OnMatch | None = None) -> CacheMatch | None:
        """Like :meth:`find`, for the same words only.

        Args:
            on_match: records the use, in the transaction that checked that the answer is valid.
        """
        scope_key = self._scope_key(scope)
        if scope_key is None or not self._settings.answers_s:
            return None
        key = scope_key.of(question)
        answer = await self._get(key)
        match = None if answer is None else CacheMatch(answer, "exact")
        return match if match and await self._is_usable(scope_key, match, key, on_match) else None

    async def near(self, question: str, scope: SearchScope) -> list[Near]:
        """Keys of the answers to questions that mean the same, most similar first. This embeds the question."""
        scope_key = self._scope_key(scope)
        if scope_key is None or not self._settings.answers_s:
            return []
        try:
            return await self._alike(scope_key, question)
        except Exception as error:
            # The search meets the same error and reports it as the failure of the run, which has begun by then.
            log.warning("answer.not_looked_for", error=repr(error))
            return []

    async def alike(
        self, near: Sequence[Near], scope: SearchScope, on_match: OnMatch | None = None
    ) -> CacheMatch | None:
        """Like :meth:`find`, among the keys that :meth:`near` returned."""
        scope_key = self._scope_key(scope)
        if scope_key is None:
            return None
        for similarity, key in near:
            answer = await self._get(key)
            if answer is not None:
                match = CacheMatch(answer, "semantic", similarity)
                if await self._is_usable(scope_key, match, key, on_match):
                    return match
        return None

    def count(self, *, is_found: bool) -> None:
        """Count a lookup."""
        self._answers.note("hits" if is_found else "misses")

    async def store(
        self,
        question: str,
        scope: SearchScope,
        epochs: str,
        index_version: int,
        sources: Sources,
        check: Citations,
        done: Done,
    ) -> bool:
        """Store an answer if it is a good one: complete, cited, without unsupported sentences, not from a fallback.

        Args:
            question: stand-alone.
            epochs: of the libraries, read before the search.
            index_version: the one that was searched.

        Returns:
            False when it was not stored.
        """
        scope_key = self._scope_key(scope)
        is_whole = not done.fallback_used and not done.notice and done.cached is None
        is_good = check.citations and not check.unsupported and is_whole
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
        answer = CachedAnswer(question, sources, check, done.mode, done.model, index_version, epochs, rows, time.time())
        documents = {str(source.chunk.document_id) for source in sources.sources}
        await self._answers.put(scope_key.of(question), answer.as_value(), documents)
        await self._list(scope_key, question)
        return True

    async def earlier(
        self, scope: SearchScope, question: str, passages: Mapping[int, Passage]
    ) -> tuple[str, str | None] | None:
        """An earlier answer of a model, for when no model answers.

        It may be older than what :meth:`find` returns, and the libraries may have changed; its own sources may not.

        Returns:
            its text, with citations renumbered to these passages, and the model's name.
        """
        scope_key = self._scope_key(scope)
        if scope_key is None or not self._settings.last_known_s:
            return None
        for key in [scope_key.of(question), *(key for _, key in await self._alike(scope_key, question))]:
            answer = await self._get(key)
            if answer is None or answer.mode != "llm" or answer.age_s > self._settings.last_known_s:
                continue
            text = answer.renumbered(passages)
            async with self._database.autocommit() as session:
                if text is not None and await self._is_valid(session, scope_key, answer):
                    return text, answer.model
        return None

    async def _get(self, key: str) -> CachedAnswer | None:
        value = await self._answers.get(key, is_counted=False)
        return None if value is None else CachedAnswer.from_value(value)

    async def _is_usable(self, scope_key: _ScopeKey, match: CacheMatch, key: str, on_match: OnMatch | None) -> bool:
        answer = match.answer
        if answer.age_s > self._settings.answers_s:
            return False
        async with self._database.transaction() as session:
            if await epochs_of(session, scope_key.scope) != answer.epochs:  # a new document may hold a better answer
                self._answers.note("dropped")
                return False
            if await self._is_valid(session, scope_key, answer, is_held=on_match is not None):
                if on_match is not None:
                    await on_match(session, match)
                return True
        await self._answers.drop(key)
        return False

    async def _is_valid(
        self, session: AsyncSession, scope_key: _ScopeKey, answer: CachedAnswer, *, is_held: bool = False
    ) -> bool:
        """True when the asker may see every source, and each is unchanged."""
        if answer.index_version != scope_key.index_version.number:
            return False
        rows = await chunks.visible(session, scope_key.scope, answer.index_version, list(answer.rows), is_held=is_held)
        return {chunk_id: row_print(fields) for chunk_id, fields in rows.items()} == dict(answer.rows)

    async def _rows_of(self, scope_key: _ScopeKey, sources: Sources) -> dict[UUID, str] | None:
        """Fingerprints of the sources' rows; None when a row has changed since it was retrieved."""
        retrieved = {source.chunk.chunk_id: source.chunk for source in sources.sources}
        async with self._database.autocommit() as session:
            rows = await chunks.visible(session, scope_key.scope, scope_key.index_version.number, list(retrieved))
        is_same = rows.keys() == retrieved.keys() and all(
            rows[chunk_id][name] == getattr(chunk, name) for chunk_id, chunk in retrieved.items() for name in SAME
        )
        return {chunk_id: row_print(fields) for chunk_id, fields in rows.items()} if is_same else None

    async def _list(self, scope_key: _ScopeKey, question: str) -> None:
        """Add a question to its scope's list, which later questions are compared with."""
        if self._settings.similarity >= 1 or len(question) > LONGEST_ALIKE:
            return
        vector = _unit(await scope_key.index_version.embeddings.aembed_likeness(question)).astype(np.float16)
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
                index_version.embeddings.aembed_likeness(question), self._questions.listed(scope_key.key)
            )
        unit = _unit(vector)
        scale = scope_key.index_version.embeddings.scale
        listed_near = [
            (scale.likeness(cosine, question, item["question"]), item) for cosine, item in _similar(listed, unit)
        ]
        near = sorted((pair for pair in listed_near if pair[0] >= self._settings.similarity), key=lambda pair: -pair[0])
        keys: dict[str, float] = {}
        for similarity, item in near:
            if len(keys) < TRIES and item["key"] not in keys and is_same_question(question, item["question"]):
                keys[item["key"]] = similarity
        return [(similarity, key) for key, similarity in keys.items() if key != scope_key.of(question)]

    def _scope_key(self, scope: SearchScope) -> _ScopeKey | None:
        index_version = self._live.current
        if index_version is None or not self._answers.is_on:
            return None
        key = fingerprint(scope.fingerprint, self._how, index_version.number, index_version.embeddings.name)
        return _ScopeKey(scope, index_version, key)


async def epochs_of(session: AsyncSession, scope: SearchScope) -> str:
    """Fingerprint of the epochs of all libraries of a scope."""
    return fingerprint(*(f"{library_id}:{epoch}" for library_id, epoch in await libraries.epochs(session, scope)))


def _unit(vector: list[float]) -> np.ndarray[Any, np.dtype[np.float32]]:
    array = np.asarray(vector, dtype=np.float32)
    return array / (float(np.linalg.norm(array)) or 1.0)


def _similar(listed: list[Any], unit: np.ndarray[Any, np.dtype[np.float32]]) -> list[tuple[float, Any]]:
    """The listed questions, each with its cosine to a unit vector."""
    usable = [item for item in listed if len(item["vector"]) == 2 * unit.size]
    if not usable:
        return []
    vectors = np.frombuffer(b"".join(item["vector"] for item in usable), dtype=np.float16).reshape(len(usable), -1)
    scores = vectors.astype(np.float32) @ unit
    return [(float(score), item) for score, item in zip(scores, usable, strict=True)]
