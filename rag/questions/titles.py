"""Documents that a question names, by their titles: "in travel-policy.pdf", "according to the travel policy", “Travel policy”.

A title is compared as its words without the file's extension. It counts as named when the question quotes it, writes its extension,
calls it a document, or has all of a title that is no common phrase; else it is only mentioned. Typos are mended by the words of all titles.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

import regex
from rapidfuzz.distance import OSA

from rag.questions.asking import ASKING
from rag.questions.language import Language
from rag.questions.parts import QUOTED
from rag.questions.politeness import BareQuestion
from rag.questions.roles import by_role
from rag.questions.wording import words_of
from rag.terms import STOP_WORDS, terms_of

EXTENSION = regex.compile(r"\.([A-Za-z][A-Za-z0-9]{1,4})$")
LITTLE = 0.1  # weight of a stop word in a title
NUMBER = 0.3  # of that of a word: people leave out the year
LEAST_SHARE = 0.6  # of the weight of a title's words, to be mentioned
LEAST_LETTERS = 5  # of a word that may have a typo; of eight letters it may have two
LONG_WORD = 8
MOST_LOOKED_AT = 100  # titles that share a word with the question
MOST_NAMED = 6  # more alike titles than this name none


@dataclass(frozen=True, slots=True)
class Title:
    """A title: its words without the extension, and the extension, which is empty where it has none."""

    document_id: UUID
    words: tuple[str, ...]
    extension: str


@dataclass(frozen=True, slots=True)
class Named:
    """Documents in the order in which a question names them: clearly, and those only mentioned."""

    clearly: tuple[UUID, ...] = ()
    mentioned: tuple[UUID, ...] = ()


class TitleIndex:
    """The titles of the documents that can be asked about. Making it takes about a second for 100,000 titles."""

    def __init__(self, titles: Iterable[tuple[UUID, str]]) -> None:
        self._titles = [title_of(*title) for title in titles]
        self._by_words = [(title.document_id, title.words) for title in self._titles]
        self._with = defaultdict[str, list[int]](list)
        for at, title in enumerate(self._titles):
            for word in dict.fromkeys(title.words):
                self._with[word].append(at)
        self._alike = defaultdict[tuple[str, int], list[str]](list)
        for word in self._with:
            self._alike[word[0], len(word)].append(word)

    def named(self, text: str, bare: BareQuestion, languages: Sequence[Language]) -> Named:
        """The documents that a question names."""
        if not self._titles:
            return Named()
        quoted = [self._mended(words_of(found[1])) for found in QUOTED.finditer(text)]
        found: dict[UUID, tuple[bool, float, int]] = {}
        for sentence in bare.sentences:
            words = self._mended([word.text for word in sentence.words])
            for at in self._candidates(words):
                title = self._titles[at]
                start, size, share = self._longest(words, title)
                is_clear = _is_quoted(title, quoted) or _is_clear(words, start, size, share, title, languages)
                if is_clear or (share >= LEAST_SHARE and size >= min(2, len(title.words))):
                    found[title.document_id] = max(
                        (is_clear, share, start), found.get(title.document_id, (False, 0.0, 0))
                    )
        chosen = _chosen(found)
        roles = [by_role([word.text for word in one.words], self._by_words) for one in bare.sentences]
        clearly = tuple(dict.fromkeys([*chain.from_iterable(roles), *chosen.clearly]))
        return Named(clearly, tuple(key for key in chosen.mentioned if key not in clearly))

    def called(
        self, bare: BareQuestion, beside: frozenset[str] = frozenset(), *, is_numbered: bool = False
    ) -> tuple[UUID, ...]:
        """The documents that a question calls by a part of their names, and says nothing else of: "Summarize the memo", where there is
        one. Several words are of one name, else each of its own document. Empty where a part is of more than ``MOST_NAMED`` names.

        Args:
            beside: terms that it may say too.
            is_numbered: its numbers are those of pages or sections.
        """
        spoken = [word.text for sentence in bare.sentences for word in sentence.words]
        rest = [word for word in spoken if not (is_numbered and word.isdecimal())]
        names = dict.fromkeys(self._mended(word for word in rest if not terms_of(word) <= ASKING | beside))
        if not names or any(word not in self._with for word in names):
            return ()
        of_each = [set(self._with[word]) for word in names]
        of_all = sorted(set.intersection(*of_each))
        if not of_all and all(len(one) == 1 for one in of_each):
            of_all = list(dict.fromkeys(at for one in of_each for at in one))
        return tuple(self._titles[at].document_id for at in of_all) if len(of_all) <= MOST_NAMED else ()

    def _weight(self, word: str) -> float:
        """How much a word tells of a title: the fewer titles have it, the more."""
        if word in STOP_WORDS:
            return LITTLE
        rarity = math.log(1 + len(self._titles) / len(self._with.get(word, [0]))) + LITTLE
        return rarity * (NUMBER if word.isdecimal() else 1)

    def _candidates(self, words: Sequence[str]) -> list[int]:
        """The titles that share most with a question, at most ``MOST_LOOKED_AT``; words of many titles do not lead to one."""
        weights = Counter[int]()
        for word in dict.fromkeys(words):
            titles = self._with.get(word, [])
            if word not in STOP_WORDS and len(titles) <= 10 * MOST_LOOKED_AT:
                weight = self._weight(word)
                for at in titles:
                    weights[at] += weight  # type: ignore[assignment]
        return [at for at, _ in weights.most_common(MOST_LOOKED_AT)]

    def _longest(self, words: Sequence[str], title: Title) -> tuple[int, int, float]:
        """The run of words that a question and a title share: its start, its size, and its share of the title's weight."""
        best, best_start, best_size = 0.0, 0, 0
        for start, word in enumerate(words):
            for other in (at for at, one in enumerate(title.words) if one == word):
                size = 1
                while (
                    start + size < len(words)
                    and other + size < len(title.words)
                    and words[start + size] == title.words[other + size]
                ):
                    size += 1
                weight = sum(map(self._weight, words[start : start + size]))
                if weight > best:
                    best, best_start, best_size = weight, start, size
        return best_start, best_size, best / sum(map(self._weight, title.words))

    def _mended(self, words: Iterable[str]) -> list[str]:
        """The words, with those of no title replaced by a title's word that differs by a typo."""
        return [word if word in self._with else self._nearest(word) for word in words]

    def _nearest(self, word: str) -> str:
        most = 2 if len(word) >= LONG_WORD else 1
        if len(word) < LEAST_LETTERS or word in STOP_WORDS:
            return word
        lengths = range(len(word) - most, len(word) + most + 1)
        near = [
            (OSA.distance(word, other, score_cutoff=most), other)
            for length in lengths
            for other in self._alike.get((word[0], length), ())
        ]
        distance, nearest = min(near, default=(most + 1, word))
        return nearest if distance <= most else word


def title_of(document_id: UUID, title: str) -> Title:
    """A title as it is compared; separators are spaces."""
    extension = EXTENSION.search(title)
    bare = title[: extension.start()] if extension else title
    words = tuple(words_of(bare.replace("_", " ").replace(".", " ")))
    return Title(document_id, words, extension[1].lower() if extension else "")


def _is_quoted(title: Title, quoted: Iterable[Sequence[str]]) -> bool:
    words = [*title.words]
    return bool(words) and any([*quote] in (words, [*words, title.extension]) for quote in quoted)


def _is_clear(
    words: Sequence[str], start: int, size: int, share: float, title: Title, languages: Sequence[Language]
) -> bool:
    """True when a shared run names the title: with its extension, or as a document."""
    after = words[start + size] if start + size < len(words) else ""
    is_all = size == len(title.words)
    if is_all and title.extension and after == title.extension:
        return True
    if share < LEAST_SHARE or (size < 2 and not is_all):
        return False
    before = words[max(0, start - 4) : start]
    nouns = frozenset[str]().union(*(language.parts.nouns for language in languages))
    is_according = any(language.parts.according.at_end(before) for language in languages)
    is_called = after in nouns or (bool(before) and before[-1] in nouns) or words[start + size - 1] in nouns
    return is_according or (is_called and (size >= 2 or after in nouns))


def _chosen(found: dict[UUID, tuple[bool, float, int]]) -> Named:
    """For each place in the question, the titles that it fits best."""
    best: dict[int, tuple[bool, float]] = {}
    for is_clear, share, start in found.values():
        best[start] = max(best.get(start, (False, 0.0)), (is_clear, share))
    kept = [
        (start, document_id)
        for document_id, (is_clear, share, start) in found.items()
        if best[start] == (is_clear, share)
    ]
    in_order = [document_id for _, document_id in sorted(kept, key=lambda one: one[0])]
    clearly = tuple(document_id for document_id in in_order if found[document_id][0])
    mentioned = tuple(document_id for document_id in in_order if not found[document_id][0])
    return Named(*(some if len(some) <= MOST_NAMED else () for some in (clearly, mentioned)))
