"""The port of rerankers."""

from collections.abc import Sequence
from typing import Protocol


class Reranker(Protocol):
    """Scores how well texts answer a question. A cancelled call stops its work as far as it can be stopped.

    Attributes:
        name: for the trace.
    """

    name: str

    async def load(self) -> None:
        """Loads the model; returns at once the second time.

        Raises:
            StartupFailed: there is no such model.
        """

    async def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """One score per text, in order; higher is better, and comparable between questions.

        Raises:
            UpstreamUnavailable: the server fails, or its answer cannot be read.
        """
        ...

    async def close(self) -> None:
        """Releases the model or the connections; the next use loads or opens them again."""
