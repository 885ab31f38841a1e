"""Whether an answer says what is expected of it: short phrases, each looked for by words, by numbers and by meaning.

The answer is read as a source is, so that the rules of the check hold here too: every number of a point must be there, "paid" is not
"not paid", and meaning counts where words differ.
"""

import asyncio
import re
import unicodedata
from collections.abc import Sequence
from uuid import UUID

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.grounding.judgement.claim import Claim
from rag.grounding.likeness import Likeness
from rag.grounding.passage import Passage
from rag.grounding.support import Pair
from rag.types import Chunk, Source, Verdict

WORD = re.compile(r"\w+")
FIRST_UNSPACED = 0x0E00  # scripts from Thai on put no spaces between words
NOBODYS = UUID(int=0)


def says(text: str, expected: str) -> bool:
    """True when a text has the words of an expected answer one after the other; letters alone where a script has no spaces."""
    wanted, there = WORD.findall(_folded(expected)), WORD.findall(_folded(text))
    if any(there[start : start + len(wanted)] == wanted for start in range(len(there))):
        return True
    is_unspaced = any(ord(letter) > FIRST_UNSPACED for letter in expected)
    return is_unspaced and "".join(wanted) in "".join(there)


async def missing_points(
    points: Sequence[str], answer: str, question: str, embeddings: FootnoteEmbeddings
) -> tuple[str, ...]:
    """The points that an answer does not make, in their order.

    Args:
        answer: without the numbers of its sources.
        question: completes points of a word or two ("25 days").

    Raises:
        UpstreamUnavailable: the embedding server does not answer.
    """
    if not points:
        return ()
    pairs, texts = await asyncio.to_thread(_pairs, points, answer, question)
    vectors = dict(zip(texts, await embeddings.aembed_now(texts), strict=True)) if texts else {}
    likeness = Likeness(vectors, embeddings.scale)
    return await asyncio.to_thread(
        lambda: tuple(point for point, pair in pairs.items() if not _is_made(point, answer, pair, likeness))
    )


def _pairs(points: Sequence[str], answer: str, question: str) -> tuple[dict[str, Pair], list[str]]:
    """Each point with the answer, and the texts to embed before they are compared by meaning."""
    passage = Passage(_source(answer))
    language, clear = passage.language, passage.clear_language
    pairs = {
        point: Pair(Claim(point, question, language=language, clear_language=clear), passage)
        for point in dict.fromkeys(points)
    }
    unclear = [pair for point, pair in pairs.items() if pair.lines and not says(answer, point)]
    return pairs, list(dict.fromkeys(text for pair in unclear for text in pair.compared))


def _is_made(point: str, answer: str, pair: Pair, likeness: Likeness) -> bool:
    if not pair.lines or pair.lacks_number:
        return False
    if says(answer, point) and not pair.claim.short.polarity:
        return True
    return pair.judge(likeness).verdict is Verdict.SUPPORTED


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _source(answer: str) -> Source:
    """An answer as the check reads a source."""
    chunk = Chunk(
        chunk_id=NOBODYS,
        document_id=NOBODYS,
        library_id=NOBODYS,
        title="",
        index=0,
        text=answer,
        section=1,
        char_start=0,
        char_end=len(answer),
        content_hash="",
    )
    return Source(number=1, chunk=chunk)
