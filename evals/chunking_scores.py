"""Scores for rankings of chunks: by the characters that answer, and by the page that answers."""

import math
from collections.abc import Sequence
from statistics import fmean

from evals.chunking_sets import Document, Question, Span
from evals.corpus import document_id
from rag.types import Chunk

TOP = 5  # chunks; usual for sets with marked passages
BUDGET_CHARS = 4000  # about what a model sees, for any chunk size
PAGES_RANKED, PAGES_FOUND = 10, 20

Ranking = Sequence[Chunk]


def passage_scores(
    rankings: Sequence[Ranking], questions: Sequence[Question], documents: Sequence[Document]
) -> tuple[float, float, float, float]:
    """Recall, precision, IoU, and recall in the budget. Text that is found twice counts twice as read."""
    by_id = {document_id(document.title): document for document in documents}
    scores = []
    for ranking, question in zip(rankings, questions, strict=True):
        answering = _characters(question.spans)
        located = [_locator(chunk, by_id[chunk.document_id]) for chunk in ranking]
        right = [title == question.document for title, _ in located]
        top = [_characters([span]) for (_, span), is_right in zip(located[:TOP], right, strict=False) if is_right]
        read = sum(end - start for _, (start, end) in located[:TOP])
        hit = len(answering & set().union(*top))
        shortened = _within_budget([span for _, span in located])
        within = [_characters([span]) for span, is_right in zip(shortened, right, strict=False) if is_right]
        scores.append(
            (
                hit / len(answering),
                hit / read,
                hit / (read + len(answering) - hit),
                len(answering & set().union(*within)) / len(answering),
            )
        )
    recall, precision, iou, in_budget = (fmean(column) for column in zip(*scores, strict=True))
    return recall, precision, iou, in_budget


def page_scores(rankings: Sequence[Ranking], questions: Sequence[Question]) -> tuple[float, float]:
    """nDCG@10 and recall@20; one page answers each question."""
    ranks = []
    for ranking, question in zip(rankings, questions, strict=True):
        titles = list(dict.fromkeys(chunk.title for chunk in ranking))
        ranks.append(titles.index(question.document) if question.document in titles else math.inf)
    gain = [1 / math.log2(rank + 2) if rank < PAGES_RANKED else 0.0 for rank in ranks]
    return fmean(gain), fmean(rank < PAGES_FOUND for rank in ranks)


def _locator(chunk: Chunk, document: Document) -> tuple[str, Span]:
    start = document.starts[chunk.section]
    return document.title, (start + chunk.char_start, start + chunk.char_end)


def _characters(spans: Sequence[Span]) -> set[int]:
    return {offset for start, end in spans for offset in range(start, end)}


def _within_budget(spans: Sequence[Span]) -> list[Span]:
    """The first spans, as many as fit; the last one is cut short."""
    fitting: list[Span] = []
    left = BUDGET_CHARS
    for start, end in spans:
        if left <= 0:
            break
        fitting.append((start, min(end, start + left)))
        left -= end - start
    return fitting
