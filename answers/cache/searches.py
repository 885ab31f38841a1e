"""The search cache: ids and scores of retrieved chunks, per scope, index version and epoch."""

from collections.abc import Sequence
from uuid import UUID

from answers.cache.key import how_answers_are_made
from core.access import SearchScope
from core.cache import Cache, CacheNamespace, fingerprint
from core.settings import Settings
from rag.retrieval.search_cache import SearchCacheOf
from rag.types import Hit


class SearchCaches:
    """Caches the searches of all people; only the same scope gets a cached search."""

    def __init__(self, cache: Cache, settings: Settings) -> None:
        self._namespace = cache.namespace("searches", settings.cache.retrieval_s)
        self._how = how_answers_are_made(settings)

    def within(self, scope: SearchScope, epochs: str, *, is_fresh: bool = False) -> SearchCacheOf | None:
        """The search cache of a scope; None when the cache is off.

        Args:
            epochs: of its libraries, read before the search.
            is_fresh: write to the cache, but do not read from it.
        """
        if not self._namespace.is_on:
            return None

        def of_index_version(number: int) -> "_Searches":
            return _Searches(self._namespace, fingerprint(scope.fingerprint, epochs, self._how, number), is_fresh)

        return of_index_version


class _Searches:
    """Implements :class:`rag.retrieval.search_cache.SearchCache`."""

    def __init__(self, namespace: CacheNamespace, scope_key: str, is_fresh: bool) -> None:
        self._namespace = namespace
        self._scope_key = scope_key
        self._is_fresh = is_fresh

    async def get(self, question: str) -> list[Hit] | None:
        cached = None if self._is_fresh else await self._namespace.get(fingerprint(self._scope_key, question))
        try:
            return None if cached is None else [Hit(UUID(bytes=key), score, near) for key, score, near in cached]
        except (TypeError, ValueError):
            return None

    def put_later(self, question: str, hits: Sequence[Hit]) -> None:
        value = [(hit.chunk_id.bytes, hit.score, hit.similarity) for hit in hits]
        self._namespace.put_later(fingerprint(self._scope_key, question), value)
