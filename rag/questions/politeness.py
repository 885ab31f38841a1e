"""A question without what stands around it: the greeting, "could you please tell me", the thanks."""

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from rag.questions.language import Language
from rag.questions.wording import Sentence, Word, sentences

PAUSE = regex.compile(r"\s*+[,;:!?.…–—，、；：。！？،؛-]")  # after a remark: "Great, how …"
QUESTION_MARKS = ("?", "？", "؟")


@dataclass(frozen=True, slots=True)
class BareQuestion:
    """What a text asks.

    Attributes:
        query: the text without greetings and politeness; the whole text when it is nothing else.
        sentences: those that ask.
        words: of each of them, the words without politeness.
        is_talk: the text is nothing but greetings and remarks.
    """

    query: str
    sentences: tuple[Sentence, ...]
    words: tuple[tuple[Word, ...], ...]
    is_talk: bool


def bare_question(text: str, languages: Sequence[Language]) -> BareQuestion:
    """What a text asks."""
    all_ = sentences(text)
    kept = [sentence for sentence in all_ if not _is_talk(sentence.words, languages)]
    if not kept:
        return BareQuestion(text.strip(), tuple(all_), tuple(sentence.words for sentence in all_), bool(all_))
    words = [_bare(sentence, text, languages) for sentence in kept]
    query = " ".join(_piece(sentence, rest, text) for sentence, rest in zip(kept, words, strict=True))
    return BareQuestion(query, tuple(kept), tuple(words), is_talk=False)


def _is_talk(words: Sequence[Word], languages: Sequence[Language]) -> bool:
    texts = [word.text for word in words]
    while texts:
        size = max(max(one.polite.hello.at_start(texts), one.polite.remarks.at_start(texts)) for one in languages)
        if not size:
            size = -max(one.polite.endings.at_end(texts) for one in languages)
        if not size:
            return False
        texts = texts[size:] if size > 0 else texts[:size]
    return True


def _bare(sentence: Sentence, text: str, languages: Sequence[Language]) -> tuple[Word, ...]:
    """The words of a sentence without those that stand around what is asked; at least one stays."""
    words = sentence.words
    while size := _opening(words, text, languages):
        words = words[size:]
    while size := max(one.polite.endings.at_end([word.text for word in words]) for one in languages):
        if size >= len(words):
            break
        words = words[:-size]
    return words


def _opening(words: Sequence[Word], text: str, languages: Sequence[Language]) -> int:
    """How many words at the start are a greeting, an opening, or a remark with a pause after it."""
    texts = [word.text for word in words]
    size = max(max(one.polite.hello.at_start(texts), one.polite.openings.at_start(texts)) for one in languages)
    remark = max(one.polite.remarks.at_start(texts) for one in languages)
    if remark > size and PAUSE.match(text, words[remark - 1].end):
        size = remark
    return size if size < len(words) else 0


def _piece(sentence: Sentence, rest: Sequence[Word], text: str) -> str:
    """The text of a sentence from its first to its last word that is left."""
    start = sentence.start if rest[0] == sentence.words[0] else rest[0].start
    if rest[-1] == sentence.words[-1]:
        return text[start : sentence.end].strip()
    mark = text[start : sentence.end].strip()[-1:]
    return text[start : rest[-1].end].strip() + (mark if mark in QUESTION_MARKS else "")
