"""Routing by meaning: where no rule decides, the kind of the most similar labelled example, when it is clearly nearer than any fact.

The examples are in ``words/*.toml``; their vectors are computed with the first question, in the model's thread. A wrong kind costs more
than none, so two things must hold: the question is close to the example, and no example of a fact is nearly as close.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID
from weakref import WeakKeyDictionary

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.similarity import cosines
from rag.questions.kind import Kind
from rag.questions.language import language
from rag.questions.routing import Route, route
from rag.questions.titles import TitleIndex

EXAMPLES = "en"  # the language whose examples are compared; a multilingual model finds them from any
LEAST_LIKENESS = 0.7  # on the common scale
LEAST_LEAD = 0.1  # over the most similar example of a fact
LEAST_COVERAGE = 0.5  # how well the model must know the question's language
# Kinds that meaning can tell. What is outside is too wide: facts of all subjects are near to some of it (measured). Talk, parts and the
# conversation are told by their words.
TOLD = frozenset({Kind.SUMMARY, Kind.COMPARISON, Kind.LIST, Kind.COUNT, Kind.LIBRARY, Kind.HELP})


@dataclass(frozen=True, eq=False)
class Example:
    """A labelled question with its vector."""

    text: str
    kind: Kind
    vector: Sequence[float]


_examples: WeakKeyDictionary[FootnoteEmbeddings, Sequence[Example]] = WeakKeyDictionary()


async def classified(
    question: str,
    embeddings: FootnoteEmbeddings,
    titles: Sequence[tuple[UUID, str]] | TitleIndex = (),
    has_history: bool = False,
    attached: Collection[UUID] = (),
    kind: Kind | None = None,
) -> Route:
    """How a question is to be answered, see :func:`rag.questions.routing.route`; where rules do not decide, by meaning.

    Raises:
        UpstreamUnavailable: the embedding server does not answer.
    """
    ruled = await asyncio.to_thread(route, question, titles, has_history, attached, kind)
    if ruled.by != "default" or embeddings.language_coverage(ruled.query) < LEAST_COVERAGE:
        return ruled
    vector = await embeddings.aembed_likeness(ruled.query)
    nearest = _nearest(ruled.query, vector, await _vectors(embeddings), embeddings)
    return replace(ruled, kind=nearest, by="meaning") if nearest else ruled


async def _vectors(embeddings: FootnoteEmbeddings) -> Sequence[Example]:
    """The examples with their vectors, which are computed once for a model."""
    known = _examples.get(embeddings)
    if known is None:
        all_ = (await asyncio.to_thread(language, EXAMPLES)).examples
        labelled = [(text, kind) for kind in (Kind.FACT, *TOLD) for text in all_[kind]]
        vectors = await embeddings.aembed_now([text for text, _ in labelled])
        known = [Example(*one, vector) for one, vector in zip(labelled, vectors, strict=True)]
        _examples[embeddings] = known
    return known


def _nearest(
    question: str, vector: Sequence[float], examples: Sequence[Example], embeddings: FootnoteEmbeddings
) -> Kind | None:
    """The kind of the nearest example; None when it is not near enough, or an example of a fact is nearly as near."""
    likeness = {
        example: embeddings.scale.likeness(cosine, question, example.text)
        for example, cosine in zip(examples, cosines([one.vector for one in examples], vector), strict=True)
    }
    best = max(examples, key=likeness.__getitem__)
    fact = max(likeness[example] for example in examples if example.kind is Kind.FACT)
    is_clear = likeness[best] >= LEAST_LIKENESS and likeness[best] - fact >= LEAST_LEAD
    return best.kind if is_clear and best.kind is not Kind.FACT else None
