"""The answer to a question for a list or a count, in its language: the number first, then every hit with its citation."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from uuid import UUID

from rag.compose.composed import Composed
from rag.compose.listing.families import Choice
from rag.compose.listing.judgement import Judgement
from rag.compose.listing.quotes import Quote, quote_of
from rag.compose.listing.records import Record
from rag.compose.listing.request import Request
from rag.corpus import DocumentCard
from rag.grounding.markdown import literal
from rag.types import Chunk, Source

MOST_SHOWN, MOST_SOURCES = 50, 60
MOST_IN_TRACE = 2_000


@dataclass(slots=True)
class Sources:
    """The chunks that are cited, each with one number."""

    _numbers: dict[UUID, int] = field(default_factory=dict)
    _chunks: list[Chunk] = field(default_factory=list)

    def number(self, chunk: Chunk) -> int:
        """The number of a chunk."""
        if chunk.chunk_id not in self._numbers:
            self._chunks.append(chunk)
            self._numbers[chunk.chunk_id] = len(self._chunks)
        return self._numbers[chunk.chunk_id]

    @property
    def sources(self) -> tuple[Source, ...]:
        """All of them, by number."""
        return tuple(Source(number=number, chunk=chunk) for number, chunk in enumerate(self._chunks, 1))


def answer_of(
    request: Request, choice: Choice, judgement: Judgement, cards: Sequence[DocumentCard], first: int = 0
) -> Composed:
    """The answer.

    Args:
        cards: the documents of the scope; those that are ready were looked through.
        first: the number of hits that were shown before.
    """
    sentences = sentences_of(request.language)
    hits = (
        _distinct(judgement.hits, choice.column) if choice.column and _is_counted(request, choice) else judgement.hits
    )
    shown = hits[first : first + MOST_SHOWN]
    sources = Sources()
    words = [word for word in request.words if word not in choice.nouns]
    items = [_item(quote_of(record, words), sources) for record in shown]
    parts = [_number(request, choice, judgement, len(hits), sentences)]
    if items:
        parts.append("\n".join(items))
    rest = len(hits) - first - len(shown)
    if rest > 0:
        parts.append(sentences["more"].format(shown=len(shown), rest=_figure(rest)))
    return Composed(
        "\n\n".join(parts),
        sources.sources,
        notice=_notice(judgement, cards, sentences),
        details=_details(choice, judgement, hits, len(shown), first),
    )


@cache
def _all_sentences() -> dict[str, dict[str, str]]:
    return tomllib.loads((files(__package__) / "answers.toml").read_text("utf-8"))


def sentences_of(language: str) -> dict[str, str]:
    """The sentences of a language; English where there are none."""
    known = _all_sentences()
    return known.get(language, known["en"])


def _is_counted(request: Request, choice: Choice) -> bool:
    """True when the different values of a column are asked for: it is not what each row is."""
    values = [value for record in choice.family.records for label, value in record.cells if label == choice.column]
    return request.is_distinct or len(set(values)) < len(values)


def _distinct(hits: Sequence[Record], column: str) -> list[Record]:
    """The first record of each value of a column."""
    firsts: dict[str, Record] = {}
    for record in hits:
        for label, value in record.cells:
            if label == column and value:
                firsts.setdefault(value, record)
    return list(firsts.values())


def _number(request: Request, choice: Choice, judgement: Judgement, count: int, sentences: dict[str, str]) -> str:
    noun = _noun(request, choice) or sentences[choice.family.kind]
    total = len(choice.family.records)
    if choice.column and _is_counted(request, choice) and count:
        return sentences["distinct"].format(count=_figure(count), noun=noun)
    name = "none" if not count else "all" if not judgement.conditions else "some"
    text = sentences[name].format(count=_figure(count), total=_figure(total), noun=noun)
    if judgement.missing and not count:
        words = ", ".join(f"“{word.text}”" for word in judgement.missing)
        text = f"{text} {sentences['missing'].format(words=words)}"
    return text


def _noun(request: Request, choice: Choice) -> str:
    """The noun as the question writes it."""
    nouns = sorted(choice.nouns, key=lambda word: word.start)
    run = [
        word
        for word, before in zip(nouns, [None, *nouns], strict=False)
        if before is None or word.start - before.end <= 2
    ]
    return literal(request.text[run[0].start : run[-1].end]) if run else ""


def _item(quote: Quote, sources: Sources) -> str:
    name = f"**{literal(quote.name).replace('*', '')}**: " if quote.name and quote.name != quote.text else ""
    return f"- {name}{literal(quote.text)} [{sources.number(quote.chunk)}]"


def _notice(judgement: Judgement, cards: Sequence[DocumentCard], sentences: dict[str, str]) -> str:
    read = sum(card.state == "ready" for card in cards)
    name = "looked" if read == len(cards) else "unread"
    parts = [sentences[name].format(read=_figure(read), documents=_figure(len(cards)))]
    parts += [sentences["replaced"].format(asked=asked, used=used) for asked, used in judgement.replaced]
    if judgement.ignored:
        words = ", ".join(f"“{word}”" for word in judgement.ignored)
        parts.append(sentences["ignored"].format(words=words))
    return " ".join(parts)


def _details(choice: Choice, judgement: Judgement, hits: Sequence[Record], shown: int, first: int) -> dict[str, object]:
    """For the trace, and for the caller who shows the rest: where each hit is, as section and offsets."""
    places = [
        [str(hit.document.document_id), hit.pieces[0].section.chunks[0].section, hit.pieces[0].start, hit.pieces[0].end]
        for hit in hits[:MOST_IN_TRACE]
    ]
    return {
        "unit": choice.family.kind,
        "total": len(choice.family.records),
        "count": len(hits),
        "first": first,
        "shown": shown,
        "conditions": judgement.conditions,
        "hits": places,
    }


def _figure(number: int) -> str:
    return str(number)
