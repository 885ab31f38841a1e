"""Routing: what kind of question this is, by rules, and which documents and part of them it names.

Rules are phrases of the question's language (``words/*.toml``). Where they do not decide, it is a question for a fact.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal
from uuid import UUID

from rag.questions.asking import AUTHORS, PARTS
from rag.questions.kind import Kind
from rag.questions.language import Language, languages_of
from rag.questions.parts import Part, amount_of, numbered, part_of
from rag.questions.politeness import BareQuestion, bare_question
from rag.questions.sizes import BESIDE, asks_for_size
from rag.questions.titles import Named, TitleIndex
from rag.questions.wording import Line, Sentence, Word

By = Literal["rule", "meaning", "default", "given"]
# The first kind whose phrases are in the question: from those that only few phrases tell to those that many do.
ORDER = (
    Kind.LIBRARY,
    Kind.HELP,
    Kind.CONVERSATION,
    Kind.OUTSIDE,
    Kind.PART,
    Kind.SUMMARY,
    Kind.COMPARISON,
    Kind.COUNT,
    Kind.TABLE,
    Kind.LIST,
    Kind.DOCUMENT,
)
CACHED_INDEXES = 16  # of the titles of people who asked last
# Kinds that are about documents as wholes: a title that is only mentioned is meant.
OF_DOCUMENTS = frozenset({Kind.DOCUMENT, Kind.SUMMARY, Kind.PART, Kind.COMPARISON})


@dataclass(frozen=True, slots=True)
class Route:
    """How a question is to be answered.

    Attributes:
        kind: what it asks for.
        by: what told the kind; ``default`` where nothing did, then it is a fact; ``given`` by the caller.
        query: the question without greetings and politeness, to search for.
        documents: those that it names, in order; empty when it names none.
        mentioned: those that it may mean, where it asks for the size of one.
        part: the page or section that it names.
        n: how much it wants: 5 of "the top 5".
    """

    kind: Kind
    by: By
    query: str
    documents: tuple[UUID, ...] = ()
    part: Part | None = None
    n: int | None = None
    mentioned: tuple[UUID, ...] = ()


def route(
    question: str,
    titles: Sequence[tuple[UUID, str]] | TitleIndex = (),
    has_history: bool = False,
    attached: Collection[UUID] = (),
    kind: Kind | None = None,
) -> Route:
    """How a question is to be answered. Takes under 2 ms, but the first question of a language loads its words, and new titles are
    indexed first (0.1 s for 5,000): call it in a thread.

    Args:
        titles: of the documents that can be asked about.
        has_history: another question was asked before in the conversation.
        attached: documents attached to the question; they are not repeated in ``Route.documents``.
        kind: what the caller says it is.
    """
    languages = languages_of(question)
    bare = bare_question(question, languages)
    index = titles if isinstance(titles, TitleIndex) else _index(tuple(titles))
    named = index.named(question, bare, languages)
    has_document = bool(named.clearly or named.mentioned or attached)
    ruled = kind or (Kind.TALK if bare.is_talk else _by_rules(bare, languages, has_history, has_document))
    if not has_document and ruled in (None, *OF_DOCUMENTS):
        is_part = ruled is Kind.PART
        called = index.called(bare, PARTS if is_part else AUTHORS, is_numbered=is_part)
        as_named = ruled or (_by_rules(bare, languages, has_history, True) if called else None)
        if called and as_named in OF_DOCUMENTS:  # for any other question a part of a title is a word like others
            ruled, named = as_named, Named(mentioned=called)
    if ruled is None and named.clearly:
        ruled = Kind.DOCUMENT
    by: By = "given" if kind else "rule" if ruled else "default"
    found = _route(ruled or Kind.FACT, by, question, bare, named, languages)
    if not asks_for_size(question):
        return found
    return replace(found, mentioned=named.clearly or named.mentioned or index.called(bare, BESIDE))


@lru_cache(CACHED_INDEXES)
def _index(titles: tuple[tuple[UUID, str], ...]) -> TitleIndex:
    return TitleIndex(titles)


def _route(kind: Kind, by: By, question: str, bare: BareQuestion, named: Named, languages: Sequence[Language]) -> Route:
    documents = (*named.clearly, *named.mentioned) if kind in OF_DOCUMENTS else named.clearly
    part = part_of(bare, question, languages) if kind is Kind.PART else None
    return Route(kind, by, bare.query, documents, part, amount_of(bare, languages))


def _by_rules(bare: BareQuestion, languages: Sequence[Language], has_history: bool, has_document: bool) -> Kind | None:
    """The first kind whose phrases are in a question, but none that forbid it."""
    lines = _lines(bare)
    parts = {one.code: [*lines, *(numbered(words, one.parts) for words in bare.words)] for one in languages}
    for kind in ORDER:
        for one in languages:
            if _is_kind(kind, parts[one.code] if kind is Kind.PART else lines, one, has_history, has_document):
                return kind
    return None


def _lines(bare: BareQuestion) -> list[Line]:
    """The sentences without politeness and as they were, with ``#`` for numbers."""
    both: list[tuple[Word, ...] | Sentence] = [*bare.words, *bare.sentences]
    return list(dict.fromkeys(numbered(one.words if isinstance(one, Sentence) else one) for one in both))


def _is_kind(kind: Kind, lines: Sequence[Line], language: Language, has_history: bool, has_document: bool) -> bool:
    known = language.kinds.get(kind)
    if known is None or any(map(known.never.are_in, lines)):
        return False
    return any(
        known.always.are_in(line)
        or (has_document and known.named.are_in(line))
        or (has_history and known.after.are_in(line))
        for line in lines
    )
