"""What Footnote itself says, in the language of the question."""

import tomllib
from functools import cache
from pathlib import Path

from rag.grounding.language.lexicon import likely_language
from rag.questions.language import languages_of
from rag.questions.wording import words_of

FILE = Path(__file__).with_name("phrases.toml")


@cache
def _all() -> dict[str, dict[str, str]]:
    return tomllib.loads(FILE.read_text("utf-8"))


class Phrases:
    """The phrases of one language.

    Args:
        text: in that language, as far as it tells; English where it does not.
    """

    def __init__(self, text: str) -> None:
        self._own = _all().get(_greeting_language(text) or likely_language(text), {})

    def say(self, name: str, **values: object) -> str:
        """A phrase with its values filled in. Raises KeyError for a name that English does not have."""
        return (self._own.get(name) or _all()["en"][name]).strip().format(**values)

    def counted(self, one: str, many: str, count: int) -> str:
        """The phrase ``one`` for 1, else ``many`` with the number."""
        return self.say(one) if count == 1 else self.say(many, count=f"{count:,}")


def _greeting_language(text: str) -> str:
    """The language of a greeting or thanks, which are too short to tell it by other words; empty where a text has none."""
    words = words_of(text)
    polite = ((language.code, language.polite) for language in languages_of(text))
    return next((code for code, known in polite if known.hello.at_start(words) or known.remarks.at_start(words)), "")
