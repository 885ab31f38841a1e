"""The sentences of an answer, each with the numbers behind it, and whether it claims something that a source would have to say.

Headings, code, questions, greetings, what introduces a list, and "the documents do not say …" claim nothing. A figure always does.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rag.grounding.code_spans import code_runs
from rag.grounding.markers import Marked, Marker
from rag.grounding.passage import FIGURE
from rag.grounding.sentences import ITEM, RULE, Sentence, split
from rag.grounding.silence import says_nothing, without_silence
from rag.grounding.support import Claim
from rag.index.terms import term_ids

LEAST_TERMS = 2  # fewer words ("Yes.", "In short") claim nothing beside other sentences
LISTED = ("item", "row")
TITLE = re.compile(r"(\*\*|__)(?:(?!\1).)*[^.!?…。]\1:?")
CHATTER = re.compile(
    r"^\W*(?:(?:hi|hello|hey|sure|certainly|of course|absolutely|thanks|thank you|you[’']re welcome)\b(?:\W+\w+){0,2}\W*$"
    r"|here(?:[’']s| is| are)\b|below (?:is|are)\b|is there anything\b|i hope (?:this|that|it)\b|hope (?:this|that) helps\b)"
    r"|(?:^|[,;–—]\s*)(?:please |just |so )*"
    r"(?:let me know|feel free|don[’']t hesitate|do not hesitate|i[’']?(?:m| am) (?:happy|glad|here) to)\b",
    re.IGNORECASE,
)
INTRODUCTION = re.compile(
    r"\b(?:following|as follows|below|these"
    r"|(?:several|some|few|many|main|key|two|three|four|five)(?: \w+)?"
    r" (?:steps|points|ways|options|rules|reasons|things|aspects|kinds|types|parts))\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Statement:
    """A sentence of an answer.

    Attributes:
        claim: what it says.
        is_claim: a source would have to say it.
        markers: that stand behind it.
        nearby: numbers cited in its paragraph, or in the list it is of and the line that introduces that.
    """

    sentence: Sentence
    claim: Claim
    is_claim: bool
    markers: list[Marker] = field(default_factory=list)
    nearby: frozenset[int] = frozenset()

    @property
    def numbers(self) -> list[int]:
        """The numbers behind it, each once."""
        return list(dict.fromkeys(number for marker in self.markers for number in marker.numbers))


def statements(marked: Marked, question: str = "") -> list[Statement]:
    """All sentences of an answer in order. A marker belongs to the sentence it follows on its line, else to the one it precedes.

    Args:
        question: completes claims of a word or two ("Yes [1].").
    """
    bare, sentences = marked.bare, split(marked.bare)
    if not sentences and marked.markers:  # markers and nothing else: there is no claim to support
        sentences = [Sentence(len(bare), len(bare), "prose", 0)]
    made = [_statement(bare, sentences, place, question) for place in range(len(sentences))]
    spoken = [statement for statement in made if statement.sentence.kind not in ("heading", "code")]
    if len(spoken) == 1 and not _is_remark(spoken[0].claim.text):
        spoken[0].is_claim = bool(term_ids(spoken[0].claim.full_text))
    for start, end in code_runs(bare):
        for statement in made:
            statement.is_claim = statement.is_claim and not start < statement.sentence.end < end
    for marker in marked.markers:
        made[_owner(bare, sentences, marker.position)].markers.append(marker)
    for group in _groups(made):
        nearby = frozenset(number for statement in group for number in statement.numbers)
        for statement in group:
            statement.nearby = nearby
    return made


def quotes(marked: Marked) -> list[Statement]:
    """What stands before each marker, for an answer that is made of sentences of its sources: each is one of them, whole."""
    made: list[Statement] = []
    start = 0
    for marker in marked.markers:
        text = marked.bare[start : marker.position]
        mark = ITEM.match(text.lstrip("\n"))
        begin = start + len(text) - len(text.lstrip()) + (len(mark[0].lstrip()) if mark else 0)
        if begin < marker.position:
            sentence = Sentence(begin, marker.position, "prose", len(made))
            made.append(Statement(sentence, Claim(marked.bare[begin : marker.position], is_quote=True), True))
        if made:
            made[-1].markers.append(marker)
        start = marker.position
    return made


def _statement(bare: str, sentences: Sequence[Sentence], place: int, question: str) -> Statement:
    sentence = sentences[place]
    text = bare[sentence.start : sentence.end]
    following = sentences[place + 1].kind if place + 1 < len(sentences) else ""
    is_spoken = sentence.kind in ("prose", *LISTED) and not _is_question(text) and not _is_header(bare, sentence)
    is_claim = is_spoken and (
        _has_figure(text, following)
        or (len(term_ids(text)) >= LEAST_TERMS and not _is_remark(text) and not _introduces(text, following))
    )
    return Statement(sentence, Claim(without_silence(text), question), is_claim)


def _has_figure(text: str, following: str) -> bool:
    """A figure makes a claim of what would else be an introduction or a remark, unless it belongs to the code below."""
    return bool(FIGURE.search(text)) and not (following == "code" and text[-1:] not in ".!")


def _is_question(text: str) -> bool:
    return text.rstrip('*_"”») ').endswith(("?", "？", "؟"))


def _is_remark(text: str) -> bool:
    """True for what is said about the conversation or the sources, and not from them."""
    return _is_question(text) or bool(CHATTER.search(text) or TITLE.fullmatch(text)) or says_nothing(text)


def _introduces(text: str, following: str) -> bool:
    """True for "Do the following:" and its like; ``following`` is the kind of the next sentence."""
    if text.rstrip("*_ ").endswith((":", "：")) or (following == "code" and text[-1:] not in ".!"):
        return True
    return following in LISTED and bool(INTRODUCTION.search(text))


def _is_header(bare: str, sentence: Sentence) -> bool:
    """True for the first row of a table, which names its columns."""
    below = bare[sentence.end :].lstrip("| \t").split("\n", 2)
    return sentence.kind == "row" and len(below) > 1 and bool(RULE.match(below[1]))


def _owner(bare: str, sentences: Sequence[Sentence], position: int) -> int:
    before = [number for number, sentence in enumerate(sentences) if sentence.start < position]
    if not before:
        return 0
    last = before[-1]
    is_on_next_line = "\n" in bare[sentences[last].end : position] and last + 1 < len(sentences)
    return last + 1 if is_on_next_line else last


def _groups(made: Sequence[Statement]) -> Iterator[list[Statement]]:
    """Paragraphs; a list goes with what stands before it."""
    group: list[Statement] = []
    for statement in made:
        sentence = statement.sentence
        if group and sentence.block != group[-1].sentence.block and sentence.kind not in LISTED:
            yield group
            group = []
        group.append(statement)
    if group:
        yield group
