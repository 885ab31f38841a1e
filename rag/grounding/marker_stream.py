"""Filters an answer while it streams: only numbers of its sources pass, in canonical spelling."""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator
from dataclasses import dataclass, field

from rag.events import Reasoning, Token
from rag.grounding.markdown_parts import Part
from rag.grounding.marker_scan import MarkerScanner
from rag.grounding.markers import canonical
from rag.models.pieces import Piece


async def shown(pieces: AsyncIterator[Piece], numbers: Collection[int]) -> AsyncGenerator[Token | Reasoning, None]:
    """The pieces of a reply as they may be shown; none is empty. ``numbers`` are those of the sources."""
    marker_filter = MarkerFilter(numbers)
    async for piece in pieces:
        if piece.kind == "answer":
            if text := marker_filter.feed(piece.text):
                yield Token(text=text)
        elif piece.kind == "reasoning":
            yield Reasoning(text=piece.text)
        elif piece.kind == "retraction":
            marker_filter = MarkerFilter(numbers)
            yield Reasoning(text="", retracts=True)
    if text := marker_filter.flush():
        yield Token(text=text)


def only_known(answer: str, numbers: Collection[int]) -> str:
    """A whole answer as it may be shown, without remarks of an earlier check."""
    marker_filter = MarkerFilter(numbers)
    return marker_filter.feed(answer) + marker_filter.flush()


@dataclass(slots=True)
class MarkerFilter:
    """Drops invented numbers, ``[unsupported]`` written by a model, and the unfinished marker of a cut answer.

    The concatenation of all :meth:`feed` results and :meth:`flush` does not depend on the pieces of the text.
    What may become a marker is held back until that is decided; the rest passes at once.

    Args:
        numbers: of the sources.
    """

    numbers: Collection[int]
    _scanner: MarkerScanner = field(default_factory=MarkerScanner)

    def feed(self, piece: str) -> str:
        """The text that is decided after this piece."""
        return "".join(self._filtered(piece, is_last=False))

    def flush(self) -> str:
        """The rest, when the text is complete or broke off."""
        return "".join(self._filtered("", is_last=True))

    def _filtered(self, piece: str, *, is_last: bool) -> Iterator[str]:
        for part in self._scanner.feed(piece, is_last=is_last):
            if isinstance(part, Part):
                yield part.text
            else:
                yield canonical(part.space, [number for number in part.numbers if number in self.numbers])
