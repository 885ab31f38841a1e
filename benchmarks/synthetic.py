"""A synthetic library of any size: texts of invented words by topic, with vectors in clusters.

Every question has its own topic, whose chunks share its words and are near its vector, made by the real model. The rest of the
library is other topics. Chunks are rows in PostgreSQL, with documents and sections around them, and points in the index.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID, uuid4, uuid5

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from core.access import Principal
from db import chunks, documents, sections
from db.models import DocumentSection
from db.session import Database
from ingestion.documents.rows import chunk_row
from rag.index import ChunkIndex
from rag.types import Chunk

WORDS, TOPIC_WORDS, WORDS_PER_CHUNK = 20_000, 60, 125
TOPICAL = 0.35  # share of a chunk's words from its topic
NEARNESS = 0.8  # weight of a cluster's centre in a vector; the rest is noise
SECTION_CHUNKS, DOCUMENT_CHUNKS = 5, 50
SYLLABLES = [
    a + b for a in ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr") for b in "aeiou"
]


@dataclass(frozen=True, slots=True)
class Topic:
    """Words that belong together, and the centre of their vectors (length 1)."""

    words: tuple[str, ...]
    centre: NDArray[np.float64]


class Library:
    """Topics, and chunks about them.

    Args:
        asked: number of topics with a question.
        others: number of topics without one.
    """

    def __init__(self, asked: int, others: int, seed: int = 7) -> None:
        self._random = np.random.default_rng(seed)
        syllables = self._random.choice(SYLLABLES, (WORDS, 3))
        self._words = ["".join(row[: 2 + number % 2]) for number, row in enumerate(syllables)]
        weights = 1 / (np.arange(WORDS) + 10.0)
        self._below = np.cumsum(weights / weights.sum())  # share of the words up to each, for drawing them
        self._topics = [
            tuple(self._words[place] for place in self._random.integers(500, WORDS, TOPIC_WORDS))
            for _ in range(asked + others)
        ]
        self.questions = [
            f"What is said about {' '.join(words[:2])} and the {words[2]} {words[3]}?" for words in self._topics[:asked]
        ]

    def topics(self, vectors: Sequence[Sequence[float]]) -> list[Topic]:
        """All topics; those of the questions have the questions' ``vectors`` as centres."""
        dimension = len(vectors[0])
        others = self._random.standard_normal((len(self._topics) - len(vectors), dimension))
        centres = [np.asarray(vector) for vector in vectors] + [vector / np.linalg.norm(vector) for vector in others]
        return [Topic(words, centre) for words, centre in zip(self._topics, centres, strict=True)]

    def text(self, topic: Topic) -> str:
        """The text of a chunk: about 800 characters in sentences."""
        count = int(WORDS_PER_CHUNK * TOPICAL)
        common = np.searchsorted(self._below, self._random.random(WORDS_PER_CHUNK - count))
        words = [topic.words[place] for place in self._random.integers(0, TOPIC_WORDS, count)]
        words += [self._words[min(place, WORDS - 1)] for place in common]
        self._random.shuffle(words)
        lines = (" ".join(words[start : start + 12]).capitalize() for start in range(0, len(words), 12))
        return ". ".join(lines) + "."

    def vector(self, topic: Topic) -> list[float]:
        """A vector of length 1 near the topic's centre."""
        noise = self._random.standard_normal(len(topic.centre))
        mixed = NEARNESS * topic.centre + (1 - NEARNESS**2) ** 0.5 * noise / np.linalg.norm(noise)
        unit: list[float] = (mixed / np.linalg.norm(mixed)).tolist()
        return unit


async def fill(
    database: Database,
    index: ChunkIndex,
    principal: Principal,
    library: Library,
    vectors: Sequence[Sequence[float]],
    count: int,
) -> None:
    """Puts ``count`` chunks into a person's library."""
    topics = library.topics(vectors)
    for number in range(0, count, DOCUMENT_CHUNKS):
        title = f"Document {number // DOCUMENT_CHUNKS + 1}.md"
        made = list(_chunks(library, topics, principal.personal_library_id, uuid4(), title, number))
        async with database.transaction() as session:
            document, _ = await documents.create(
                session,
                principal,
                library_id=principal.personal_library_id,
                document_id=made[0].document_id,
                title=title,
                mime_type="text/markdown",
                size_bytes=sum(len(chunk.text) for chunk in made),
                sha256=sha256(title.encode()).hexdigest(),
                blob_key="documents/none",
            )
            document.state, document.chunk_count = "ready", len(made)
            await sections.put(session, document.id, _sections(made))
            await chunks.put(session, [chunk_row(chunk, 1) for chunk in made])
        on = [topics[_topic_of(chunk.index + number, len(topics))] for chunk in made]
        await index.upsert(made, [library.vector(topic) for topic in on])
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("ANALYZE documents, document_sections, chunks"))


def _topic_of(number: int, topics: int) -> int:
    """The topic of a chunk; neighbouring chunks have different topics, so that no question finds a whole section."""
    return number % topics


def _chunks(
    library: Library, topics: Sequence[Topic], library_id: UUID, document_id: UUID, title: str, first: int
) -> Iterator[Chunk]:
    start = 0
    for index in range(DOCUMENT_CHUNKS):
        text = library.text(topics[_topic_of(first + index, len(topics))])
        start = 0 if index % SECTION_CHUNKS == 0 else start
        content_hash = sha256(text.encode()).hexdigest()
        yield Chunk(
            chunk_id=uuid5(document_id, content_hash),
            document_id=document_id,
            library_id=library_id,
            title=title,
            index=index,
            text=text,
            section=1 + index // SECTION_CHUNKS,
            path=(f"Part {1 + index // SECTION_CHUNKS}",),
            char_start=start,
            char_end=start + len(text),
            content_hash=content_hash,
        )
        start += len(text) + 2


def _sections(made: Sequence[Chunk]) -> list[DocumentSection]:
    texts: dict[int, list[str]] = {}
    for chunk in made:
        texts.setdefault(chunk.section, []).append(chunk.text)
    return [DocumentSection(version=1, number=number, text="\n\n".join(parts)) for number, parts in texts.items()]
