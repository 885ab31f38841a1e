"""A document read for its main points: its title, headings, topics, and which of its sentences say most."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from rag.compose.centrality import Embed, Ranked, ranked
from rag.compose.quotations import Quotation, points_elsewhere, quotations, scraps, speaks_of_itself
from rag.compose.topics import Heading, document_title, headings, topics
from rag.types import Chunk

EARLY_WEIGHT = 0.25  # how much more a sentence at the beginning tells what the whole is about
NO_LEAD = 0.25  # how much less thanks, references and licences do
SMALL_TOPIC = 0.25  # a topic of fewer sentences than this part of an even share is left out first
MOST_CHUNKS, BEGINNING_CHUNKS = 600, 60  # of a document, so that a book does not take longer than a report
FEW, MOST_SCRAPS = 3, 6  # with fewer sentences than that, other lines are quoted too


@dataclass(frozen=True, slots=True)
class Point:
    """What is quoted under a heading, which is empty where none is known."""

    heading: str
    quoted: tuple[Quotation, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """What was read of one document.

    Attributes:
        title: the heading above all of it, else its name without the ending.
        groups: heading → indexes into the ranked sentences, in reading order.
        scraps: other lines of a document that has hardly a sentence.
    """

    title: str
    headings: tuple[Heading, ...]
    ranked: Ranked
    groups: tuple[tuple[str, tuple[int, ...]], ...]
    scraps: tuple[Quotation, ...] = ()

    def leads(self, count: int) -> list[int]:
        """The sentences that tell best what the document is about, in reading order."""
        quoted, scores = self.ranked.quoted, self.ranked.scores
        last = max((one.place for one in quoted), default=0) + 1
        worth = {
            place: scores[place] + EARLY_WEIGHT * (1 - one.place / last) ** 2 - NO_LEAD * _says_little(one)
            for place, one in enumerate(quoted)
            if one.is_whole and one.kind == "prose"
        }
        found: list[int] = []
        for place in sorted(worth, key=lambda one: worth[one], reverse=True):
            if len(found) < count and not self.ranked.is_repetition(place, found):
                found.append(place)
        return sorted(found)

    def points(self, most: int, without: Sequence[int] = ()) -> list[Point]:
        """About ``most`` sentences by topic, in reading order, none of them among those already chosen."""
        shares = _shares([len(places) for _, places in self.groups], most)
        chosen, made = list(without), list[Point]()
        for (heading, places), share in zip(self.groups, shares, strict=True):
            found = self.ranked.best([place for place in places if self._is_whole(place)], share, chosen)
            chosen += found
            if found:
                made.append(Point(heading, tuple(self.ranked.quoted[place] for place in sorted(found))))
        return made

    def _is_whole(self, place: int) -> bool:
        return self.ranked.quoted[place].is_whole


def _says_little(one: Quotation) -> bool:
    return points_elsewhere(one) or speaks_of_itself(one)


async def digest(chunks: Sequence[Chunk], embed: Embed, most_embedded: int) -> Digest:
    """Reads the chunks of one document, or of a part of it, in order. All but the embedding is done in threads.

    Raises:
        UpstreamUnavailable: the embedding server does not answer.
    """
    quoted = await asyncio.to_thread(quotations, read_chunks(chunks))
    title = await asyncio.to_thread(document_title, chunks)
    name = title or chunks[0].title.rpartition("/")[2].rpartition(".")[0] if chunks else title
    found = await ranked(quoted, name, embed, most_embedded)
    return await asyncio.to_thread(_digest, chunks, found, title, name)


def read_chunks(chunks: Sequence[Chunk]) -> list[Chunk]:
    """The chunks whose sentences are looked at: of a book the beginning, and an even sample of the rest."""
    if len(chunks) <= MOST_CHUNKS:
        return list(chunks)
    rest = len(chunks) - BEGINNING_CHUNKS
    count = MOST_CHUNKS - BEGINNING_CHUNKS
    return [*chunks[:BEGINNING_CHUNKS], *(chunks[BEGINNING_CHUNKS + place * rest // count] for place in range(count))]


def _digest(chunks: Sequence[Chunk], found: Ranked, title: str, name: str) -> Digest:
    index = {id(one): place for place, one in enumerate(found.quoted)}
    named = headings(chunks)
    grouped = topics(found.quoted, title, named)
    groups = [(topic.heading, tuple(index[id(one)] for one in topic.quoted)) for topic in grouped]
    known = {one.text for one in found.quoted}
    further = scraps(chunks[:MOST_SCRAPS], known, MOST_SCRAPS) if len(known) < FEW else []
    return Digest(name, tuple(named), found, tuple(groups), tuple(further))


def _shares(sizes: Sequence[int], most: int) -> list[int]:
    """How many sentences each topic gets: one each, the largest topics more; where there are too many topics, the largest get one."""
    if len(sizes) >= most:
        kept = _largest(sizes, most)
        return [int(place in kept) for place in range(len(sizes))]
    even = sum(sizes) / max(1, len(sizes))
    shares = [int(size >= SMALL_TOPIC * even) for size in sizes]
    while sum(shares) < min(most, sum(sizes)):
        open_places = [place for place in range(len(sizes)) if shares[place] < sizes[place]]
        shares[max(open_places, key=lambda place: sizes[place] / (shares[place] + 1))] += 1
    return shares


def _largest(sizes: Sequence[int], count: int) -> set[int]:
    """The places of the largest; of equal ones, evenly over all of them."""
    least = sorted(sizes, reverse=True)[count - 1]
    larger = {place for place, size in enumerate(sizes) if size > least}
    equal = [place for place, size in enumerate(sizes) if size == least]
    room = count - len(larger)
    return larger | {equal[number * len(equal) // room] for number in range(room)}
