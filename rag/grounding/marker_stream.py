"""An answer while it streams: only numbers of its sources pass, spelled the one way that every door knows."""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator
from dataclasses import dataclass, field

from rag.grounding.marker_scan import MarkerScanner
from rag.grounding.markers import canonical


async def only_known(pieces: AsyncIterator[str], numbers: Collection[int]) -> AsyncGenerator[str, None]:
    """The pieces of an answer as they may be shown, none of them empty."""
    passing = MarkerFilter(numbers)
    async for piece in pieces:
        if shown := passing.feed(piece):
            yield shown
    if shown := passing.flush():
        yield shown


@dataclass(slots=True)
class MarkerFilter:
    """Drops invented numbers, ``[unsupported]`` as a model wrote it, and what a cut answer leaves of a marker.

    However the text is cut into pieces, the concatenation of all :meth:`feed` results and :meth:`flush` is the same.
    What may become a marker is held back until that is decided; the rest passes at once.

    Args:
        numbers: of the sources.
    """

    numbers: Collection[int]
    _scanner: MarkerScanner = field(default_factory=MarkerScanner)

    def feed(self, piece: str) -> str:
        """As much of the text as is decided."""
        return "".join(self._shown(piece, is_last=False))

    def flush(self) -> str:
        """The rest, when the text is complete or broke off."""
        return "".join(self._shown("", is_last=True))

    def _shown(self, piece: str, *, is_last: bool) -> Iterator[str]:
        for part in self._scanner.feed(piece, is_last=is_last):
            if isinstance(part, str):
                yield part
            else:
                yield canonical(part.space, [number for number in part.numbers if number in self.numbers])
