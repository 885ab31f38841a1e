"""Index versions in this process: opens the live one, notices a switch, drops retired ones."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from core.errors import StartupFailed, UpstreamUnavailable
from db import index_versions
from db.models import IndexVersionRow
from db.session import Database
from ingestion.indexing.recipe import Recipe
from rag.embedding import recipe
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.pairs import OwnPair, adjusted, languages_of
from rag.embedding.scale import AS_IT_IS
from rag.index import ChunkIndex
from rag.index.live import IndexVersion, LiveIndex

log = structlog.get_logger(__name__)

DROPPING = 0x466F6F7503  # one process at a time
GRACE_S = 300.0  # between a switch and the drop of the previous index version: other processes load models meanwhile
DUE = "The settings for embedding or cutting differ from those the search index was made with; run `footnote reindex`."

IndexOf = Callable[[int], ChunkIndex]


class IndexVersions:
    """Opens and closes index versions.

    Args:
        index_of: number of an index version → its index, not opened.
        recipe: how the present settings make an index version.
    """

    def __init__(self, database: Database, live: LiveIndex, index_of: IndexOf, recipe: Recipe) -> None:
        self._database = database
        self._live = live
        self._index_of = index_of
        self.recipe = recipe
        self.notice: str | None = None
        self._retiring: dict[int, asyncio.Task[None]] = {}
        self._is_named = False
        self._loaded: dict[int, FootnoteEmbeddings] = {}  # by number; loaded, but the index did not answer yet

    async def open_live(self) -> None:
        """Open the live index version, with the model it was made with, even if the settings name another.

        Raises:
            StartupFailed: its model or its index cannot be opened.
            UpstreamUnavailable: a server does not answer.
        """
        row = await self._live_row()
        if self._live.current is not None and self._live.current.number == row.number:
            return
        try:
            await self.answer_with(await self.open(row))
        except StartupFailed as error:
            if self.recipe.is_of(row):
                raise
            raise StartupFailed(
                f"{error.message} The search index was made with it: set it again, or stop and run `footnote reindex`."
            ) from error
        self.notice = None if self.recipe.is_of(row) else DUE
        if self.notice is not None:
            log.warning("index.reindex_due", made_with=row.model, chunking=row.chunking)

    async def open(self, row: IndexVersionRow) -> IndexVersion:
        """Open an index version for searching and writing. Raises StartupFailed, UpstreamUnavailable."""
        embeddings = self._loaded.pop(row.number, None) or self.recipe.embeddings_of(row)
        current = self._live.current
        if current is not None and current.embeddings.identity == embeddings.identity:
            embeddings = current.embeddings  # one copy of a model is enough
        await asyncio.to_thread(embeddings.load)
        index = self._index_of(row.number)
        try:
            await index.open(embeddings.dimension, model=embeddings.name)
        except UpstreamUnavailable:
            self._loaded[row.number] = embeddings
            await index.close()
            raise
        index_version = IndexVersion(row.number, embeddings, index, self.recipe.chunking_of(row))
        if row.model is None or row.dimension is None or "scale" not in row.embedding:
            await self._describe(row.number, embeddings)
        return index_version

    async def answer_with(self, index_version: IndexVersion) -> None:
        """Answer from an index version from the next question on; the previous one is closed after its last use.

        Its collection also gets the name for outside tools. Only they use it, so a server that fails to set it stops nothing.
        """
        before = self._live.switch_to(index_version)
        log.info("index.live", index_version=index_version.number, model=index_version.embeddings.name)
        if before is not None and before.number != index_version.number:
            task = asyncio.create_task(self._retire(before, index_version))
            self._retiring[before.number] = task
            task.add_done_callback(lambda _: self._retiring.pop(before.number))
        await self._name(index_version)

    async def calibrate(self, pairs: Sequence[OwnPair] | None) -> list[str]:
        """Measure the model of the live index version anew; its similarities are on that scale from then on.

        Args:
            pairs: one's own; None: those of the product.

        Returns:
            the languages that were measured.

        Raises:
            Invalid: the pairs do not tell enough.
        """
        row = await self._live_row()
        embeddings = self.recipe.embeddings_of(row)
        embeddings.scale = AS_IT_IS  # not the one that is kept: its own, by the pairs of the product
        await asyncio.to_thread(embeddings.load)
        if pairs is not None:
            embeddings.scale = await asyncio.to_thread(adjusted, embeddings.scale, pairs, embeddings.embed)
        await self._describe(row.number, embeddings)
        await asyncio.to_thread(embeddings.close)
        return languages_of(pairs)

    async def notice_switch(self) -> None:
        """Switch when another index version is live by now, or its model was measured anew."""
        row = await self._live_row()
        current = self._live.current
        if current is not None and current.number == row.number:
            scale = recipe.scale_of(row.embedding)
            if scale.pairs and scale.pairs != current.embeddings.scale.pairs:
                current.embeddings.scale = scale
        if current is not None and current.number != row.number:
            await self.answer_with(await self.open(row))
            self.notice = None if self.recipe.is_of(row) else DUE

    async def drop_retired(self, grace_s: float = GRACE_S) -> list[int]:
        """Remove index versions that were retired for ``grace_s`` seconds, with their contents; returns their numbers."""
        dropped = await self._drop_older_than(grace_s)
        if self._live.current is not None and not self._is_named:
            await self._name(self._live.current)
        return dropped

    async def close(self) -> None:
        """Close all open indexes and models."""
        for task in list(self._retiring.values()):
            task.cancel()
        await asyncio.gather(*self._retiring.values(), return_exceptions=True)
        await self._live.close()
        for embeddings in self._loaded.values():
            await asyncio.to_thread(embeddings.close)

    async def _retire(self, index_version: IndexVersion, successor: IndexVersion) -> None:
        try:
            await self._live.wait_until_unused(index_version.number)
        finally:
            if index_version.embeddings is not successor.embeddings:
                await asyncio.to_thread(index_version.embeddings.close)
            await index_version.index.close()

    async def _drop_older_than(self, grace_s: float) -> list[int]:
        async with self._database.reader() as session:
            old = await index_versions.retired(session, grace_s)
        dropped = [number for number in old if number not in self._retiring and not self._live.is_used(number)]
        if not dropped:
            return []
        async with self._database.advisory_lock(DROPPING) as is_alone:
            for number in dropped if is_alone else []:
                await self._drop(number)
            return dropped if is_alone else []

    async def _name(self, index_version: IndexVersion) -> None:
        """Give the collection its name. In older installations the first collection has it until it is dropped."""
        try:
            self._is_named = await index_version.index.take_name()
        except UpstreamUnavailable as error:
            self._is_named = False
            log.warning("index.not_named", index_version=index_version.number, error=repr(error.__cause__))

    async def _drop(self, number: int) -> None:
        index = self._index_of(number)
        await index.drop()
        await index.close()
        is_more = True
        while is_more:
            async with self._database.transaction() as session:
                is_more = await index_versions.remove_chunks(session, number)
        async with self._database.transaction() as session:
            await index_versions.forget(session, number)
        log.info("index.dropped", index_version=number)

    async def _live_row(self) -> IndexVersionRow:
        async with self._database.reader() as session:
            row = await index_versions.live(session)
        if row is None:
            raise StartupFailed("The database does not say which search index is in use.")
        return row

    async def _describe(self, number: int, embeddings: FootnoteEmbeddings) -> None:
        """Store how an index version is made, when its row does not say so: it is older than these columns, or new."""
        columns = self.recipe.columns | {"model": embeddings.name}
        async with self._database.transaction() as session:
            row = await index_versions.find(session, number)
            if row is not None and row.model is not None:
                columns = {"model": row.model, "embedding": row.embedding, "chunking": row.chunking}
            columns["embedding"] = {**columns["embedding"], **recipe.measured(embeddings)}
            await index_versions.describe(session, number, dimension=embeddings.dimension, **columns)
