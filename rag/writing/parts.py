"""The parts of a question that asks for several things, and which of them the sources say nothing about.

A part begins at a question word that stands after "and", "or", a comma or the end of a question. The sources say nothing about a part
when none of the words that only this part has is in any of them. Words tell that only in the language of the sources.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain, pairwise

from rag.embedding.language import are_different, language_of
from rag.grounding.language.lexicon import lexicon, tokens
from rag.terms import terms_of
from rag.types import Source

BREAKS = "?;,？；，、"


def parts_of(question: str) -> tuple[str, ...]:
    """The parts of a question in its own words, in order; the question alone when it asks for one thing."""
    lists = lexicon(language_of(question))
    words = tokens(question.lower())
    asking, joining = lists.words("question_words"), lists.words("conjunctions")
    starts = [0]
    for before, word in pairwise(words):
        gap = question[before.end : word.start]
        if word.text in asking and (before.text in joining or any(mark in gap for mark in BREAKS)):
            starts.append(word.start)
    ends = [*starts[1:], len(question)]
    parts = [_trimmed(question[start:end], joining) for start, end in zip(starts, ends, strict=True)]
    return tuple(parts) if len(parts) > 1 and all(terms_of(part) for part in parts) else (question,)


def parts_without_source(question: str, sources: Sequence[Source]) -> tuple[str, ...]:
    """The parts of a question that no source says anything about; empty when it asks for one thing, or all of it is missing."""
    parts = parts_of(question)
    if len(parts) < 2 or any(
        are_different(language_of(question), language_of(source.chunk.text)) for source in sources
    ):
        return ()
    known = frozenset[str]().union(*(_terms(source) for source in sources))
    asking = terms_of(" ".join(lexicon(language_of(question)).words("question_words")))
    terms = [terms_of(part) - asking for part in parts]
    counts = Counter(chain.from_iterable(terms))
    missing = [part for part, words in zip(parts, terms, strict=True) if _is_missing(words, counts, known)]
    return tuple(missing) if len(missing) < len(parts) else ()


def _is_missing(terms: frozenset[str], counts: Mapping[str, int], known: frozenset[str]) -> bool:
    """True when a part has words of its own, and none of them is known."""
    own = [term for term in terms if counts[term] == 1]
    return bool(own) and known.isdisjoint(own)


def _terms(source: Source) -> frozenset[str]:
    return terms_of(" ".join([source.chunk.title, *source.chunk.path, source.chunk.text]))


def _trimmed(part: str, joining: frozenset[str]) -> str:
    """A part without the marks at its ends and the conjunction that leads to the next one."""
    text = part.strip(f" \n\t.{BREAKS}")
    head, _, last = text.rpartition(" ")
    return head.rstrip(f" {BREAKS}") if head and last.lower() in joining else text


def notice_of(missing: Sequence[str]) -> str:
    """A sentence for the reader about these parts; empty for none."""
    named = " and ".join(f"“{part}”" for part in missing)
    return f"Your documents say nothing about {named}." if named else ""
