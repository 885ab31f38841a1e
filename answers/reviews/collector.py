"""Makes review items of the tables, in the background: no question waits for it."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import structlog

from core.access import Oversight
from core.retry import whenever
from core.settings import ReviewSettings
from db import review_sources
from db.lookout import Lookout
from db.review_items import Kind
from db.review_sources import BATCH, Asked, Found, Source
from db.session import Database
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.scale import SimilarityScale
from rag.index.live import LiveIndex

log = structlog.get_logger(__name__)

NET_S = 600.0  # without anything new: it looks all the same
RECENT_S = 120.0  # what is newer may not be looked through yet
AGAIN_S = 5.0  # after a failure
TASK = 0x5EC7_0017  # of the advisory lock: one process at a time
TOGETHER = 64  # questions that are embedded at once
COMPARED = 5000  # newest items that a new one is compared with
NEAREST = 5  # of which the likeness is looked at
ALIKE = 0.75  # on the scale common to all embedding models: above most pairs that are only on one subject

Vector = np.ndarray[Any, np.dtype[np.float32]]


class ReviewCollector:
    """Looks through answer runs and ratings for what an admin should see, and groups the items whose questions mean the same.

    Args:
        conversations: with ``off``, only what was sent to the admins is grouped: a group would tell what else was asked.
    """

    def __init__(
        self,
        database: Database,
        live: LiveIndex,
        settings: ReviewSettings,
        conversations: Oversight = Oversight.REASON,
    ) -> None:
        self._database = database
        self._live = live
        self._only_sent = conversations is Oversight.OFF
        wanted: dict[Kind, bool] = {
            "thumbs_down": settings.thumbs_down,
            "comment": settings.comments,
            "refused": settings.refused,
            "unsupported": settings.unsupported,
            "failed": settings.failed,
        }
        self._kinds = [kind for kind, is_on in wanted.items() if is_on]

    async def collect_always(self, lookout: Lookout) -> None:
        """Collect until cancelled, whenever there may be something new."""
        new = asyncio.Event()
        lookout.when(review_sources.some_new(RECENT_S, only_sent=self._only_sent), new.set)
        await whenever("reviews.not_collected", self.collect, new, NET_S, AGAIN_S)

    async def collect(self) -> int:
        """Make the items that are not there yet; returns how many are new or have changed. Nothing where another process does it now."""
        async with self._database.advisory_lock(TASK) as is_alone:
            if not is_alone:
                return 0
            count = await self._look_through("runs", review_sources.runs)
            count += await self._look_through("feedback", review_sources.ratings)
            if count:
                log.info("review.collected", items=count)
            while await self._group_some():
                pass
        return count

    async def _look_through(self, source: Source, rows: Callable[..., Coroutine[Any, Any, list[Found]]]) -> int:
        async with self._database.reader() as session:
            since, after, count = await review_sources.begin(session, source), None, 0
        while True:
            async with self._database.transaction() as session:
                found = await rows(session, self._kinds, since, after)
                if not found:
                    return count
                count += await review_sources.add(session, found)
                since, after = found[-1].at, found[-1].row_id
                await review_sources.set_mark(session, source, since)
            if len(found) < BATCH:
                return count

    async def _group_some(self) -> bool:
        """Group the oldest items that have no vector yet; False when there are none, or no model is there."""
        if self._live.current is None:
            return False
        async with self._database.reader() as session:
            asked = await review_sources.ungrouped(session, TOGETHER, only_sent=self._only_sent)
        if not asked:
            return False
        async with self._live.use() as index_version:
            embeddings = index_version.embeddings
            vectors = await embeddings.aembed_later([one.question for one in asked])
            model = model_of(embeddings)
            async with self._database.reader() as session:
                known = await review_sources.grouped(session, model, COMPARED)
            placed = await asyncio.to_thread(grouped, asked, vectors, known, embeddings.scale)
        async with self._database.transaction() as session:
            for one in placed:
                await review_sources.set_group(session, one, model)
        return len(asked) == TOGETHER


def model_of(embeddings: FootnoteEmbeddings) -> str:
    """The name under which the vectors of a model are stored."""
    return " ".join(map(str, embeddings.identity))


def grouped(
    asked: Sequence[Asked], vectors: Sequence[Sequence[float]], known: Sequence[Asked], scale: SimilarityScale
) -> list[Asked]:
    """New items with their vectors, and with the group of the item that is most alike, known or new, if one is alike enough.

    Args:
        known: items with their vectors (float16, of length 1).
    """
    placed: list[Asked] = []
    others = list(known)
    matrix = [np.frombuffer(one.vector, dtype=np.float16).astype(np.float32) for one in known]
    for one, vector in zip(asked, vectors, strict=True):
        unit = _unit(vector)
        group_id = _group_of(one, unit, others, matrix, scale)
        placed.append(replace(one, group_id=group_id or one.group_id, vector=unit.astype(np.float16).tobytes()))
        others.append(placed[-1])
        matrix.append(unit)
    return placed


def _group_of(
    one: Asked, unit: Vector, others: Sequence[Asked], matrix: Sequence[Vector], scale: SimilarityScale
) -> Any:
    if not matrix:
        return None
    cosines = np.stack(matrix) @ unit
    nearest = np.argsort(-cosines)[:NEAREST]
    likeness = [
        (scale.likeness(float(cosines[place]), one.question, others[place].question), place) for place in nearest
    ]
    best, place = max(likeness)
    return others[place].group_id if best >= ALIKE else None


def _unit(vector: Sequence[float]) -> Vector:
    array = np.asarray(vector, dtype=np.float32)
    return array / (float(np.linalg.norm(array)) or 1.0)
