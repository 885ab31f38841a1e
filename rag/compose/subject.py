"""What a question about whole documents asks for in particular: the words that are left of it without names and words for documents."""

from collections.abc import Iterable, Sequence

from rag.compose.composed import Ask
from rag.corpus import DocumentCard
from rag.questions.asking import UNSPACED, WORDS
from rag.questions.kind import Kind
from rag.terms import terms_of


def asks_for_all(ask: Ask, cards: Sequence[DocumentCard]) -> bool:
    """True for "What is it about?"; False for "Who wrote it?", which the text of the document answers. A summary is of all of it."""
    return ask.kind is not Kind.DOCUMENT or not subject_of(ask, cards)


def subject_of(ask: Ask, cards: Iterable[DocumentCard]) -> frozenset[str]:
    """The terms of what is asked about in documents: "notice" of "Compare the notice periods in A and B"; none for all of them."""
    names = frozenset[str]().union(*(terms_of(card.title) for card in cards))
    return terms_of(UNSPACED.sub(" ", ask.query)) - WORDS - names
