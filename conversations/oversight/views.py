"""What the doors get of openings and of opened conversations."""

from datetime import datetime
from uuid import UUID

from core.values import Frozen
from rag.types import Stage


class OpeningView(Frozen):
    """An admin opened a conversation. ``opened_by`` is None once they are erased; ``reason`` is "" where none was asked for."""

    thread_id: UUID
    opened_by: str | None
    opened_at: datetime
    reason: str


class OpeningList(Frozen):
    """Openings, newest first. ``next_cursor`` leads to the next page; None on the last."""

    openings: tuple[OpeningView, ...]
    next_cursor: str | None = None


class PassageView(Frozen):
    """A numbered source of an answer.

    Attributes:
        quote: what the answer quotes of it; "" when it quotes nothing, None when it is gone.
        address: opens the document; None for those who are not in its library.
    """

    number: int
    title: str
    page: int | None
    locator: str | None
    is_cited: bool
    support: float | None
    similarity: float | None
    quote: str | None
    address: str | None


class CandidateView(Frozen):
    """A retrieved chunk by its rank. ``title`` is None when its document is gone."""

    rank: int
    title: str | None
    page: int | None
    section: int
    similarity: float
    rerank: float | None
    is_kept: bool


class RunDetails(Frozen):
    """How a question was answered. ``sources`` by number, ``candidates`` by rank (none of runs before they were kept)."""

    run_id: UUID
    question: str
    query: str | None
    state: str
    model: str
    cached: str | None
    fallback_used: bool
    input_tokens: int
    output_tokens: int
    cost_usd: float
    total_ms: float | None
    first_token_ms: float | None
    stages: tuple[Stage, ...]
    candidates: tuple[CandidateView, ...]
    sources: tuple[PassageView, ...]
    dropped_citations: int
    unsupported_sentences: int
    error: str | None
    reference: str | None
    created_at: datetime


class MessageRow(Frozen):
    """A message as its person saw it, in Markdown, with the runs that belong beside it. ``rating``: ``up`` or ``down``."""

    message_id: UUID
    is_question: bool
    text: str
    at: datetime
    rating: str | None
    comment: str | None
    runs: tuple[RunDetails, ...]


class TranscriptView(Frozen):
    """A part of an opened conversation."""

    thread_id: UUID
    name: str | None
    username: str
    created_at: datetime
    messages: tuple[MessageRow, ...]
    next_cursor: str | None
