"""Follow-up questions: whether a question refers to the one before, and what it then asks in words of its own.

A question refers by what it says, never because it is short: it goes on ("And for contractors?"), it has a pronoun and no noun that
the pronoun could stand for ("How long is it?"), or it leaves out what it asks about ("Since when?"). Small talk refers to nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.embedding.language import language_of
from rag.questions.language import LANGUAGES, Language, Refers, language, languages_of
from rag.questions.politeness import QUESTION_MARKS, bare_question
from rag.questions.wording import STOP, Word, line_of, sentences, words_of

TURNS = 3  # of the history: how far back a follow-up may refer
MOST_OWN = 5  # words of its own that a question may have that goes on with "and"
MOST_PLACE = 4  # the same of one that is only a place or a condition: "In Germany?"
ANTECEDENT = 2  # words of its own before a pronoun: it stands for a noun of its own sentence
EMPTY = "-"  # in place of words that stand for nothing
MOST_SUBJECT = 8  # words that can take the place of a pronoun
LONGEST_SUBJECT = 300  # characters
END_MARKS = "?？؟.。! "


@dataclass(frozen=True, slots=True)
class _Beginning:
    """The first sentence of a question: its words without politeness, the same as texts, and the language."""

    words: tuple[Word, ...]
    texts: list[str]
    language: Language
    is_question: bool

    def own(self, texts: Sequence[str], *, with_plurals: bool = True) -> float:
        """How many of some words name something."""
        refers = self.language.refers
        named = [text for text in texts if text not in refers.little and text not in refers.prepositions]
        if not with_plurals:
            named = [text for text in named if not text.endswith("s")]
        return len(named) / refers.width


def is_follow_up(question: str) -> bool:
    """True for a question that may refer to one before it, whatever that one is: in doubt, it does."""
    beginnings = (_beginning(question, "", one) for one in languages_of(question))
    return any(beginning is not None and _refers(beginning, None) for beginning in beginnings)


def stand_alone(question: str, earlier: Sequence[str]) -> tuple[str, bool]:
    """A question in words of its own, and whether it was a follow-up.

    Args:
        earlier: the questions before it, the latest last.
    """
    bare = bare_question(question, languages_of(question))
    before = _latest(earlier[-TURNS:])
    beginning = _beginning(question, before[0]) if before else None
    if before is None or beginning is None or not _refers(beginning, before[0]):
        return bare.query, False
    subject, _ = stand_alone(*before)
    return _joined(subject[-LONGEST_SUBJECT:], bare.query, beginning), True


def _latest(earlier: Sequence[str]) -> tuple[str, Sequence[str]] | None:
    """The latest question that is no small talk, and those before it."""
    for at in range(len(earlier) - 1, -1, -1):
        if not bare_question(earlier[at], languages_of(earlier[at])).is_talk:
            return earlier[at], earlier[:at]
    return None


def _beginning(question: str, earlier: str, in_: Language | None = None) -> _Beginning | None:
    """The first sentence of a question; None when it is small talk. A short question is in the language of the earlier one."""
    bare = bare_question(question, languages_of(question))
    if bare.is_talk or not bare.sentences:
        return None
    sentence, words = bare.sentences[0], bare.words[0]
    code = language_of(f"{question} {earlier}")
    known = in_ or language(code if code in LANGUAGES else "en")
    is_question = question[sentence.start : sentence.end].strip().endswith(QUESTION_MARKS)
    return _Beginning(words, [word.text for word in words], known, is_question)


def _refers(beginning: _Beginning, earlier: str | None) -> bool:
    """True for what refers to the earlier question; None stands for any question."""
    refers, texts = beginning.language.refers, beginning.texts
    start, end = refers.starts.at_start(texts), refers.ends.at_end(texts)
    if start and beginning.own(texts[start:]) <= MOST_OWN:
        return True
    if end and beginning.own(texts[:-end]) <= MOST_OWN:
        return True
    return _leaves_out(beginning) or _has_pronoun(beginning) or _points(beginning, earlier)


def _leaves_out(beginning: _Beginning) -> bool:
    """True for a question word alone, and for a place or a condition alone: "Since when?", "In Germany?"."""
    refers, texts = beginning.language.refers, beginning.texts
    if refers.asks.at_start(texts) == len(texts):
        return True
    if not beginning.is_question or texts[0] not in refers.prepositions or beginning.own(texts) > MOST_PLACE:
        return False
    return not _asks(texts[1:], refers)


def _has_pronoun(beginning: _Beginning) -> bool:
    """True for a pronoun with too little before it that it could stand for."""
    refers, line = beginning.language.refers, line_of(beginning.texts)
    for match in list(refers.empty.found(line)):
        line = (*line[: match.start], *[EMPTY] * (match.end - match.start), *line[match.end :])
    for at, text in enumerate(line):
        is_pronoun = text in refers.pronouns
        if is_pronoun and beginning.own(line[1:at], with_plurals=text not in refers.singular) < ANTECEDENT:
            return True
    return any(beginning.own(line[1 : match.start]) < ANTECEDENT for match in refers.pronoun_phrases.found(line))


def _points(beginning: _Beginning, earlier: str | None) -> bool:
    """True for "this" alone, and before a word of the earlier question."""
    refers, texts = beginning.language.refers, beginning.texts
    known = set(words_of(earlier)) if earlier is not None else set(texts)
    for at, text in enumerate(texts):
        if text in refers.pointers:
            after = texts[at + 1] if at + 1 < len(texts) else STOP
            before = beginning.own(texts[:at])
            is_alone = after == STOP or (after in refers.little and at > 0 and not before)
            if (is_alone and before < ANTECEDENT) or after in known - refers.little:
                return True
    return False


def _joined(earlier: str, question: str, beginning: _Beginning) -> str:
    """What a follow-up asks, with what the earlier question was about, as short as it can be said.

    "And for contractors?" goes on with the earlier question; in "How long is it?" its subject takes the place of the pronoun;
    else both stand side by side.
    """
    refers, texts = beginning.language.refers, beginning.texts
    start = refers.starts.at_start(texts)
    rest = beginning.words[start:]
    if rest and texts[start] in refers.prepositions and not _asks(texts[start:], refers):
        added = _from(question, rest[0].text)
        return f"{_without_place(earlier, rest[0].text)} {added}?"
    subject = _subject(earlier, beginning.language)
    if subject and (replaced := _replaced(question, subject, beginning)):
        return replaced
    if subject:
        return f"{subject}: {question}"
    return f"{earlier} {question}" if earlier.endswith(tuple(END_MARKS)) else f"{earlier}? {question}"


def _from(question: str, first: str) -> str:
    """A question from a word on, without the mark at its end."""
    start = next(word.start for sentence in sentences(question) for word in sentence.words if word.text == first)
    return question[start:].strip(END_MARKS)


def _asks(texts: Sequence[str], refers: Refers) -> bool:
    """True when some of the words ask."""
    return any(refers.asks.at_start(texts[at:]) or refers.lead.at_start(texts[at:]) for at in range(len(texts)))


def _without_place(question: str, preposition: str) -> str:
    """A question without its last words from a preposition on, which other words with the same one replace."""
    words = [word for sentence in sentences(question) for word in sentence.words]
    at = next((at for at in range(len(words) - 1, 1, -1) if words[at].text == preposition), 0)
    is_at_end = 0 < len(words) - 1 - at <= MOST_PLACE
    return question[: words[at].start].strip() if at and is_at_end else question.strip(END_MARKS)


def _subject(question: str, language: Language) -> str:
    """What a question is about when it asks what something is, or is only a topic; else empty."""
    found = sentences(question)
    if len(found) != 1:
        return ""
    words, refers = found[0].words, language.refers
    texts = [word.text for word in words]
    start = refers.defines.at_start(texts)
    if len(texts) - start > MOST_SUBJECT or start == len(texts) or (not start and (_asks(texts, refers))):
        return ""
    return question[words[start].start : words[-1].end]


def _replaced(question: str, subject: str, beginning: _Beginning) -> str:
    """A question with the subject in place of its only pronoun; empty where that is not so simple."""
    standing, owning = beginning.language.refers.replaced, beginning.language.refers.owners
    found = [word for sentence in sentences(question) for word in sentence.words if word.text in standing | owning]
    if len(found) != 1:
        return ""
    (word,) = found
    subject = f"{subject}\u2019s" if word.text in owning else subject
    return question[: word.start] + subject + question[word.end :]
