"""An answer is checked against its sources, sentence by sentence: what nothing supports is marked, what fails is removed and counted.

After the check, every number left in the text stands for a source that supports the sentence before it, and every sentence that claims
something has such a number or is marked ``[unsupported]``.
"""

import re
from collections.abc import Mapping, Sequence

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.events import Citations
from rag.grounding.code_spans import code_runs
from rag.grounding.marker_scan import UNSUPPORTED
from rag.grounding.markers import canonical, parse, render
from rag.grounding.matching import Finding, find
from rag.grounding.passage import Passage
from rag.grounding.sentences import Sentence
from rag.grounding.statements import quotes, statements
from rag.grounding.support import Support
from rag.types import Citation, SentenceSource, SentenceSupport, Span

QUOTE_JOINT = " … "
STOP = re.compile(r"[.!?…。！？｡]+[\"'”’»)\]*_」』”’）]*\Z")


async def check(
    answer: str,
    passages: Mapping[int, Passage],
    embeddings: FootnoteEmbeddings,
    question: str = "",
    *,
    is_quoted: bool = False,
    is_cut: bool = False,
) -> Citations:
    """The answer as it may be shown.

    Args:
        answer: canonical text as streamed.
        passages: number → source it may cite.
        question: completes claims of a word or two ("Yes [1].").
        is_quoted: the answer is made of the sources' own sentences, each with its number.
        is_cut: the answer broke off: its last sentence, without a number, is not looked at.
    """
    marked = parse(answer)
    stated = quotes(marked) if is_quoted else statements(marked, question)
    if is_cut and stated and not STOP.search(marked.bare):
        stated[-1].is_claim = False
    findings = await find(stated, passages, embeddings)
    insertions: dict[int, str] = {}
    for finding in findings:
        _mark(finding, marked.bare, insertions)
    supports: dict[int, list[Support]] = {}
    for finding in findings:
        for number, support in finding.supports.items():
            supports.setdefault(number, []).append(support)
    return Citations(
        answer=render(marked.bare, insertions),
        citations=tuple(_citation(passages[number], found) for number, found in supports.items()),
        dropped=sum(_dropped(finding) for finding in findings),
        supported=sum(bool(finding.supports) for finding in findings),
        added=sum(bool(finding.added) for finding in findings),
        unsupported=sum(finding.is_unsupported for finding in findings),
        sentences=tuple(_sentence(finding, insertions) for finding in findings if finding.is_looked_for),
    )


def _mark(finding: Finding, bare: str, insertions: dict[int, str]) -> None:
    """The numbers that hold stay where they stood; a number that was found, or the remark that none was, goes to the end."""
    sentence = finding.statement.sentence
    for marker in finding.statement.markers:
        kept = [number for number in marker.numbers if number in finding.held]
        _insert(insertions, marker.position, canonical(marker.space, kept))
    if finding.added:
        _remark(insertions, bare, _before_stop(bare, sentence), canonical(" ", list(finding.added)))
    elif finding.is_unsupported:
        _remark(insertions, bare, _end(bare, sentence), f" {UNSUPPORTED}")


def _remark(insertions: dict[int, str], bare: str, position: int, text: str) -> None:
    """Put in what did not stand there: never into code, nor right before a bracket that would make a link of it."""
    around = next(((start, end) for start, end in code_runs(bare) if start < position < end), (position, position))
    place = around[1] if around[1] <= len(bare) else around[0]
    _insert(insertions, place, f"{text} " if bare[place : place + 1] in ("(", "[") else text)


def _insert(insertions: dict[int, str], position: int, text: str) -> None:
    if text:
        insertions[position] = insertions.get(position, "") + text


def _dropped(finding: Finding) -> int:
    return sum(number not in finding.held for marker in finding.statement.markers for number in marker.numbers)


def _end(bare: str, sentence: Sentence) -> int:
    """Where a remark about a sentence goes: behind it, in a table inside its last cell."""
    is_open_row = sentence.kind == "row" and bare[: sentence.end].endswith("|")
    return len(bare[: sentence.end - 1].rstrip()) if is_open_row else sentence.end


def _before_stop(bare: str, sentence: Sentence) -> int:
    """Where a number goes: before the full stop, where there is one."""
    end = _end(bare, sentence)
    stop = STOP.search(bare, sentence.start, end)
    return stop.start() if stop and stop.start() > sentence.start else end


def _sentence(finding: Finding, insertions: Mapping[int, str]) -> SentenceSupport:
    sentence = finding.statement.sentence
    start, end = (
        position + sum(len(text) for place, text in insertions.items() if place <= position)
        for position in (sentence.start, sentence.end)
    )
    sources = tuple(
        SentenceSource(number=number, spans=support.spans, support=support.strength)
        for number, support in finding.supports.items()
    )
    return SentenceSupport(start=start, end=end, is_added=bool(finding.added), sources=sources)


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
