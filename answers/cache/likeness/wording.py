"""What a question asks about and how: its content words in canonical form, its question words, and how they belong together."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import regex

from answers.cache.likeness.language import Language, Phrase
from answers.cache.likeness.stems import stem

TOKEN = re.compile(r"\d+(?:[.,]\d+)*[^\W\d_]*|[^\W_]+|(?<![\w-])-(?=\d)|[%€$£¥°+#<>=±]")
_THOUSANDS = {",": re.compile(r"(?<=\d),(?=\d{3}(?!\d))"), ".": re.compile(r"(?<=\d)\.(?=\d{3}(?!\d))")}
_HAN_RUN = regex.compile(r"\p{Han}++")
_CAPITALS = re.compile(r"[A-Z]{2,}")
WHETHER, WHAT, WHO, WHOM, BY_WHOM = "?whether", "?what", "?who", "?whom", "?bywhom"


class Token(NamedTuple):
    """A word in lower case, or a mark; ``is_noun`` False where capitals show that it is none."""

    text: str
    is_noun: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """How a question is worded.

    Attributes:
        words: its content words, in order, in canonical form.
        nouns: those written as nouns.
        question_words: marks of its question words; "what" has none.
        ties: pairs of the name of a preposition and the content word after it.
        directions: the same for what must stand before the same word.
        roles: pairs of ``subject | object`` and the content word after such an article.
        tenses: ``past | present | future``, those of its auxiliaries.
        agent: who does it, and the word before that: "paid by the boss".
        has_subject: a pronoun or an infinitive shows who acts where nobody is named.
        is_agent_asked: it asks "by whom".
        leaders: prepositions, negations and quantifiers among the words, which belong to the next word.
        genitives: content words after "of".
    """

    language: Language
    words: Phrase
    nouns: frozenset[str]
    question_words: frozenset[str]
    ties: frozenset[tuple[str, str]]
    directions: frozenset[tuple[str, str]]
    roles: frozenset[tuple[str, str]]
    tenses: frozenset[str]
    agent: tuple[str, str] | None
    has_subject: bool
    is_yes_or_no: bool
    may: bool
    must: bool
    is_passive: bool
    is_agent_asked: bool
    leaders: frozenset[str]
    genitives: frozenset[str]


def wording_of(text: str, language: Language) -> Wording:
    """The wording of a question in a language.

    Args:
        text: in Unicode form NFKC.
    """
    tokens = _tokens(text, language)
    opened = _without_opening([token for token in tokens if token.text not in language.polite], language)
    raw = _with_sequels(_replaced(_with_particle(_with_ends(opened, language), language), language), language)
    texts = {token.text for token in raw}
    content = [(place, word, token.is_noun) for place, token in enumerate(raw) if (word := _canonical(token, language))]
    is_passive = _is_passive(raw, language)
    marks = {token.text for token in raw if token.text.startswith("?")}
    return Wording(
        language=language,
        words=tuple(word for _, word, _ in content),
        nouns=frozenset(word for _, word, is_noun in content if is_noun),
        question_words=frozenset(_asked(marks - {WHAT, WHETHER}, is_passive, language)),
        ties=frozenset(_before(raw, content, language.ties)),
        directions=frozenset(_before(raw, content, language.directions)),
        roles=frozenset(_before(raw, content, language.roles)),
        tenses=frozenset(kind for kind, words in language.tenses.items() if texts & words),
        agent=_agent(raw, content, language),
        has_subject=bool(texts & (language.subjects | language.infinitive)),
        is_yes_or_no=_is_yes_or_no(opened, raw, marks, was_opened=len(opened) < len(tokens), language=language),
        may=bool(texts & language.may),
        must=bool(texts & language.must),
        is_passive=is_passive,
        is_agent_asked=BY_WHOM in marks,
        leaders=frozenset(word for place, word, _ in content if raw[place].text in language.leaders),
        genitives=frozenset(word for _, word in _before(raw, content, {"of": language.genitive})),
    )


def _tokens(text: str, language: Language) -> list[Token]:
    """The words; acronyms and letters that look like function words ("IT", "vitamin A") end with a 0."""
    text = _THOUSANDS[language.thousands].sub("", text)
    if language.is_unspaced:
        text = _HAN_RUN.sub(lambda run: f" {' '.join(_segments(run[0], language))} ", text)
    cased = TOKEN.findall(text)
    is_shouted = text.isupper()
    tells_nouns = language.has_capital_nouns and any(word[0].isupper() for word in cased[1:])
    tokens = []
    for place, word in enumerate(cased):
        small = word if place and word in language.filler_capitalised else word.lower()
        is_name = not is_shouted and (bool(_CAPITALS.fullmatch(word)) or (word == "A" and place > 0))
        is_noun = not tells_nouns or (place > 0 and word[0].isupper())
        tokens.append(Token(f"{small}0" if is_name and small in language.known else small, is_noun))
    return tokens


def _segments(run: str, language: Language) -> Iterator[str]:
    """The words of a run of characters without spaces, longest match first; other characters alone."""
    place = 0
    while place < len(run):
        ends = range(min(len(run), place + language.longest), place + 1, -1)
        end = next((end for end in ends if run[place:end] in language.lexicon), place + 1)
        yield run[place:end]
        place = end


def _without_opening(tokens: list[Token], language: Language) -> list[Token]:
    place = 0
    while size := _matching(tokens, place, language.openings, language.longest):
        place += size
    return tokens[place:]


def _matching(
    tokens: Sequence[Token], place: int, phrases: frozenset[Phrase] | Mapping[Phrase, Phrase], longest: int
) -> int:
    """Length of the longest phrase that begins at a place; 0 when none does."""
    words = tuple(token.text for token in tokens[place : place + longest])
    return next((size for size in range(len(words), 0, -1) if words[:size] in phrases), 0)


def _with_ends(tokens: list[Token], language: Language) -> list[Token]:
    """With what means something else at the start or the end than elsewhere replaced."""
    if tokens and (start := language.starts.get((tokens[0].text,))):
        tokens = [*map(Token, start), *tokens[1:]]
    if tokens and (end := language.endings.get((tokens[-1].text,))):
        tokens = [*tokens[:-1], *map(Token, end)]
    return tokens


def _with_particle(tokens: list[Token], language: Language) -> list[Token]:
    """With a particle at the end put before its verb: "melde ich mich an" becomes "anmelde ich mich"; "hat … auf" has none but counts."""
    if len(tokens) < 2 or tokens[-1].text not in language.separable:
        return tokens
    *others, particle = tokens
    for place, token in enumerate(others):
        if (
            token.text not in language.known | language.polite
            and token.text.isalpha()
            and not (token.is_noun and place)
        ):
            return [*others[:place], Token(particle.text + token.text), *others[place + 1 :]]
    return [*others, Token(f"{particle.text}0")]


def _replaced(tokens: list[Token], language: Language) -> list[Token]:
    """With phrases replaced, longest first from the left."""
    done: list[Token] = []
    place = 0
    while place < len(tokens):
        if size := _matching(tokens, place, language.phrases, language.longest):
            words = tuple(token.text for token in tokens[place : place + size])
            done += map(Token, language.phrases[words])
            place += size
        else:
            done.append(tokens[place])
            place += 1
    return done


def _with_sequels(tokens: list[Token], language: Language) -> list[Token]:
    """With question words replaced that mean something else because of a later word: "how long … once" in Chinese is "how often"."""
    later: set[str] = set()
    done: list[Token] = []
    for token in reversed(tokens):
        sequels = language.sequels.get(token.text, {})
        mark = next((mark for mark, words in sequels.items() if not words.isdisjoint(later)), None)
        done.append(token if mark is None else Token(mark))
        later.add(token.text)
    return done[::-1]


def _canonical(token: Token, language: Language) -> str:
    """A content word in canonical form; empty for all other words."""
    text = token.text
    if text.startswith("?") or text in language.filler or text in language.may or text in language.must:
        return ""
    return same_word(text, language, is_noun=token.is_noun)


def same_word(word: str, language: Language, *, is_noun: bool = False) -> str:
    """The canonical form of a word: the stem of the word that stands for its synonyms."""
    canonical = language.same.get(word)
    return stem(word, language, is_noun=is_noun) if canonical is None else stem(canonical, language)


def _asked(marks: set[str], is_passive: bool, language: Language) -> Iterator[str]:
    """The question words; who does it and whom it is done to change places in the passive."""
    for mark in marks:
        if mark == BY_WHOM and (is_passive or not language.passive):
            yield WHO
        elif mark == WHO and is_passive:
            yield WHOM
        else:
            yield mark


def _is_passive(raw: Sequence[Token], language: Language) -> bool:
    """True for a form of "to be" (in German "werden") and a participle."""
    texts = [token.text for token in raw]
    if language.participles:
        others = language.may | language.must
        return any(text in language.passive for text in texts) and any(
            text in language.participles
            or (text.endswith("ed") and not text.endswith("eed") and len(text) > 3 and text not in others)
            for text in texts
        )
    return any(text in language.passive for text in texts)


def _is_yes_or_no(
    opened: Sequence[Token], raw: Sequence[Token], marks: set[str], *, was_opened: bool, language: Language
) -> bool:
    if WHETHER in marks:
        return True
    if not language.is_verb_first:
        return bool(opened) and opened[0].text in language.yes_or_no
    begins_with_noun = not raw or raw[0].text in language.articles or raw[0].text.isdigit()
    nouns = {noun for words in language.nouns.values() for noun in words}
    return not (marks or was_opened or begins_with_noun or raw[0].text in nouns)


Content = Sequence[tuple[int, str, bool]]


def _before(raw: Sequence[Token], content: Content, names: Mapping[str, frozenset[str]]) -> list[tuple[str, str]]:
    """Pairs of a name and the content word after one of its words."""
    pairs: list[tuple[str, str]] = []
    coming = [*content]
    following: str | None = None
    by_word = {word: name for name, words in names.items() for word in words}
    for place in range(len(raw) - 1, -1, -1):
        name = by_word.get(raw[place].text)
        if name is not None and following is not None:
            pairs.append((name, following))
        if coming and coming[-1][0] == place:
            following = coming.pop()[1]
    return pairs


def _agent(raw: Sequence[Token], content: Content, language: Language) -> tuple[str, str] | None:
    place = next((place for place, token in enumerate(raw) if token.text in language.agents), None)
    if place is None:
        return None
    before = [word for at, word, _ in content if at < place]
    after = next((word for at, word, _ in content if at > place), None)
    return (after, before[-1]) if after and before else None
