"""What is done with a question before anything is written: its kind, its stand-alone form, and what it is answered from."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from core.access import SearchScope
from core.settings import RetrievalSettings
from rag.compose.byline import asks_for_author, byline_of_found
from rag.compose.composed import Ask, Composed
from rag.compose.composers import composed
from rag.compose.listing import listing
from rag.compose.size import size
from rag.compose.table import by_document, from_tables, has_rows
from rag.document_dates import with_dates
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index.live import IndexVersion
from rag.models.completer import Completer
from rag.questions.kind import OF_OURS, Kind
from rag.questions.meaning import classified
from rag.questions.parts import LAST, Part
from rag.questions.routing import OF_DOCUMENTS, Route, route
from rag.questions.sizes import asks_for_size
from rag.request import Request
from rag.retrieval.expand import Expansion
from rag.retrieval.query import SearchQueries, is_follow_up, search_queries
from rag.retrieval.rerank import Reranking
from rag.retrieval.retriever import RetrievalResult, Retriever
from rag.trace import Trace
from rag.types import Source, Turn

COUNTS = re.compile(
    r"\b(?:how many|(?:the|what) number of|wie viele|anzahl)\b", re.IGNORECASE
)  # a fact, unless rows can be counted
MOST_CHOSEN = 20  # documents; a longer list restricts what is searched, and is nothing that a question is about
TABLE_SHARE = 0.75  # of such a question's terms that the table must have
TABLE_DOCUMENTS = 3  # whose tables are read for a question about a fact


@dataclass(frozen=True, slots=True)
class Understood:
    """A question that was understood."""

    route: Route
    queries: SearchQueries

    @property
    def kind(self) -> Kind:
        """What it asks for."""
        return self.route.kind

    @property
    def query(self) -> str:
        """Its stand-alone form."""
        return self.queries.query

    @property
    def is_rewritten(self) -> bool:
        """It is not answered as it was asked, greetings apart."""
        is_same = self.query.casefold().rstrip("?. ") == self.route.query.casefold().rstrip("?. ")
        return self.queries.by != "as asked" and not is_same


@dataclass(frozen=True, slots=True)
class Basis:
    """What a question is answered from.

    Attributes:
        retrieved: the sources; none: there is no evidence.
        told: the answer without a language model, where it was not searched for.
        is_answer: ``told`` is the answer, and nothing is to be written.
    """

    query: str
    kind: Kind
    retrieved: RetrievalResult
    told: Composed | None = None
    is_answer: bool = False


class Planner:
    """Understands questions and finds what they are answered from."""

    def __init__(self, retrieval: RetrievalSettings, reranking: Reranking | None) -> None:
        self._retrieval = retrieval
        self._reranking = reranking

    async def understood(
        self, request: Request, embeddings: FootnoteEmbeddings, model: Completer | None, trace: Trace
    ) -> Understood:
        """The kind of a question and its stand-alone form."""
        path = await self._routed(request, embeddings, trace)
        is_of_ours = path.kind in OF_OURS and (model is None or request.sources_before is not None)
        if is_of_ours or request.attached or (path.documents and path.kind in OF_DOCUMENTS):
            return Understood(path, SearchQueries(path.query))
        with trace.stage("standalone") as details:
            history = await asyncio.to_thread(_about_documents, request.history)
            queries = await search_queries(path.query, history, model, self._retrieval)
            details |= {"by": queries.by, "further": len(queries.further), "failure": queries.failure}
        return Understood(path, queries)

    async def basis(
        self, index_version: IndexVersion, request: Request, asked: Understood, trace: Trace, *, has_model: bool
    ) -> Basis:
        """What a question is answered from.

        Raises:
            UpstreamUnavailable: the index or the embedding server does not answer.
        """
        told = await self._told(index_version, request, asked, trace, has_model=has_model)
        if told is not None:
            is_answer = not (told.for_model and has_model)
            return Basis(asked.query, asked.kind, RetrievalResult(told.sources, (), True), told, is_answer)
        before = await _sources_before(request, asked) if has_model else ()
        if before:
            return Basis(asked.query, asked.kind, RetrievalResult(before, (), True))
        retrieved = await self._retrieved(index_version, request, asked, trace, has_model=has_model)
        retrieved = replace(retrieved, sources=await with_dates(retrieved.sources, request.corpus))
        told = None if has_model else await _from_found(request, asked, retrieved, index_version.embeddings, trace)
        return Basis(retrieved.mended or asked.query, asked.kind, retrieved, told, told is not None)

    async def _routed(self, request: Request, embeddings: FootnoteEmbeddings, trace: Trace) -> Route:
        """Which kind of question it is, and the documents that it is about."""
        attached = tuple(request.attached)
        with trace.stage("route") as details:
            titles = await request.corpus.titles() if request.corpus else ()
            has_history = bool(request.history) and not attached  # "this" is what came with the question
            path = await classified(request.question, embeddings, titles, has_history, attached, request.kind)
            path = replace(path, documents=tuple(dict.fromkeys([*attached, *path.documents])))
            if has_history and not path.documents:
                path = await _of_answer_before(request, path)
            path = _of_scope(path, request.scope)
            details |= {"kind": path.kind, "by": path.by, "documents": len(path.documents)}
        return path

    async def _told(
        self, index_version: IndexVersion, request: Request, asked: Understood, trace: Trace, *, has_model: bool
    ) -> Composed | None:
        """The answer to a question that is not answered by searching; None for any other."""
        sized = bool(asked.route.mentioned) or asks_for_size(asked.query) is not None
        if request.corpus is None or (asked.kind is Kind.FACT and not sized):
            return None
        documents, embeddings = asked.route.documents, index_version.embeddings
        ask = _ask(request, asked, embeddings, documents, asked.kind, has_model=has_model)
        with trace.stage("compose") as details:
            told = await size(replace(ask, documents=documents or asked.route.mentioned)) if sized else None
            told = told or await composed(ask)
            details |= {"kind": asked.kind, "answered": told is not None} | (told.details if told else {})
        return told

    async def _retrieved(
        self, index_version: IndexVersion, request: Request, asked: Understood, trace: Trace, *, has_model: bool
    ) -> RetrievalResult:
        """The sources; within documents that the question names, the best passages are evidence whatever they are."""
        retriever = Retriever(index_version.embeddings, index_version.index, self._retrieval, self._reranking)
        expand = self._expansion(is_for_model=has_model)

        async def find(documents: Sequence[UUID]) -> RetrievalResult:
            scope, further = request.scope.narrowed(documents or None), asked.queries.further
            return await retriever.find(
                asked.query, scope, request.rows, trace, further=further, expand=expand, is_gated=not documents
            )

        before = () if asked.route.documents else await _meant_documents(request, asked)
        return await find(asked.route.documents or before)

    def _expansion(self, *, is_for_model: bool) -> Expansion:
        """The configured expansion; ``auto`` widens sources for a model only, because extractive quotes are best from the chunks found."""
        if self._retrieval.expand != "auto":
            return self._retrieval.expand
        return "neighbours" if is_for_model else "off"


def _about_documents(history: Sequence[Turn]) -> list[Turn]:
    """The exchanges whose words a follow-up may take up: small talk is none, and "this document" says no more than "it"."""
    return [turn for turn in history if route(turn.question).kind not in OF_OURS | OF_DOCUMENTS]


def _of_scope(path: Route, scope: SearchScope) -> Route:
    """A question about whole documents is about the few of its scope; one about a fact still needs evidence there."""
    chosen = sorted(scope.document_ids or ())
    is_about_them = not path.documents and 0 < len(chosen) <= MOST_CHOSEN and path.kind is not Kind.FACT
    return replace(path, documents=tuple(chosen)) if is_about_them else path


async def _of_answer_before(request: Request, path: Route) -> Route:
    """The same question where it is about "this document": the one that the last answer cites first."""
    plain = await asyncio.to_thread(route, request.question, (), False, (), request.kind)
    if plain.kind not in OF_DOCUMENTS or request.sources_before is None:
        return path
    before = await request.sources_before()
    documents = list(dict.fromkeys(source.chunk.document_id for source in before))
    return replace(plain, documents=tuple(documents[: 2 if plain.kind is Kind.COMPARISON else 1]))


async def _meant_documents(request: Request, asked: Understood) -> list[UUID]:
    """The documents of the last answer, where a question refers to it and has no words for what it means: "How long is it?"."""
    if asked.queries.by != "as asked" or not request.history or request.sources_before is None:
        return []
    if not await asyncio.to_thread(is_follow_up, request.question):
        return []
    return list(dict.fromkeys(source.chunk.document_id for source in await request.sources_before()))


async def _sources_before(request: Request, asked: Understood) -> tuple[Source, ...]:
    """The sources of the answer before, for a model that is to change or explain it."""
    if asked.kind is not Kind.CONVERSATION or request.sources_before is None:
        return ()
    return tuple(await request.sources_before())


async def _from_found(
    request: Request, asked: Understood, retrieved: RetrievalResult, embeddings: FootnoteEmbeddings, trace: Trace
) -> Composed | None:
    """The answer from the documents that were found, where it is not a sentence: who wrote one, or what a table says."""
    if request.corpus is not None and asks_for_author(asked.query):
        documents = list(dict.fromkeys(source.chunk.document_id for source in retrieved.sources))[:TABLE_DOCUMENTS]
        told = await byline_of_found(_ask(request, asked, embeddings, documents, asked.kind), documents)
        if told is not None:
            return told
    return await _from_tables(request, asked, retrieved, embeddings, trace)


async def _from_tables(
    request: Request,
    asked: Understood,
    retrieved: RetrievalResult,
    embeddings: FootnoteEmbeddings,
    trace: Trace,
) -> Composed | None:
    """The answer from the tables of the documents that come first, or nearest; None where they do not answer."""
    first = [*(source.chunk for source in retrieved.sources), *retrieved.best]
    documents = list(dict.fromkeys(chunk.document_id for chunk in first if has_rows(chunk)))[:TABLE_DOCUMENTS]
    if request.corpus is None or not documents:
        return None
    with trace.stage("tables") as details:
        chunks = [list(batch) async for batch in request.corpus.chunks(documents)]
        of_each = by_document(chunk for batch in chunks for chunk in batch)
        # In the one document that was chosen, the table is the one that is meant.
        is_meant = asked.kind is Kind.TABLE or len(request.scope.document_ids or ()) == 1
        least = 0.0 if is_meant else TABLE_SHARE
        told = await asyncio.to_thread(from_tables, asked.query, of_each, least)
        if told is None and COUNTS.search(asked.query):
            told = await listing(_ask(request, asked, embeddings, documents, Kind.COUNT))
        details |= {"documents": len(documents), "answered": told is not None} | (told.details if told else {})
    return told


def _ask(
    request: Request,
    asked: Understood,
    embeddings: FootnoteEmbeddings,
    documents: Sequence[UUID],
    kind: Kind,
    *,
    has_model: bool = False,
) -> Ask:
    """The question as a composer gets it."""
    assert request.corpus is not None
    return Ask(
        question=request.question,
        query=asked.query,
        kind=kind,
        history=request.history,
        documents=tuple(documents),
        part=_words_of(asked.route.part),
        corpus=request.corpus,
        embeddings=embeddings,
        has_model=has_model,
    )


def _words_of(part: Part | None) -> str:
    """A part as :class:`rag.compose.composed.Ask` has it."""
    if part is None:
        return ""
    if part.number == LAST:
        return f"last {part.unit}"
    return f"{part.unit} {part.number or part.heading}"
