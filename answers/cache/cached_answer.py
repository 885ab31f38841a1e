"""A cached answer: the events that gave it, and what must still hold to reuse it."""

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
class KeptAnswer:
    """A complete answer.

    Attributes:
        question: as it was asked.
        index_version: of the index that it was found in.
        epochs: of the libraries it was looked for in, before the search.
        rows: of each source, what its chunk's row said, as :func:`row_print`.
        kept_at: seconds since 1970.
    """

    question: str
    sources: Sources
    check: Citations
    mode: AnswerMode
    model: str | None
    index_version: int
    epochs: str
    rows: Mapping[UUID, str]
    kept_at: float

    @property
    def age_s(self) -> float:
        """How long ago it was kept."""
        return time.time() - self.kept_at

    def events(self, question: str, how: CacheHit, stage: Stage, total_ms: float) -> list[PipelineEvent]:
        """What happens when it is the answer to a question."""
        return [
            Searching(query=question),
            self.sources,
            Token(text=self.check.answer),
            self.check,
            Done(
                mode=self.mode,
                model=self.model,
                cached=how,
                timings=Timings(sources_ms=total_ms, first_token_ms=total_ms, total_ms=total_ms),
                trace=(stage,),
            ),
        ]

    def as_value(self) -> dict[str, Any]:
        """For the namespace."""
        return {
            "question": self.question,
            "sources": self.sources.model_dump_json().encode(),
            "check": self.check.model_dump_json().encode(),
            "mode": self.mode,
            "model": self.model,
            "index_version": self.index_version,
            "epochs": self.epochs,
            "rows": {chunk_id.hex: printed for chunk_id, printed in self.rows.items()},
            "kept_at": self.kept_at,
        }

    @classmethod
    def from_value(cls, value: Any) -> "KeptAnswer | None":
        """From the namespace; None when it is none of ours."""
        try:
            return cls(
                question=value["question"],
                sources=Sources.model_validate_json(value["sources"]),
                check=Citations.model_validate_json(value["check"]),
                mode=value["mode"],
                model=value["model"],
                index_version=value["index_version"],
                epochs=value["epochs"],
                rows={UUID(hex=chunk_id): printed for chunk_id, printed in value["rows"].items()},
                kept_at=value["kept_at"],
            )
        except (KeyError, TypeError, ValueError, ValidationError):
            return None

    def in_terms_of(self, passages: Mapping[int, Passage]) -> str | None:
        """Its text with the numbers that its sources have among other ones; None when one that it cites is not there."""
        number_of = {passage.source.chunk.chunk_id: number for number, passage in passages.items()}
        renumbered: dict[int, int] = {}
        for citation in self.check.citations:
            number = number_of.get(citation.chunk.chunk_id)
            if number is None:
                return None
            renumbered[citation.number] = number
        marked = parse(self.check.answer)
        if any(number not in renumbered for marker in marked.markers for number in marker.numbers):
            return None
        insertions: dict[int, str] = {}
        for marker in marked.markers:  # several may stand in one place
            numbers = canonical(marker.space, [renumbered[number] for number in marker.numbers])
            insertions[marker.position] = insertions.get(marker.position, "") + numbers
        return render(marked.bare, insertions)


def row_print(fields: Mapping[str, Any]) -> str:
    """The same text for a chunk's row (``db.chunks.shown``) of which nothing has changed: words, place, title, version."""
    return fingerprint(repr(sorted(fields.items())))
