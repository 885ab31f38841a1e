"""An answer is checked against its sources, sentence by sentence: what nothing supports is marked, what fails is removed and counted.

After the check, every number left in the text stands for a source that supports the sentence before it, and every sentence that claims
something has such a number or is marked ``[unsupported]``.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.events import Citations
from rag.grounding.markdown import code_runs, without_code
from rag.grounding.marker_scan import UNSUPPORTED
from rag.grounding.markers import Marked, canonical, parse, render
from rag.grounding.matching import Finding, find
from rag.grounding.parts import CodeSpans, Run
from rag.grounding.passage import Passage
from rag.grounding.sentences import Sentence
from rag.grounding.statements import quotes, statements
from rag.grounding.support import Support
from rag.types import Citation, SentenceSource, SentenceSupport, Span

QUOTE_JOINT = " … "
# A sentence ends with some of the first, and then some of the second.
STOPS, CLOSING = ".!?…。！？｡", "\"'”’»)]*_」』）"


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
    verdict = await _verdict(parse(answer), passages, embeddings, question, is_quoted=is_quoted, is_cut=is_cut)
    if verdict.is_code_elsewhere:
        words = parse(without_code(answer))
        verdict = await _verdict(words, passages, embeddings, question, is_quoted=is_quoted, is_cut=is_cut)
    findings = verdict.findings
    supports: dict[int, list[Support]] = {}
    for finding in findings:
        for number, support in finding.supports.items():
            supports.setdefault(number, []).append(support)
    return Citations(
        answer=verdict.answer,
        citations=tuple(_citation(passages[number], found) for number, found in supports.items()),
        dropped=sum(_dropped(finding) for finding in findings),
        supported=sum(bool(finding.supports) for finding in findings),
        added=sum(bool(finding.added) for finding in findings),
        unsupported=sum(finding.is_unsupported for finding in findings),
        sentences=tuple(_sentence(finding, verdict.moved) for finding in findings if finding.is_looked_for),
    )


async def _verdict(
    marked: Marked,
    passages: Mapping[int, Passage],
    embeddings: FootnoteEmbeddings,
    question: str,
    *,
    is_quoted: bool,
    is_cut: bool,
) -> "_Verdict":
    """What becomes of an answer; arguments as for :func:`check`."""
    stated = quotes(marked) if is_quoted else statements(marked, question)
    if is_cut and stated and _stop(marked.bare) is None:
        stated[-1].is_claim = False
    return _Verdict(marked, await find(stated, passages, embeddings))


class _Verdict:
    """What was found for the statements of an answer, and what it says then.

    Attributes:
        findings: for each statement.
        answer: with the numbers that hold and the remarks.
    """

    def __init__(self, marked: Marked, findings: Sequence[Finding]) -> None:
        self.findings = findings
        insertions: dict[int, str] = {}
        for finding in findings:
            _mark(finding, marked, insertions)
        self._places = sorted(insertions)
        self._lengths = list(accumulate((len(insertions[place]) for place in self._places), initial=0))
        self._marked = marked
        self.answer = render(marked.bare, insertions)

    def moved(self, position: int) -> int:
        """Where a position of the bare text is in the answer."""
        return position + self._lengths[bisect_right(self._places, position)]

    @property
    def is_code_elsewhere(self) -> bool:
        """True when markers that went or came made code of words, or words of code: then it is not known what was checked."""
        expected = [
            Run(self.moved(run.start), self.moved(run.start) + run.end - run.start, run.kind)
            for run in self._marked.runs
            if run.kind.is_code
        ]
        return expected != list(code_runs(self.answer))


def _mark(finding: Finding, marked: Marked, insertions: dict[int, str]) -> None:
    """The numbers that hold stay where they stood; a number that was found, or the remark that none was, goes to the end."""
    bare, sentence = marked.bare, finding.statement.sentence
    for marker in finding.statement.markers:
        kept = [number for number in marker.numbers if number in finding.held]
        _insert(insertions, marker.position, canonical(marker.space, kept))
    if not finding.added and not finding.is_unsupported:
        return
    remark = canonical(" ", list(finding.added)) or f" {UNSUPPORTED}"
    if sentence.kind == "code":
        position = finding.statement.markers[-1].position
    else:
        position = _before_stop(bare, sentence) if finding.added else _end(bare, sentence)
    _remark(insertions, bare, CodeSpans(marked.runs).end(position), remark)


def _remark(insertions: dict[int, str], bare: str, place: int, text: str) -> None:
    """Put in what did not stand there, but not right before a bracket that would make a link of it."""
    _insert(insertions, place, f"{text} " if bare[place : place + 1] in ("(", "[") else text)


def _insert(insertions: dict[int, str], position: int, text: str) -> None:
    if text:
        insertions[position] = insertions.get(position, "") + text


def _dropped(finding: Finding) -> int:
    return sum(number not in finding.held for marker in finding.statement.markers for number in marker.numbers)


def _end(bare: str, sentence: Sentence) -> int:
    """Where a remark about a sentence goes: behind it, in a table inside its last cell."""
    row = bare[sentence.start : sentence.end]
    is_open_row = sentence.kind in ("row", "header") and row.endswith("|")
    return sentence.start + len(row[:-1].rstrip()) if is_open_row else sentence.end


def _before_stop(bare: str, sentence: Sentence) -> int:
    """Where a number goes: before the full stop, where there is one."""
    end = _end(bare, sentence)
    stop = _stop(bare[sentence.start : end])
    return sentence.start + stop if stop else end


def _stop(text: str) -> int | None:
    """Where the full stop at the end of a text begins, or what stands for one; None when it ends without."""
    closed = text.rstrip(CLOSING)
    stop = len(closed.rstrip(STOPS))
    return stop if stop < len(closed) else None


def _sentence(finding: Finding, moved: Callable[[int], int]) -> SentenceSupport:
    sentence = finding.statement.sentence
    start, end = moved(sentence.start), moved(sentence.end)
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
