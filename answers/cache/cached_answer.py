"""A cached answer: its events, and what must be unchanged to reuse it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from core.cache import fingerprint
from rag.events import AnswerMode, CacheHit, Citations, Done, PipelineEvent, Searching, Sources, Token
from rag.grounding.markers import canonical, parse, render
from rag.grounding.passage import Passage
from rag.types import Stage, Timings


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """A complete answer.

    Attributes:
        question: in its original words.
        index_version: the one that was searched.
        epochs: of the searched libraries, read before the search.
        rows: :func:`row_print` of each source's chunk, by chunk id.
        stored_at: seconds since 1970.
    """

    question: str
    sources: Sources
    check: Citations
    mode: AnswerMode
    model: str | None
    index_version: int
    epochs: str
    rows: Mapping[UUID, str]
    stored_at: float

    @property
    def age_s(self) -> float:
        """Seconds since it was stored."""
        return time.time() - self.stored_at

    def events(self, question: str, hit: CacheHit, stage: Stage, total_ms: float) -> list[PipelineEvent]:
        """Its events as the answer to a question."""
        return [
            Searching(query=question),
            self.sources,
            Token(text=self.check.answer),
            self.check,
            Done(
                mode=self.mode,
                model=self.model,
                cached=hit,
                timings=Timings(sources_ms=total_ms, first_token_ms=total_ms, total_ms=total_ms),
                trace=(stage,),
            ),
        ]

    def as_value(self) -> dict[str, Any]:
        """The value to store in a cache namespace."""
        return {
            "question": self.question,
            "sources": self.sources.model_dump_json().encode(),
            "check": self.check.model_dump_json().encode(),
            "mode": self.mode,
            "model": self.model,
            "index_version": self.index_version,
            "epochs": self.epochs,
            "rows": {chunk_id.hex: row for chunk_id, row in self.rows.items()},
            "kept_at": self.stored_at,
        }

    @classmethod
    def from_value(cls, value: Any) -> "CachedAnswer | None":
        """Read a stored value; None when it is not one of ours."""
        try:
            return cls(
                question=value["question"],
                sources=Sources.model_validate_json(value["sources"]),
                check=Citations.model_validate_json(value["check"]),
                mode=value["mode"],
                model=value["model"],
                index_version=value["index_version"],
                epochs=value["epochs"],
                rows={UUID(hex=chunk_id): row for chunk_id, row in value["rows"].items()},
                stored_at=value["kept_at"],
            )
        except (KeyError, TypeError, ValueError, ValidationError):
            return None

    def renumbered(self, passages: Mapping[int, Passage]) -> str | None:
        """Its text, citing by the numbers of these passages; None when a cited source is not among them."""
        number_of = {passage.source.chunk.chunk_id: number for number, passage in passages.items()}
        new_numbers: dict[int, int] = {}
        for citation in self.check.citations:
            number = number_of.get(citation.chunk.chunk_id)
            if number is None:
                return None
            new_numbers[citation.number] = number
        marked = parse(self.check.answer)
        if any(number not in new_numbers for marker in marked.markers for number in marker.numbers):
            return None
        insertions: dict[int, str] = {}
        for marker in marked.markers:  # several may share one position
            numbers = canonical(marker.space, [new_numbers[number] for number in marker.numbers])
            insertions[marker.position] = insertions.get(marker.position, "") + numbers
        return render(marked.bare, insertions)


def row_print(fields: Mapping[str, Any]) -> str:
    """Fingerprint of a chunk's row (``db.chunks.visible``): it changes with the row's words, locator, title or version."""
    return fingerprint(repr(sorted(fields.items())))
