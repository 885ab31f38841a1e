"""Whether two questions ask for the same. Vectors say how near they are in meaning; these rules say whether they name the same things.

Vectors of "the revenue in 2022" and "the revenue in 2023" are almost one. So whatever two questions do not share must be a way of
speaking: filler, another form of a word, a synonym from a short list, or a question word that a noun stands for ("how long" and
"the length of"). Everything else (numbers, names, units, times, negations, who does what to whom) has to be the same, in whatever
language: words that these rules do not know are never filler. Measured by ``evals/paraphrases.py``.
"""

import re
import unicodedata
from dataclasses import dataclass


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TOKEN = re.compile(r"\d+(?:[.,]\d+)*[^\W\d_]*|[^\W_]+|(?<![\w-])-(?=\d)|[%€$£¥°+#<>=±]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_NAME = re.compile(r"(?<=\w )A\b|\b[A-Z]{2,}\b")  # "vitamin A", "IT", "WHO": names, though they look like words
_PRONOUN = re.compile(r"\b(may|can|could|might|must|should|do|does|would) one\b")
_POLITE = re.compile(
    r"^\W*(please )?((could|can|would|will) you |i (want|would like|need) to know )?(please )?"
    r"((tell|show|give) (me|us) |(explain|describe|summari[sz]e|list|name) )?|\bplease\b"
)
# what is asked for, as one word each; longer phrases first
_ASKED = tuple(
    (re.compile(rf"\b(?:{phrase})\b"), word)
    for phrase, word in (
        ("how many|(?:what|which) (?:is the )?number of", "?many"),
        ("for how long|how long", "?long"),
        ("how often|how frequently", "?often"),
        ("how much", "?much"),
        ("how fast", "?fast"),
        ("how far", "?far"),
        ("how old", "?old"),
        ("(?:by|until|till|since) when|(?:on|at|by) (?:what|which) (?:date|day|time)|when", "?when"),
        ("(?:at|in|from) (?:what|which) place|where", "?where"),
        ("(?:what|which) (?:is|was) the reason (?:that|why|for)|for what reason|why", "?why"),
        ("by whom|whom|whose|who", "?who"),
        ("what (?:do|must|should|can) (?:i|we|you|one) do to|in (?:what|which) way|how", "?how"),
        ("what|which", ""),
    )
)
# nouns that stand for a question word: "what is the length of" asks "how long"
_STANDS_FOR = {
    "?many": {"number", "count"},
    "?long": {"period", "length", "duration", "term", "timeout"},
    "?often": {"frequency", "interval"},
    "?much": {
        "price",
        "amount",
        "fee",
        "allowance",
        "salary",
        "wage",
        "rent",
        "deposit",
        "penalty",
        "budget",
        "revenue",
    },
    "?fast": {"speed"},
    "?far": {"distance"},
    "?old": {"age"},
    "?when": {"date", "deadline"},
    "?where": {"location", "place"},
    "?how": {"procedure", "process", "way"},
    "?why": {"reason"},
}
_YES_OR_NO = re.compile(
    r"^\W*(?:is|are|am|was|were|do|does|did|can|could|may|might|must|should|shall|will|would|has|have|had)\b"
)
_FILLER = _words(
    "a an the this that these those there it its of in on at for by with to from into as and i you we they me us my our your their"
    " s be is are am was were been being do does did has have had get gets receive receives received obtain if then also any"
)
_MAY = _words("may can could might allowed permitted possible able")
_MUST = _words("must should shall need needs needed necessary required mandatory obliged")
_LIKE_WORDS = _FILLER | _MAY | _MUST | {"who", "how", "when", "where", "why", "what"}
_PAST = _words("was were did had")
_PRESENT = _words("is are am does do has have")
_FUTURE = frozenset({"will"})
_SAME = {
    "cost": "price",
    "costs": "price",
    "holiday": "vacation",
    "holidays": "vacation",
    "highest": "maximum",
    "max": "maximum",
    "lowest": "minimum",
    "min": "minimum",
    "compute": "calculate",
    "computed": "calculate",
    "computes": "calculate",
    "begin": "start",
    "begins": "start",
    "beginning": "start",
    "buy": "purchase",
    "buys": "purchase",
    "bought": "purchase",
    "staff": "employee",
    "written": "write",
    "wrote": "write",
    "paid": "pay",
    "kept": "keep",
    "held": "hold",
    "found": "find",
    "given": "give",
    "gave": "give",
    "cannot": "not",
    "never": "not",
    "no": "not",
    "share": "percentage",
}
_NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBERS = {word: str(number) for number, word in enumerate(_NUMBER_WORDS, start=1)}
# what ties a word to the others; those of one name say the same
_TIES = {
    **{word: word for word in ("from", "to", "by", "with", "into", "as", "than", "against")},
    **dict.fromkeys(("of", "for"), "of"),
    **dict.fromkeys(("in", "at", "on"), "in"),
}


@dataclass(frozen=True, slots=True)
class _Said:
    """A question taken apart.

    Attributes:
        words: what it names, in order, in canonical forms.
        asked: the question words.
        ties: (a preposition, the word behind it).
        tenses: ``past | present | future``, those that its auxiliaries show.
    """

    words: tuple[str, ...]
    asked: frozenset[str]
    ties: frozenset[tuple[str, str]]
    tenses: frozenset[str]
    is_yes_or_no: bool
    may: bool
    must: bool
    is_passive: bool


def normalised(question: str) -> str:
    """The same text for a question written with other spaces, capitals or marks at its end; acronyms stay apart from words."""
    words = unicodedata.normalize("NFKC", question).split()
    kept = (word if len(word) > 1 and word.isupper() else word.casefold() for word in words)
    return " ".join(kept).strip(" ?!.。？！؟")


def is_same_matter(left: str, right: str) -> bool:
    """True when two questions that are near in meaning also ask for the same; in doubt, False."""
    if normalised(left) == normalised(right):
        return True
    one, other = _taken_apart(left), _taken_apart(right)
    return bool(
        one.words
        and other.words
        and one.is_yes_or_no == other.is_yes_or_no
        and not (one.tenses and other.tenses and not one.tenses & other.tenses)
        and not ((one.may and not one.must and other.must) or (other.may and not other.must and one.must))
        and _same_names(one, other)
        and _same_ties(one, other)
        and _same_order(one, other)
    )


def _taken_apart(question: str) -> _Said:
    text = unicodedata.normalize("NFKC", question).replace("’", "'")
    if not text.isupper():
        text = _NAME.sub(lambda name: f"{name[0]}0" if name[0].casefold() in _LIKE_WORDS else name[0], text)
    text = _THOUSANDS.sub("", text.casefold()).replace("can't", "can not")
    text = re.sub(r"n't\b", " not", text).replace("'s", " is" if "what's" in text else "")
    text = _PRONOUN.sub(r"\1 we", _POLITE.sub("", text))
    is_yes_or_no = bool(_YES_OR_NO.match(text))
    asked = set()
    for pattern, word in _ASKED:
        text, found = pattern.subn(" ", text)
        if found and word:
            asked.add(word)
    raw = _TOKEN.findall(text)
    spoken = {token for token in raw if token.isascii()}
    kept = [(place, _canonical(token)) for place, token in enumerate(raw) if token not in _FILLER | _MAY | _MUST]
    kinds = (("past", _PAST), ("present", _PRESENT), ("future", _FUTURE))
    return _Said(
        words=tuple(word for _, word in kept),
        asked=frozenset(asked),
        ties=frozenset(_ties(raw, kept)),
        tenses=frozenset(kind for kind, words in kinds if spoken & words),
        is_yes_or_no=is_yes_or_no,
        may=bool(spoken & _MAY),
        must=bool(spoken & _MUST),
        is_passive="by" in raw,
    )


def _ties(raw: list[str], kept: list[tuple[int, str]]) -> list[tuple[str, str]]:
    found = []
    for place, token in enumerate(raw):
        behind = next((word for later, word in kept if later > place), None)
        if token in _TIES and behind is not None:
            found.append((_TIES[token], behind))
    return found


def _canonical(token: str) -> str:
    if token in _NUMBERS or token in _SAME:
        return _NUMBERS.get(token) or _stem(_SAME[token])
    return _stem(token)


def _stem(word: str) -> str:
    """Without the endings of English plurals and verbs; short words and other scripts as they are."""
    if not (word.isascii() and word.isalpha()) or len(word) < 4:
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word[: -len(ending)]
            break
    else:
        if word.endswith("ed") and not word.endswith("eed"):
            word = word[:-1]
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "sl":
        word = word[:-1]
    return (
        word[:-1] if len(word) > 4 and word.endswith("e") else word.removesuffix("l") if word.endswith("ll") else word
    )


def _same_names(one: _Said, other: _Said) -> bool:
    """The same words, but for a noun that stands for the other's question word."""
    left, right = set(one.words), set(other.words)
    asked_left, asked_right = one.asked - other.asked, other.asked - one.asked
    rest_left, rest_right = left - right, right - left
    for asked, rest, shared in ((asked_left, rest_right, left & right), (asked_right, rest_left, left & right)):
        for word in asked:
            nouns = {_stem(noun) for noun in _STANDS_FOR.get(word, ())}
            if not nouns & (rest | shared):
                return False
            rest -= nouns
    return not rest_left and not rest_right


def _same_ties(one: _Said, other: _Said) -> bool:
    """Nothing that comes from somewhere on one side goes there on the other."""
    for direction in ("from", "to"):
        left = {word for tie, word in one.ties if tie == direction}
        right = {word for tie, word in other.ties if tie == direction}
        if left and right and left != right:
            return False
    for word in {word for _, word in one.ties}:
        left = {tie for tie, tied in one.ties if tied == word}
        right = {tie for tie, tied in other.ties if tied == word}
        if right and not left & right:
            return False
    return True


def _same_order(one: _Said, other: _Said) -> bool:
    """Who does what to whom: the same order, but for one part that stands elsewhere, or a passive."""
    shared = set(one.words) & set(other.words)
    left = [word for word in one.words if word in shared]
    right = [word for word in other.words if word in shared]
    if left == right or one.is_passive != other.is_passive:
        return True
    return sorted(left) == sorted(right) and _is_one_move(left, right)


def _is_one_move(left: list[str], right: list[str]) -> bool:
    """True when one run of words, moved elsewhere, makes one list of the other."""
    first = next(place for place, (a, b) in enumerate(zip(left, right, strict=True)) if a != b)
    last = next(place for place in range(len(left) - 1, -1, -1) if left[place] != right[place])
    part, wanted = left[first : last + 1], right[first : last + 1]
    return any(part[cut:] + part[:cut] == wanted for cut in range(1, len(part)))
