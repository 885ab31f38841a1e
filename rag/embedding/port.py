"""The port of engines: loaded embedding models, run by any library."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.embedding.language_coverage import TokenSpan
from rag.embedding.prompts import Prompts

CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class BatchSize:
    """The size from which larger batches are no faster: texts, and tokens with padding."""

    texts: int
    tokens: float


# Larger batches are no faster on a CPU, and a person's question may have to wait for one. A GPU starves on small ones.
CPU_BATCH, GPU_BATCH = BatchSize(16, 512), BatchSize(256, 65_536)


class Engine(Protocol):
    """A loaded model, used by one thread at a time.

    Attributes:
        kind: the library and the device or precision, for the log.
        own_prompts: the prompts of the model's configuration; None when it names none.
        largest_batch: the size of batches that suits the device.
    """

    kind: str
    own_prompts: Prompts | None
    largest_batch: BatchSize

    def embed(self, texts: list[str], prompt: str = "") -> list[list[float]]:
        """One vector of length 1 per text, in order.

        Args:
            prompt: goes in front of every text.
        """
        ...

    def lengths(self, texts: Sequence[str], prompt: str = "") -> list[int]:
        """The number of tokens of each text behind the prompt, exact or approximate."""
        ...

    def tokens(self, text: str) -> list[TokenSpan] | None:
        """The tokens of a text, as far as the model reads it; None when the tokenizer has no offsets. Thread-safe."""
        ...


def rough_lengths(texts: Sequence[str]) -> list[int]:
    """The number of tokens of each text by rule of thumb: ``CHARACTERS_PER_TOKEN``."""
    return [len(text) // CHARACTERS_PER_TOKEN for text in texts]
