"""The pieces in which a model's reply arrives."""

from dataclasses import dataclass
from typing import Literal

from rag.types import Finish

# A retraction says that all answer text so far was reasoning; ``end`` comes last.
PieceKind = Literal["answer", "reasoning", "retraction", "end"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a reply. ``finish`` says how it ended, in the last piece."""

    kind: PieceKind
    text: str = ""
    finish: Finish = "stop"
