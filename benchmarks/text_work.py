"""Everything that reads text from outside in the server's own process, each as a function of one text: what people ask, what documents
say, what models write. What works on a stream gets it as a model may send it: one character at a time."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any
from uuid import UUID

from answers.cache.likeness.questions import is_same_question, normalised
from answers.linkifier import Linkifier, linkify
from answers.transcript import Transcript, escape, escape_sentence
from core.storable import storable
from core.unseen import seen, seen_line
from ingestion.indexing.chunking.chunker import Chunker
from ingestion.indexing.chunking.recursive import RecursiveSplitter
from ingestion.indexing.chunking.semantic import SemanticSplitter
from ingestion.indexing.chunking.sliding import SlidingSplitter
from ingestion.indexing.chunking.splitter import Splitter
from ingestion.indexing.chunking.structure import StructureSplitter
from parsing.types import Block, Section
from rag.embedding.scale import AS_IT_IS
from rag.events import Citations, Started, Token
from rag.exercises.drafts import drafts
from rag.exercises.options import told_by
from rag.grounding.check import check
from rag.grounding.judgement.claim import Claim
from rag.grounding.judgement.short_answer import ShortAnswer
from rag.grounding.judgement.short_answers import judge as judge_short
from rag.grounding.language.contrasts import contrast
from rag.grounding.language.lexicon import LANGUAGES, lexicon, likely_language
from rag.grounding.language.readings import Reading
from rag.grounding.language.talk import is_talk
from rag.grounding.likeness import Likeness
from rag.grounding.markdown import code_runs, literal, without_code
from rag.grounding.marker_stream import MarkerFilter
from rag.grounding.markers import numbers_in, parse
from rag.grounding.numbering import in_order
from rag.grounding.passage import Passage, figures, missing_figures, words_of
from rag.grounding.plain_text import plain_text
from rag.grounding.sentences import split
from rag.grounding.silence import is_silence, without_silence
from rag.grounding.statements import quotes, statements
from rag.grounding.support import Pair
from rag.index.terms import document_terms, query_terms
from rag.models.reasoning import ThoughtSplitter
from rag.models.tokens import count
from rag.retrieval.candidates import Candidate
from rag.retrieval.dedupe import joined, without_near_copies
from rag.retrieval.query import is_follow_up
from rag.terms import has_unspaced, terms_of
from rag.types import Chunk, Source
from rag.writing.extractive import deltas, extract
from rag.writing.parts import parts_without_source
from rag.writing.prompt_fence import Fence

ID = UUID(int=1)
SIZE, OVERLAP = 800, 100
SOURCE = "The vault code of the Alpine project is 48151623. It was changed in May 2021, not in June. a x y word."


class _InThisThread(ThreadPoolExecutor):
    """Does at once what is given to a thread, so that its computing time is counted."""

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(call(*arguments, **named))
        except BaseException as error:
            future.set_exception(error)
        return future


def _run(work: Coroutine[Any, Any, object]) -> None:
    with asyncio.Runner() as runner:
        runner.get_loop().set_default_executor(_InThisThread())
        runner.run(work)


class _Alike:
    """Embeddings that cost nothing: what is measured is the work on the text around them."""

    scale = AS_IT_IS

    async def aembed_now(self, texts: Sequence[str], _purpose: object = None) -> list[list[float]]:
        return [[1.0, 0.0] for _ in texts]

    async def aembed_query(self, _text: str) -> list[float]:
        return [1.0, 0.0]

    async def aembed_documents(self, texts: Sequence[str]) -> list[list[float]]:
        return [[1.0, number % 7 / 10] for number, _ in enumerate(texts)]


def _chunk(text: str, start: int = 0, index: int = 0) -> Chunk:
    return Chunk(
        chunk_id=UUID(int=index),
        document_id=ID,
        library_id=ID,
        title="Vault",
        index=index,
        text=text,
        section=1,
        char_start=start,
        char_end=start + len(text),
        content_hash=str(index),
    )


def _passage(text: str) -> Passage:
    return Passage(Source(number=1, chunk=_chunk(text)))


def _pair(text: str) -> None:
    pair = Pair(Claim(text, "What?"), _passage(SOURCE))
    pair.judge(Likeness())
    pair = Pair(Claim(SOURCE), _passage(text))
    pair.judge(Likeness())


def _read(text: str) -> None:
    for language in LANGUAGES:
        reading = Reading(text, lexicon(language))
        assert [reading.quantities, reading.clauses, likely_language(text)]


def _short(answer: str, text: str) -> None:
    judge_short(ShortAnswer(answer, text), _passage(SOURCE), lambda _: 1.0)
    judge_short(ShortAnswer("No, red.", "Is the vault code blue?"), _passage(text), lambda _: 1.0)


def _checked(text: str, *, is_quoted: bool = False) -> None:
    passages = {1: _passage(SOURCE)}
    _run(check(text, passages, _Alike(), "What is it?", is_quoted=is_quoted))  # type: ignore[arg-type]


def _extracted(text: str) -> None:
    _run(extract("What is the code?", [_passage(text)], _Alike()))  # type: ignore[arg-type]


def _by_character(made: Callable[[], MarkerFilter | Linkifier]) -> Callable[[str], object]:
    def run(text: str) -> None:
        reading = made()
        for character in text:
            reading.feed(character)
        reading.flush()

    return run


def _by_token(made: Callable[[], MarkerFilter | Linkifier]) -> Callable[[str], object]:
    def run(text: str) -> None:
        reading = made()
        for start in range(0, len(text), 5):
            reading.feed(text[start : start + 5])
        reading.flush()

    return run


def _transcribed(text: str) -> None:
    transcript = Transcript().apply(Started(answer_run_id=ID))
    for start in range(0, len(text), 5):
        transcript = transcript.apply(Token(text=text[start : start + 5]))
    assert transcript.markdown is not None


def _retrieved(text: str) -> None:
    """As candidates of a search: neighbours that overlap, and another document."""
    half = len(text) // 2
    candidates = [
        Candidate(_chunk(text[:half], 0, 1), ((0, 0.5),)),
        Candidate(_chunk(text[half:], half, 2), ((0, 0.5),)),
    ]
    narrow = {candidate.chunk.chunk_id: candidate for candidate in candidates}
    without_near_copies(candidates, narrow, text[:2000])
    joined(candidates)


@cache
def _splitter(kind: str) -> Splitter:
    made: Mapping[str, Splitter] = {
        "recursive": RecursiveSplitter(SIZE, OVERLAP),
        "sliding": SlidingSplitter(SIZE, OVERLAP),
        "structure": StructureSplitter(SIZE, OVERLAP),
        "semantic": SemanticSplitter(SIZE, _Alike()),  # type: ignore[arg-type]
    }
    return made[kind]


def _cut(kind: str, blocks_of: Callable[[str], tuple[Block, ...]] = lambda _: ()) -> Callable[[str], object]:
    def run(text: str) -> None:
        chunker = Chunker(_splitter(kind), document_id=ID, library_id=ID, title="Vault")
        _run(chunker.chunks_of(Section(number=1, text=text, blocks=blocks_of(text))))

    return run


def _blocks(kind: str) -> Callable[[str], tuple[Block, ...]]:
    """Blocks of 20 characters all over a text: rows of a sheet, or headings without text between them."""

    def blocks_of(text: str) -> tuple[Block, ...]:
        return tuple(
            Block(
                kind=kind,
                start=start,
                end=min(start + 19, len(text)),
                locator=f"A{start // 20 + 1}:B{start // 20 + 1}" if kind == "table" else None,
            )
            for start in range(0, len(text), 20)
        )

    return blocks_of


SUBJECTS: Mapping[str, Callable[[str], object]] = {
    "seen": lambda text: (seen(text), seen_line(text)),
    "storable": storable,
    "tokens": count,
    "terms": lambda text: (terms_of(text), has_unspaced(text)),
    "index terms": lambda text: (document_terms(storable(text)), query_terms(storable(text))),
    "figures": lambda text: (figures(text), missing_figures(text, frozenset())),
    "words": words_of,
    "sentences": split,
    "plain text": lambda text: (plain_text(text), plain_text(text, "row")),
    "readings": _read,
    "contrasts": lambda text: (contrast(Reading(text, lexicon("en")), [Reading(text, lexicon("de"))]),),
    "talk": lambda text: [is_talk(text, lexicon(language)) for language in LANGUAGES],
    "short answer": lambda text: _short(text[: len(text) // 2], text[len(text) // 2 :]),
    "silence": lambda text: (is_silence(text), without_silence(text)),
    "code": lambda text: (code_runs(text), literal(text), without_code(text)),
    "markers": lambda text: (parse(text), numbers_in(text)),
    "statements": lambda text: statements(parse(text), "What?"),
    "quotes": lambda text: quotes(parse(text)),
    "passage": lambda text: (_passage(text).terms, _passage(text).figures, _passage(text).find(["no", "such"])),
    "support": _pair,
    "check": _checked,
    "check of quotes": lambda text: _checked(text, is_quoted=True),
    "extractive answer": _extracted,
    "practice questions": lambda text: told_by(drafts([_chunk(text)]), [[_chunk(text)]]),
    "deltas": lambda text: sum(1 for _ in deltas(text)),
    "fence": lambda text: Fence("source").around(text),
    "links": lambda text: (linkify(text, ID), linkify(text, ID, {1})),
    "markers by character": _by_character(lambda: MarkerFilter([1, 2])),
    "markers by token": _by_token(lambda: MarkerFilter([1, 2])),
    "links by character": _by_character(lambda: Linkifier(ID)),
    "links by token": _by_token(lambda: Linkifier(ID)),
    "thoughts": lambda text: [splitter.feed(one) for splitter in [ThoughtSplitter()] for one in text],
    "order of numbers": lambda text: in_order(Citations(answer=text, citations=()), ()),
    "transcript": _transcribed,
    "escapes": lambda text: (escape(text), escape_sentence(text)),
    "likeness": lambda text: (
        normalised(text),
        *(
            is_same_question(f"{start} {text}", f"{start} z {text} z")
            for start in ("Which of the many", "Wer darf sich die", "谁的" * 200)  # the beginning tells the language
        ),
    ),
    "follow-up": is_follow_up,
    "parts of a question": lambda text: parts_without_source(text, [Source(number=1, chunk=_chunk(SOURCE))]),
    "candidates": _retrieved,
    "recursive cutting": _cut("recursive"),
    "sliding cutting": _cut("sliding"),
    "structure cutting": _cut("structure"),
    "semantic cutting": _cut("semantic"),
    "cutting of rows": _cut("structure", _blocks("table")),
    "cutting under headings": _cut("structure", _blocks("heading")),
}
