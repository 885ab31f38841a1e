"""Whether two questions ask for the same thing. Vectors measure similar meaning; these rules check that both name the same things.

Vectors of "the revenue in 2022" and "the revenue in 2023" are almost equal. So two questions may differ only in wording: filler, another
form of a word, a synonym from a short list, or a noun in place of a question word ("the length of" for "how long"). Everything else
(numbers, names, units, times, negations, who does what to whom) must be the same, in any language: words that these rules do not know
are never filler. Word lists are data, one file for each language (:mod:`.language`); questions in different languages, or in one without
a file, must have the same words. Measured by ``evals/paraphrases.py``.
"""

from collections import defaultdict
from collections.abc import Iterable

from answers.cache.likeness.language import language_of
from answers.cache.likeness.wording import Wording, same_word, wording_of
from core.composed import composed


def normalised(question: str) -> str:
    """A question without differences of spacing, capitals or end punctuation; acronyms keep their capitals."""
    words = composed(question).split()
    cased = (word if len(word) > 1 and word.isupper() else word.lower() for word in words)
    return " ".join(cased).strip(" ?!.。？！؟")


def is_same_question(left: str, right: str) -> bool:
    """True when two questions of similar meaning also ask for the same thing; False in doubt."""
    if normalised(left) == normalised(right):
        return True
    texts = [composed(text).replace("’", "'") for text in (left, right)]
    languages = [language_of(text) for text in texts]
    if languages[0] is None or languages[0] is not languages[1]:
        return False
    one, other = (wording_of(text, languages[0]) for text in texts)
    return bool(
        one.words
        and other.words
        and one.is_yes_or_no == other.is_yes_or_no
        and not (one.tenses and other.tenses and not one.tenses & other.tenses)
        and not ((one.may and not one.must and other.must) or (other.may and not other.must and one.must))
        and _same_names(one, other)
        and _same_ties(one, other)
        and _same_order(one, other)
        and _same_agent(one, other)
    )


def _same_names(one: Wording, other: Wording) -> bool:
    """True when the words are the same, except for a noun in place of the other's question word."""
    left, right = set(one.words), set(other.words)
    only_left, only_right = one.question_words - other.question_words, other.question_words - one.question_words
    rest_left, rest_right = left - right, right - left
    for words, rest, shared in ((only_left, rest_right, left & right), (only_right, rest_left, left & right)):
        for word in words:
            nouns = _nouns_of(word, one)
            if not _named(nouns, rest | shared, one):
                return False
            rest -= nouns
    return not rest_left and not rest_right


def _nouns_of(mark: str, wording: Wording) -> set[str]:
    """The nouns with the meaning of a question word, in the forms that they have as a noun and at the start of a question."""
    language = wording.language
    nouns = language.nouns.get(mark, frozenset())
    return {same_word(noun, language, is_noun=is_noun) for noun in nouns for is_noun in (False, True)}


def _named(nouns: set[str], words: Iterable[str], wording: Wording) -> bool:
    """True when a noun is among the words, or is the end of a compound among them."""
    if not wording.language.has_compounds:
        return not nouns.isdisjoint(words)
    return any(word.endswith(tuple(nouns)) for word in words)


def _same_ties(one: Wording, other: Wording) -> bool:
    """False when a word has another direction or preposition on the other side ("from Paris", "to Paris")."""
    for direction in one.language.directions:
        left = {word for name, word in one.directions if name == direction}
        right = {word for name, word in other.directions if name == direction}
        if left and right and left != right:
            return False
    left_ties, right_ties = _by_word(one.ties), _by_word(other.ties)
    return not any(right_ties[word] and not ties & right_ties[word] for word, ties in left_ties.items())


def _by_word(ties: Iterable[tuple[str, str]]) -> defaultdict[str, set[str]]:
    """Content word → the prepositions before it."""
    by_word = defaultdict[str, set[str]](set)
    for tie, word in ties:
        by_word[word].add(tie)
    return by_word


def _same_agent(one: Wording, other: Wording) -> bool:
    """False when one side is passive and the other does not have the same one do it ("is paid by the boss", "pays the boss")."""
    if _swaps(one, other):
        return False
    if one.is_passive == other.is_passive:
        return True
    active, passive = (other, one) if one.is_passive else (one, other)
    if passive.agent is None:
        return active.has_subject or passive.is_agent_asked
    agent, before = passive.agent
    is_before = before in active.words and agent in active.words[: active.words.index(before)]
    return is_before and bool(active.language.participles)  # elsewhere the order of words does not tell who does it


def _swaps(one: Wording, other: Wording) -> bool:
    """True when two words have changed roles, by their articles: "der Käufer … den Verkäufer", "den Käufer … der Verkäufer"."""
    subjects, objects = (
        [{w for name, w in side.roles if name == role} for side in (one, other)] for role in ("subject", "object")
    )
    return bool(subjects[0] & objects[1]) and bool(objects[0] & subjects[1])


def _same_order(one: Wording, other: Wording) -> bool:
    """True when shared words have the same order, except for one moved part, or in English when only one side is passive."""
    shared = set(one.words) & set(other.words)
    left = [word for word in one.words if word in shared]
    right = [word for word in other.words if word in shared]
    language = one.language
    if left == right or (language.participles and one.is_passive != other.is_passive):
        return True
    if sorted(left) != sorted(right):
        return False
    parts = _moved(left, right)
    if parts is None or language.order == "fixed":
        return parts is not None and one.is_agent_asked != other.is_agent_asked
    return any(_may_move(part, one, other) for part in parts)


def _may_move(part: list[str], one: Wording, other: Wording) -> bool:
    """True for a part after a preposition, and for a verb: what does not say who does what to whom by its place."""
    first = part[0]
    if (len(part) > 1 and first in one.leaders & other.leaders) or (first in one.genitives) != (
        first in other.genitives
    ):
        return True
    tied = {word for _, word in one.ties} & {word for _, word in other.ties}
    fixed = one.nouns | other.nouns | one.leaders | other.leaders
    return first in tied or all(word.isalpha() and word not in fixed for word in part)


def _moved(left: list[str], right: list[str]) -> tuple[list[str], list[str]] | None:
    """The two neighbouring runs of words that change places between the lists; None when it takes more than that."""
    first = next(place for place, (a, b) in enumerate(zip(left, right, strict=True)) if a != b)
    last = next(place for place in range(len(left) - 1, -1, -1) if left[place] != right[place])
    part, target = left[first : last + 1], right[first : last + 1]
    found = _joined(part + part).find(_joined(target))  # a move within the part turns it
    if found < 0:
        return None
    size = _joined(part + part)[:found].count(" ")
    return part[:size], part[size:]


def _joined(words: list[str]) -> str:
    """Words as a text in which a run of them is found in linear time; no word has a space in it."""
    return f" {' '.join(words)} "
