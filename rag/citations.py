"""Each marker of an answer is checked against its source, sentence by sentence; what fails is removed and counted.

After the check, every number left in the text stands for a source that supports the sentence before it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rag.embeddings import FootnoteEmbeddings
from rag.events import Citations
from rag.markers import UNSUPPORTED, Marked, Marker, parse, render
from rag.passage import Passage
from rag.sentences import Sentence, split
from rag.support import Claim, Support, Vectors, judge, literal
from rag.types import Citation, Span

QUOTE_JOINT = " … "


@dataclass(slots=True)
class _Cited:
    """A sentence of the answer with its markers."""

    sentence: Sentence
    claim: Claim
    markers: list[Marker] = field(default_factory=list)

    @property
    def numbers(self) -> list[int]:
        return list(dict.fromkeys(number for marker in self.markers for number in marker.numbers))


async def check(
    answer: str, passages: Mapping[int, Passage], embeddings: FootnoteEmbeddings, question: str = ""
) -> Citations:
    """The answer as it may be shown.

    Args:
        answer: canonical text as streamed.
        passages: number → source it may cite.
        question: completes claims of a word or two ("Yes [1].").
    """
    marked = parse(answer)
    cited = _cited_sentences(marked, question)
    vectors = await _vectors(cited, passages, embeddings)
    supports: dict[int, list[Support]] = {}
    insertions: dict[int, str] = {}
    dropped = unsupported = 0
    for item in cited:
        held = {number: found for number in item.numbers if (found := _support(item.claim, number, passages, vectors))}
        for number, found in held.items():
            supports.setdefault(number, []).append(found)
        for marker in item.markers:
            kept = [number for number in marker.numbers if number in held]
            dropped += len(marker.numbers) - len(kept)
            if kept:
                _insert(insertions, marker.position, marker.space + "".join(f"[{number}]" for number in kept))
        if item.markers and not held:
            unsupported += 1
            _insert(insertions, _end(marked.bare, item.sentence), f" {UNSUPPORTED}")
    citations = tuple(_citation(passages[number], found) for number, found in supports.items())
    return Citations(
        answer=render(marked.bare, insertions), citations=citations, dropped=dropped, unsupported=unsupported
    )


def _insert(insertions: dict[int, str], position: int, text: str) -> None:
    insertions[position] = insertions.get(position, "") + text


def _cited_sentences(marked: Marked, question: str) -> list[_Cited]:
    """Sentences with their markers: a marker belongs to the sentence it follows on its line, else to the one it precedes."""
    sentences = split(marked.bare)
    if not sentences:  # markers and nothing else: there is no claim to support
        sentences = [Sentence(len(marked.bare), len(marked.bare), "prose", 0)]
    cited = [_Cited(item, Claim(marked.bare[item.start : item.end], question)) for item in sentences]
    for marker in marked.markers:
        cited[_owner(marked.bare, sentences, marker.position)].markers.append(marker)
    return [item for item in cited if item.markers]


def _owner(bare: str, sentences: Sequence[Sentence], position: int) -> int:
    before = [number for number, sentence in enumerate(sentences) if sentence.start < position]
    if not before:
        return 0
    last = before[-1]
    is_on_next_line = "\n" in bare[sentences[last].end : position] and last + 1 < len(sentences)
    return last + 1 if is_on_next_line else last


async def _vectors(
    cited: Iterable[_Cited], passages: Mapping[int, Passage], embeddings: FootnoteEmbeddings
) -> dict[str, list[float]]:
    """Vectors of the claims that need them, and of the lines they are compared with; one trip for all."""
    texts: dict[str, None] = {}
    for item in cited:
        for number in item.numbers:
            if number in passages and literal(item.claim, passages[number]) is None:
                texts[item.claim.full_text] = None
                texts.update(dict.fromkeys(line.text for line in passages[number].lines))
    return dict(zip(texts, await embeddings.aembed_now(list(texts)), strict=True)) if texts else {}


def _support(claim: Claim, number: int, passages: Mapping[int, Passage], vectors: Vectors) -> Support | None:
    if number not in passages:
        return None
    return literal(claim, passages[number]) or judge(claim, passages[number], vectors)


def _end(bare: str, sentence: Sentence) -> int:
    """Where a remark about a sentence goes: behind it, in a table inside its last cell."""
    is_open_row = sentence.kind == "row" and bare[: sentence.end].endswith("|")
    return len(bare[: sentence.end - 1].rstrip()) if is_open_row else sentence.end


def _citation(passage: Passage, supports: Sequence[Support]) -> Citation:
    chunk = passage.source.chunk
    spans = _merged([span for support in supports for span in support.spans], chunk.text, chunk.char_start)
    quotes = [
        " ".join(chunk.text[span.start - chunk.char_start : span.end - chunk.char_start].split()) for span in spans
    ]
    strength = min(support.strength for support in supports)
    return Citation(
        number=passage.source.number, chunk=chunk, spans=tuple(spans), quote=QUOTE_JOINT.join(quotes), support=strength
    )


def _merged(spans: Sequence[Span], text: str, offset: int) -> list[Span]:
    """In reading order; those with nothing but space between them become one."""
    merged: list[Span] = []
    for span in sorted(set(spans), key=lambda span: (span.start, span.end)):
        if merged and not text[merged[-1].end - offset : max(span.start, merged[-1].end) - offset].strip():
            merged[-1] = Span(start=merged[-1].start, end=max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged
