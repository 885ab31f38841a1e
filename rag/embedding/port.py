"""The port of a loaded embedding model, whichever library runs it."""

from collections.abc import Sequence
from typing import Protocol

from rag.embedding.language_coverage import TokenSpan

CHARACTERS_PER_TOKEN = 4


class Engine(Protocol):
    """A loaded model. It is used by one thread at a time.

    Attributes:
        kind: "openvino" or "torch", and on what.
    """

    kind: str

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One vector of length 1 per text, in order."""
        ...

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, at least about."""
        ...

    def tokens(self, text: str) -> list[TokenSpan] | None:
        """What its tokenizer makes of a text, as far as the model reads; None when it does not say. Safe from any thread."""
        ...


def rough_lengths(texts: Sequence[str]) -> list[int]:
    """Tokens of each text by rule of thumb."""
    return [len(text) // CHARACTERS_PER_TOKEN for text in texts]
