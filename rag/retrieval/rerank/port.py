"""The port of a reranker."""

from collections.abc import Sequence
from typing import Protocol


class Reranker(Protocol):
    """Judges how well texts answer a question. A call that is cancelled leaves no work behind it but what cannot be stopped.

    Attributes:
        name: for the trace.
    """

    name: str

    async def load(self) -> None:
        """Make ready; returns at once the second time.

        Raises:
            StartupFailed: there is no such model.
        """

    async def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """One score per text, in order; higher is better, and comparable between questions.

        Raises:
            UpstreamUnavailable: the server fails, or what it says cannot be read.
        """
        ...

    async def close(self) -> None:
        """Let go of the model or the connections; used again, they are made again."""
