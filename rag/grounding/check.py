"""Checks an answer against its sources, sentence by sentence: unsupported claims are marked, failed numbers are removed and counted.

After the check, every number in the text names a source that supports the sentence before it, and every sentence that claims
something has such a number or is marked ``[unsupported]``,
``[partly]``, ``[contradicted]`` or ``[unchecked]``.
"""

import asyncio
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from statistics import fmean

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.events import Citations
from rag.grounding.markdown import code_runs, without_code
from rag.grounding.markdown_parts import CodeSpans, Run
from rag.grounding.markers import ParsedAnswer, canonical, parse, render
from rag.grounding.matching import Finding, find
from rag.grounding.passage import Passage
from rag.grounding.sentences import Sentence
from rag.grounding.statements import Statement, quotes, statements
from rag.grounding.support import Support
from rag.types import Citation, SentenceSource, SentenceSupport, Span, Verdict

QUOTE_JOINT = " … "
_Insertions = defaultdict[int, list[str]]  # position in the bare text → what is inserted there, in order
# A sentence ends with characters of the first, then characters of the second.
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
    """The answer that may be shown: the method is in the module docstring. All but the embedding is done in threads.

    Args:
        answer: canonical text as streamed.
        passages: number → source it may cite.
        question: completes claims of a word or two ("Yes [1].").
        is_quoted: the answer consists of sentences of the sources, each with its number.
        is_cut: the answer broke off; an unfinished last sentence without a number is not checked.
    """
    verdict = await _verdict(answer, passages, embeddings, question, is_quoted=is_quoted, is_cut=is_cut)
    if verdict.is_code_elsewhere:
        words = await asyncio.to_thread(without_code, answer)
        verdict = await _verdict(words, passages, embeddings, question, is_quoted=is_quoted, is_cut=is_cut)
    return await asyncio.to_thread(_citations, verdict, passages)


def _citations(verdict: "_Verdict", passages: Mapping[int, Passage]) -> Citations:
    findings = verdict.findings
    checked = [finding for finding in findings if finding.is_checked]
    supports: dict[int, list[Support]] = {}
    for finding in findings:
        for number, support in finding.supports.items():
            supports.setdefault(number, []).append(support)
    return Citations(
        answer=verdict.answer,
        citations=tuple(_citation(passages[number], holding) for number, holding in supports.items()),
        dropped=sum(_dropped(finding) for finding in findings),
        supported=sum(finding.verdict is Verdict.SUPPORTED for finding in checked),
        added=sum(bool(finding.added) for finding in checked),
        unsupported=sum(finding.is_unsupported for finding in checked),
        unchecked=sum(finding.verdict is Verdict.UNCHECKED for finding in checked),
        score=_score(checked),
        sentences=tuple(_sentence(finding, verdict.moved) for finding in checked),
    )


async def _verdict(
    answer: str,
    passages: Mapping[int, Passage],
    embeddings: FootnoteEmbeddings,
    question: str,
    *,
    is_quoted: bool,
    is_cut: bool,
) -> "_Verdict":
    """The findings for an answer; arguments as for :func:`check`."""

    def read() -> tuple[ParsedAnswer, list[Statement]]:
        parsed = parse(answer)
        stated = quotes(parsed) if is_quoted else statements(parsed, question)
        if is_cut and stated and _stop(parsed.bare) is None:
            stated[-1].is_claim = False
        return parsed, stated

    parsed, stated = await asyncio.to_thread(read)
    findings = await find(stated, passages, embeddings)
    return await asyncio.to_thread(_Verdict, parsed, findings)


def _score(checked: Sequence[Finding]) -> float | None:
    """The mean score of the sentences that could be checked."""
    scores = [finding.score for finding in checked if finding.verdict is not Verdict.UNCHECKED]
    return round(fmean(scores), 3) if scores else None


class _Verdict:
    """The findings for the statements of an answer, and the resulting text.

    Attributes:
        findings: one for each statement.
        answer: the text with the numbers that hold and the remarks.
        is_code_elsewhere: removing or adding markers turned words into code or code into words: then the check does not apply to the text.
    """

    def __init__(self, parsed: ParsedAnswer, findings: Sequence[Finding]) -> None:
        self.findings = findings
        inserted = defaultdict[int, list[str]](list)
        code = CodeSpans(parsed.runs)
        for finding in findings:
            _mark(finding, parsed.bare, code, inserted)
        insertions = {position: "".join(texts) for position, texts in inserted.items()}
        self._places = sorted(insertions)
        self._lengths = list(accumulate((len(insertions[place]) for place in self._places), initial=0))
        self._parsed = parsed
        self.answer = render(parsed.bare, insertions)
        self.is_code_elsewhere = self._has_other_code()

    def moved(self, position: int) -> int:
        """The position in the answer of a position in the bare text."""
        return position + self._lengths[bisect_right(self._places, position)]

    def _has_other_code(self) -> bool:
        expected = [
            Run(self.moved(run.start), self.moved(run.start) + run.end - run.start, run.kind)
            for run in self._parsed.runs
            if run.kind.is_code
        ]
        return expected != list(code_runs(self.answer))


def _mark(finding: Finding, bare: str, code: CodeSpans, insertions: _Insertions) -> None:
    """Inserts the numbers that hold where they were; an added number, or the remark that there is none, goes to the end."""
    sentence = finding.statement.sentence
    for marker in finding.statement.markers:
        holding = [number for number in marker.numbers if number in finding.own]
        _insert(insertions, marker.position, canonical(marker.space, holding))
    has_remark = finding.is_checked and finding.verdict is not Verdict.SUPPORTED
    if not finding.added and not has_remark:
        return
    remark = canonical(" ", list(finding.added)) or f" [{finding.verdict}]"
    if sentence.kind == "code":
        position = finding.statement.markers[-1].position
    else:
        position = _before_stop(bare, sentence) if finding.added else _end(bare, sentence)
    _remark(insertions, bare, code.end(position), remark)


def _remark(insertions: _Insertions, bare: str, place: int, text: str) -> None:
    """Inserts a text that the answer did not have, but not right before a bracket, which would turn it into a link."""
    _insert(insertions, place, f"{text} " if bare[place : place + 1] in ("(", "[") else text)


def _insert(insertions: _Insertions, position: int, text: str) -> None:
    if text:
        insertions[position].append(text)


def _dropped(finding: Finding) -> int:
    return sum(number not in finding.own for marker in finding.statement.markers for number in marker.numbers)


def _end(bare: str, sentence: Sentence) -> int:
    """Where a remark about a sentence goes: after it, or in a table inside its last cell."""
    row = bare[sentence.start : sentence.end]
    is_open_row = sentence.kind in ("row", "header") and row.endswith("|")
    return sentence.start + len(row[:-1].rstrip()) if is_open_row else sentence.end


def _before_stop(bare: str, sentence: Sentence) -> int:
    """Where a number goes: before the full stop, where there is one."""
    end = _end(bare, sentence)
    stop = _stop(bare[sentence.start : end])
    return sentence.start + stop if stop else end


def _stop(text: str) -> int | None:
    """Where the full stop (or its equivalent) at the end of a text begins; None when there is none."""
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
    return SentenceSupport(
        start=start,
        end=end,
        is_added=bool(finding.added),
        sources=sources,
        verdict=finding.verdict,
        score=finding.score,
        reason=finding.reason,
    )


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
    """The spans in reading order; spans with only white space between them become one."""
    merged: list[Span] = []
    for span in sorted(set(spans), key=lambda span: (span.start, span.end)):
        if merged and not text[merged[-1].end - offset : max(span.start, merged[-1].end) - offset].strip():
            merged[-1] = Span(start=merged[-1].start, end=max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged
