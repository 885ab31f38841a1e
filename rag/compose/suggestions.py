"""Questions that a document seems to answer: those that stand in it, and those made of its definitions, figures, dates and headings.

Whether it does answer them is for the engine to say: :mod:`rag.compose.guide` asks it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag.compose.quotations import Quotation
from rag.compose.topics import Heading
from rag.compose.wording import DANGLING, QUESTIONS
from rag.grounding.language.lexicon import lexicon, likely_language
from rag.grounding.passage import Passage, words_of
from rag.terms import terms_of
from rag.types import Chunk, Source

MOST_CHARS, LEAST_WORDS, HEADING_WORDS = 110, 3, 7
FAQ, FIGURE, DEFINITION, HEADING, WHOLE = 3.0, 2.5, 2.0, 1.0, 0.5  # worth of a question, by where it comes from
SUBJECT = (
    r"(?<![\w&/'’-])((?:An? |The |Each |Every |All |Your |Our )?[A-Z][\w&/'’-]*+"
    r"(?: (?!(?:is|are|was|were|of course)\b)[\w&/'’-]++){0,5}?)"
)
ASIDE = r"(?: \([^()]{1,60}\))?"
QUANTITY = r"(?:[^.;:]{0,40}?)(?:\d|(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|sixteen|twenty|thirty|sixty|ninety)\b)"
DEFINED = re.compile(rf"{SUBJECT}{ASIDE}(?:, [^,.;]{{1,60}},)? (is|are) (?:an?|the|any|one of) \w")
MEANT = re.compile(rf"{SUBJECT}{ASIDE} (stands for|means|refers to) \w")
LASTS = re.compile(
    rf"{SUBJECT}{ASIDE} (last|take)(s?) {QUANTITY}[^.;:]{{0,30}}?(?:second|minute|hour|day|week|month|year)"
)
COSTS = re.compile(rf"{SUBJECT}{ASIDE} (cost)(s?) {QUANTITY}")
HAPPENS = re.compile(rf"{SUBJECT}{ASIDE} (open|close|start|begin|end|expire)(s?) (?:at|on|in|from|by) {QUANTITY}")
FOUNDED = re.compile(
    rf"{SUBJECT}{ASIDE} (was|were) (founded|established|released|published|built|launched|created|introduced|signed) (?:in|on) "
)
RECEIVES = re.compile(
    rf"{SUBJECT}{ASIDE} (receive|get|earn)(s?) (?:up to |at least )?(?:\d[\d.,-]*|\w+) "
    r"((?:paid |sick |free |vacation )?(?:days|weeks|hours|months) of"
    r"(?: (?!(?:an?|per|each|every|in|for|at|from|to|and|or|if|when)\b)\w+){1,3})"
)
ARTICLE = re.compile(r"\A(An?|The|Each|Every|All|Your|Our) ")
HOW_TO = re.compile(r"\A(?:\d[.\d]*+ )?How to ([a-z].{4,80})\Z")
NUMBER = re.compile(
    r"\A(?:\d[.\d]*+|[IVX]++\.|(?:Step|Chapter|Section|Part|Kapitel|Abschnitt|CHAPTER) [\dIVX]++\.?:?) ++"
)
# what a document is about, and what it says about a heading, in the languages that have a form for it
SUBJECT_OF = {
    "en": "What is “{name}” about?",
    "de": "Worum geht es in „{name}“?",
    "fr": "De quoi parle « {name} » ?",
    "es": "¿De qué trata «{name}»?",
    "zh": "“{name}”是关于什么的？",
    "ja": "「{name}」は何についてですか？",
    "vi": "“{name}” nói về gì?",
    "th": "“{name}” เกี่ยวกับอะไร",
    "ar": "عن ماذا يتحدث «{name}»؟",
}
ABOUT = {
    "en": "What does “{name}” say about {heading}?",
    "de": "Was steht in „{name}“ über {heading}?",
    "fr": "Que dit « {name} » sur {heading} ?",
    "es": "¿Qué dice «{name}» sobre {heading}?",
}
_EMPTY = """plate plates illustration illustrations figure figures introduction overview summary conclusion contents references
appendix faq more notes other general index abstract background resources links related table acknowledgements
einleitung inhalt inhaltsverzeichnis vorwort anhang literatur zusammenfassung glossary"""
# a heading with one of these words is a sentence
_SPOKEN = "is are was were has have had do does did can could will would shall should must may my me i you we it this that what how why"
SPOKEN = frozenset(_SPOKEN.split())
EMPTY = frozenset(_EMPTY.split())  # headings of these words only say nothing of what is under them


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question; ``indexes`` are of the chunks whose text answers it, ``place`` orders questions of equal worth."""

    text: str
    indexes: tuple[int, ...]
    worth: float
    place: int


def suggestions(
    chunks: Sequence[Chunk], quoted: Iterable[Quotation], headings: Sequence[Heading], name: str
) -> list[Suggestion]:
    """The questions, most promising first, each once.

    Args:
        quoted: the sentences to make questions of, best first.
        name: what people call the document.
    """
    made = [*_asked(chunks), *_of_sentences(quoted), *_of_headings(headings, chunks, name)]
    found: dict[str, Suggestion] = {}
    for one in sorted(made, key=lambda one: (-one.worth, one.place)):
        found.setdefault(one.text.casefold(), one)
    return list(found.values())


def of_tables(chunks: Sequence[Chunk], columns: Iterable[str], name: str) -> list[Suggestion]:
    """The questions of a document of tables, for the engine to try: what it is about, and the totals of some columns."""
    everywhere = tuple(chunk.index for chunk in chunks)
    texts = [*(f"What is the total of {column} in “{name}”?" for column in columns), f"What is “{name}” about?"]
    return [Suggestion(text, everywhere, WHOLE, place) for place, text in enumerate(texts)]


def _asked(chunks: Sequence[Chunk]) -> Iterator[Suggestion]:
    """The questions that stand in the text, with something after them, and those that are headings."""
    for chunk in chunks:
        headings = [heading for heading in chunk.path[-1:] if heading.endswith(QUESTIONS)]
        lines = [line.text for line in Passage(Source(number=1, chunk=chunk)).lines]
        inside = [
            line for line, below in zip(lines, [*lines[1:], ""], strict=True) if below and not below.endswith(QUESTIONS)
        ]
        for text in dict.fromkeys([*headings, *inside]):
            question = NUMBER.sub("", text)
            if _is_question(question):
                yield Suggestion(question, (chunk.index, chunk.index + 1), FAQ, chunk.index)


def _is_question(text: str) -> bool:
    """True for a question that can be asked without what stands before it."""
    words = words_of(text)
    if not text.endswith(QUESTIONS) or len(text) > MOST_CHARS or len(words) < LEAST_WORDS or not text[:1].isupper():
        return False
    lists = lexicon(likely_language(text))
    is_asking = words[0] in lists.words("question_words") or (words[0] in AUXILIARIES and words[1] not in SPEAKING)
    return is_asking and DANGLING.isdisjoint(words[1:]) and bool(terms_of(text))


_AUXILIARIES = (
    "is are do does can may must should will has have ist sind kann darf muss hat est sont peut ¿qué ¿cómo ¿cuánto"
)
AUXILIARIES = frozenset(_AUXILIARIES.split())
SPEAKING = frozenset(("you", "i"))


def _of_sentences(quoted: Iterable[Quotation]) -> Iterator[Suggestion]:
    for place, one in enumerate(quoted):
        made = _of_sentence(one.text)
        if made and len(made[0]) <= MOST_CHARS:
            yield Suggestion(made[0], (one.chunk.index,), made[1], place)


def _of_sentence(text: str) -> tuple[str, float] | None:
    """A question that a sentence answers, and its worth."""
    if found := RECEIVES.match(text):
        made, worth = f"How many {found[4].strip()} {_does(found[3])} {_subject(found[1])} {found[2]}?", FIGURE
    elif found := LASTS.match(text):
        made, worth = f"How long {_does(found[3])} {_subject(found[1])} {found[2]}?", FIGURE
    elif found := COSTS.match(text):
        made, worth = f"How much {_does(found[3])} {_subject(found[1])} {found[2]}?", FIGURE
    elif found := HAPPENS.match(text):
        made, worth = f"When {_does(found[3])} {_subject(found[1])} {found[2]}?", FIGURE
    elif found := FOUNDED.match(text):
        made, worth = f"When {found[2]} {_subject(found[1])} {found[3]}?", FIGURE
    elif (found := DEFINED.match(text)) and (found[2] == "is" or found[1].endswith("s")):
        made, worth = f"What {found[2]} {_subject(found[1])}?", DEFINITION
    elif found := MEANT.match(text):
        meaning = "stand for" if found[2] == "stands for" else "mean"
        made, worth = f"What does {_subject(found[1])} {meaning}?", DEFINITION
    return (made, worth) if found and (_is_term(found[1]) if worth == DEFINITION else _is_clear(found[1])) else None


def _is_clear(subject: str) -> bool:
    """False for subjects that only their context makes clear, and for the beginnings of longer sentences ("Note that these cards")."""
    words = words_of(subject)
    return words[0] not in UNCLEAR and LINKS.isdisjoint(words) and DANGLING.isdisjoint(words[:1])


def _does(ending: str) -> str:
    return "does" if ending else "do"


def _subject(text: str) -> str:
    """A subject as it stands inside a sentence: its article in lower case, other words too unless they look like names."""
    article = ARTICLE.match(text)
    if article:
        return f"{article[1].lower()}{text[article.end(1) :]}"
    return lower_start(text)


def lower_start(text: str) -> str:
    """The text with its first word in lower case where other words of it are: "Parental leave", not "IBM" or "New York"."""
    first, _, rest = text.partition(" ")
    is_name = not first[1:].islower() or (rest[:1].isupper() or not rest)
    return text if is_name else f"{first.lower()} {rest}"


def _is_term(subject: str) -> bool:
    """False for subjects that a definition cannot be asked of by themselves: "The company", "Another example"."""
    words = words_of(subject)
    if not _is_clear(subject) or not FUNCTION_WORDS.isdisjoint((words[0], words[-1])):
        return False
    if words[0] == "the":
        return "of" in words[2:] or "for" in words[2:] or any(word[:1].isupper() for word in subject.split()[1:])
    return bool(terms_of(subject))


FUNCTION_WORDS = lexicon("en").words("function_words") - {"the", "an", "a"}
LINKS = frozenset(("that", "which", "who", "when", "if", "these", "those", "it", "they", "you", "we", "this"))
_UNCLEAR = """another one some most many few each other anything everything nothing what who where when which how why if as example
examples your our you we i no yes please note goal reason result problem idea key following first second third last next
being having now today"""
UNCLEAR = frozenset(_UNCLEAR.split())


def _spoken(heading: str) -> str:
    """A heading of several words in capitals as a person writes it."""
    return heading.capitalize() if heading.isupper() and " " in heading else heading


def _is_name(heading: str) -> bool:
    """True for a heading that names something; not for sentences, and for words that stand above any text."""
    words = words_of(heading)
    is_naming = not EMPTY.issuperset(words) and SPOKEN.isdisjoint(words) and not heading.endswith(QUESTIONS)
    return is_naming and len(words) <= HEADING_WORDS and len(heading) <= MOST_CHARS // 2


def _of_headings(headings: Sequence[Heading], chunks: Sequence[Chunk], name: str) -> Iterator[Suggestion]:
    language = likely_language(" ".join(chunk.text for chunk in chunks[:3]))
    form, whole = ABOUT.get(language), SUBJECT_OF.get(language, SUBJECT_OF["en"])
    yield Suggestion(whole.format(name=name), tuple(chunk.index for chunk in chunks), WHOLE, 0)
    for place, one in enumerate(headings):
        after = headings[place + 1] if place + 1 < len(headings) else None
        text = NUMBER.sub("", one.text).strip()
        end = after.index if after else one.index + 2
        indexes = tuple(range(one.index, max(end, one.index + 1)))
        if found := HOW_TO.match(text):
            yield Suggestion(f"How do I {found[1].rstrip('.?!')}?", indexes, FAQ - 0.1, place)
        elif form and _is_name(text):
            heading = text.rstrip(".:") if language == "de" else lower_start(_spoken(text.rstrip(".:")))
            yield Suggestion(form.format(name=name, heading=heading), indexes, HEADING, place)
