"""The similarity of texts in meaning, on the common scale of all embedding models: the one place where the check compares vectors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rag.embedding.language import LATIN, SCRIPTS, are_different, language_of
from rag.embedding.scale import ACROSS, AS_IT_IS, SimilarityScale
from rag.embedding.similarity import cosine

LEAST_LETTERS, LOOKED_AT = 25, 400  # Latin letters that tell a language, among the first characters
FIRST_OTHER_SCRIPT = "\u0370"


@dataclass(frozen=True, slots=True)
class Likeness:
    """The vectors of the texts of one check, and the scale of their model; by default none."""

    vectors: Mapping[str, Sequence[float]] = field(default_factory=dict)
    scale: SimilarityScale = AS_IT_IS

    def of(self, left: str, right: str) -> float:
        """The similarity of two texts, -1 to 1; 0 where one has no vector."""
        first, second = self.vectors.get(left), self.vectors.get(right)
        if first is None or second is None:
            return 0.0
        return self.scale.likeness(cosine(first, second), left, right)

    @property
    def knows_translations(self) -> bool:
        """True when the model can compare a text with its translation."""
        return self.scale.maps.get("likeness", {}).get(ACROSS) is not None


def clear_language(text: str) -> str:
    """The language of a text; empty when it is unclear, as that of a few Latin letters is."""
    language = language_of(text)
    is_short = sum(char.isalpha() and char < FIRST_OTHER_SCRIPT for char in text[:LOOKED_AT]) < LEAST_LETTERS
    return "" if language == LATIN or (is_short and language not in SCRIPTS) else language


def are_foreign(left: str, right: str) -> bool:
    """True when two languages, as codes, surely differ."""
    return bool(left and right) and are_different(left, right)
