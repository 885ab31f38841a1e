"""All questions that the text of a document gives, each once. Pure and CPU work: some 3 ms a chunk."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from rag.compose.quotations import Quotation, points_elsewhere, quotations, speaks_of_itself
from rag.exercises import gaps, languages
from rag.exercises.clarity import GLUED, is_clear, is_clear_sentence, vagueness
from rag.exercises.draft import Draft
from rag.exercises.english.clause import has_verb
from rag.exercises.english.frames import made_of as made_of_english
from rag.exercises.made import Made
from rag.grounding.language.lexicon import likely_language
from rag.terms import has_unspaced
from rag.types import Chunk

WORD = re.compile(r"[^\W\d_][\w'’-]*")
CAPITAL_INSIDE = re.compile(r"(?<=[a-z,] )[A-Z][\w’'-]*")
LEGAL = re.compile(r"\b(?:copyright|licen[sc]es?|warrant(?:y|ies)|agreement|trademark|Gutenberg)\b", re.IGNORECASE)
MUCH_LEGAL = 4  # words of that in one chunk: nobody learns the licence of a book
VAGUE_COST, LEGAL_COST = 0.5, 2.0
_ARTICLES = """the a an each every all any using your no"""
ARTICLES = frozenset(_ARTICLES.split())


def drafts(chunks: Sequence[Chunk]) -> list[Draft]:
    """The questions of one document, in reading order.

    Args:
        chunks: of one document, in order.
    """
    inside = _inside(chunks)
    found: dict[str, Draft] = {}
    for one in quotations(chunks):
        if not one.is_whole or GLUED.search(one.text) or points_elsewhere(one) or speaks_of_itself(one):
            continue
        for draft in _of(one, inside):
            found.setdefault(draft.question.casefold(), draft)
    return list(found.values())


def _of(one: Quotation, inside: Callable[[str], str]) -> Iterator[Draft]:
    language = likely_language(one.chunk.text)
    made: list[tuple[Made, bool]] = []
    if language in ("en", ""):
        made += [(each, False) for each in made_of_english(one.text, inside)]
    else:
        made += [(each, False) for each in languages.made_of(one.text, language)]
    made += [(each, languages.GAP in each.question) for each in gaps.made_of(one.text, language)]
    legal = LEGAL_COST * (len(LEGAL.findall(one.chunk.text)) >= MUCH_LEGAL)
    for each, is_gap in made:
        if _stands(each, one, is_gap=is_gap):
            worth = each.worth - legal - VAGUE_COST * vagueness(each.question)
            yield Draft(each.question, each.answer, one, each.kind, worth, each.unit, is_gap)


def _stands(made: Made, one: Quotation, *, is_gap: bool) -> bool:
    """True when the question is clear and its answer stands in the sentence."""
    if made.answer.casefold() not in one.text.casefold():
        return False
    if is_gap:
        is_english = likely_language(one.chunk.text) == "en"
        return is_clear_sentence(one.text) and (not is_english or has_verb(one.text))
    return is_clear(made.question, made.answer, least_terms=1 if has_unspaced(made.question) else 2) or _asks_meaning(
        made
    )


def _asks_meaning(made: Made) -> bool:
    """True for "What is X?", which has no other words than X."""
    return made.worth >= 2.6 and is_clear(made.question, made.answer, least_terms=1) and len(made.answer.split()) >= 3


def _inside(chunks: Sequence[Chunk]) -> Callable[[str], str]:
    """Writes the beginning of a sentence as it stands inside one: in lower case unless the document writes the word with a capital."""
    lower = Counter(word for chunk in chunks for word in WORD.findall(chunk.text) if word.islower())
    capital = Counter(word.casefold() for chunk in chunks for word in CAPITAL_INSIDE.findall(chunk.text))

    def inside(text: str) -> str:
        first, _, rest = text.partition(" ")
        word = first.casefold()
        if word in ARTICLES or word.endswith("ing"):
            return text[:1].lower() + text[1:]
        is_phrase = rest[:1].islower() or (word.endswith("s") and not word.endswith(("ss", "us", "is")))
        is_common = lower[word] > capital[word] or (
            is_phrase and not capital[word] and "'" not in first and "’" not in first
        )
        is_name = rest[:1].isupper() or not first[1:].islower() or not is_common
        return text if is_name else text[:1].lower() + text[1:]

    return inside
