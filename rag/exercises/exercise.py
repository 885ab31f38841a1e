"""A verified question as it is given, and a set of them as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Literal

from rag.exercises.draft import Draft
from rag.exercises.languages import GAP
from rag.exercises.phrases import say
from rag.grounding.markdown import literal
from rag.types import Chunk

Mode = Literal["practice", "quiz"]
LONGEST_QUOTE = 400  # characters


@dataclass(frozen=True, slots=True)
class Exercise:
    """A question with its answer and source.

    Attributes:
        number: from 1, of the question and of its source.
        options: the answers to choose from; empty for a plain question.
    """

    number: int
    draft: Draft
    options: tuple[str, ...] = ()

    @property
    def chunk(self) -> Chunk:
        """Where the answer stands."""
        return self.draft.sentence.chunk

    @property
    def answer(self) -> str:
        """The answer with a capital."""
        return self.draft.answer[:1].upper() + self.draft.answer[1:]

    @property
    def letter(self) -> str:
        """The letter of the right option; empty without options."""
        return ascii_uppercase[self.options.index(self.answer)] if self.options else ""


def markdown(exercises: Sequence[Exercise], mode: Mode, language: str, topic: str, wanted: int) -> str:
    """The questions with their answers below each, or in a key at the end: canonical, ``[3]`` is the source with that number."""
    title = say(language, mode)
    heading = say(language, "on", title=title, topic=literal(topic)) if topic else title
    parts = [f"## {heading}"]
    if len(exercises) < wanted:
        parts.append(say(language, "fewer", count=len(exercises), wanted=wanted))
    if mode == "practice":
        parts += [f"{_question(one)}\n\n**{say(language, 'answer')}:** {_told(one, language)}" for one in exercises]
    else:
        parts += [_question(one) for one in exercises]
        parts.append(f"## {say(language, 'key')}")
        parts += [f"**{one.number}.** {_told(one, language)}" for one in exercises]
    return "\n\n".join(parts)


def _question(one: Exercise) -> str:
    asked = literal(one.draft.question).replace(GAP, GAP.replace("_", "\\_"))
    listed = [f"- {letter}. {literal(text)}" for letter, text in zip(ascii_uppercase, one.options, strict=False)]
    return "\n\n".join(filter(None, (f"**{one.number}.** {asked}", "\n".join(listed))))


def _told(one: Exercise, language: str) -> str:
    """The answer, and below it the sentence that says it, with its footnote."""
    letter = f"{one.letter}. " if one.letter else ""
    quote = one.draft.sentence.text
    quote = quote if len(quote) <= LONGEST_QUOTE else f"{quote[:LONGEST_QUOTE].rsplit(' ', 1)[0]} …"
    return f"{letter}{literal(one.answer)}\n\n“{literal(quote)}” [{one.number}] {literal(where(one.chunk, language))}"


def where(chunk: Chunk, language: str) -> str:
    """The place of a chunk for people: "handbook.pdf, page 3"."""
    place = say(language, "page", number=chunk.locator or chunk.page) if chunk.page else chunk.where
    name = chunk.title.rpartition("/")[2]
    return f"{name}, {place}" if place else name
