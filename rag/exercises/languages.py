"""Questions that sentences of other languages than English answer: definitions, and in German also when and by whom.

And how one asks in each language for what an abbreviation stands for, and for what is missing in a sentence.
"""

import re
from collections.abc import Iterator

from rag.exercises.draft import AnswerKind
from rag.exercises.made import Made

GAP = "____"
FILL = {
    "en": "Fill in the gap: “{text}”",
    "de": "Was gehört in die Lücke? „{text}“",
    "fr": "Que manque-t-il ? « {text} »",
    "es": "¿Qué falta? «{text}»",
    "vi": "Điền vào chỗ trống: “{text}”",
    "th": "เติมคำในช่องว่าง: “{text}”",
    "zh": "填空：“{text}”",
    "ja": "空欄に入るのは何ですか：「{text}」",
    "ar": "أكمل الفراغ: «{text}»",
}
STANDS_FOR = {
    "en": "What does {short} stand for?",
    "de": "Wofür steht {short}?",
    "fr": "Que signifie {short} ?",
    "es": "¿Qué significa {short}?",
    "vi": "{short} là viết tắt của gì?",
    "th": "{short} ย่อมาจากอะไร",
    "zh": "{short}代表什么？",
    "ja": "{short}は何の略ですか？",
    "ar": "ماذا يعني الاختصار {short}؟",
}
DEFINED = {
    "de": (
        re.compile(r"\A([^,.;:]{2,60}?) (ist|sind) ((?:ein|eine|einer|das|die|der) .{8,300})\Z"),
        "Was {verb} {term}?",
    ),
    "fr": (
        re.compile(r"\A((?:Le |La |L['’]|Les |Un |Une )[^,.;:]{2,50}?) (est|sont) ((?:une?|des|les?|la) .{8,300})\Z"),
        "Qu’est-ce que {term} ?",
    ),
    "es": (
        re.compile(r"\A((?:El |La |Los |Las |Un |Una )[^,.;:]{2,50}?) (es|son) ((?:una?|el|la|los|las) .{8,300})\Z"),
        "¿Qué {verb} {term}?",
    ),
    "vi": (re.compile(r"\A([^,.;:]{3,60}?) (là) ((?!gì)[^?]{12,300})\Z"), "{term} là gì?"),
    "th": (re.compile(r"\A([^,.;:]{2,50}?) ?(คือ|หมายถึง) ?(.{10,300})\Z"), "{term} {verb}อะไร"),
    "zh": (
        re.compile(r"\A([^，。；：、的]{2,14}?)(是指|是一种|是一个|是一项|指的是|是)([^，。]{4,40}.{0,260})\Z"),
        "{term}是什么？",
    ),
    "ja": (
        re.compile(r"\A([^、。]{2,24}?)(とは|は)、?([^、。]{4,40}.{0,240}(?:である|です|をいう|のこと))\Z"),
        "{term}とは何ですか？",
    ),
    "ar": (re.compile(r"\A([^،.؛:]{3,40}?) (هو|هي) (.{10,300})\Z"), "ما {verb} {term}؟"),
}
GERMAN_WHEN = re.compile(
    r"\A([^,.;:]{3,60}?) (wurde|wurden) (?:im Jahre? |am |im )?((?:\d{1,2}\. ?)?(?:[A-Z][a-zä]{2,8} )?(?:1[0-9]|20)\d\d) "
    r"((?:[^,.;:]{1,80} )?ge[a-zäöüß]+|[^,.;:]{1,80}iert)\Z"
)
GERMAN_BY = re.compile(
    r"\A([^,.;:]{3,60}?) (wird|werden|wurde|wurden) (?:[^,.;:]{1,30} )?von ([^,.;:]{3,60}?) ([a-zäöüß]*ge[a-zäöüß]{3,}|[a-zäöüß]+iert)\Z"
)
GERMAN_ARTICLE = re.compile(r"\A(?:Der|Die|Das|Ein|Eine|Jede[rs]?|Alle)(?= )")
_LITTLE = """es das dies dieser diese dieses er sie man hier dabei per wenn da jede jeder jedes für in im bei mit kaliber c’est ce ceci
cela este esta esto đây đó nó này 这 那 它 他 これ それ هذا هذه"""
LITTLE = frozenset(_LITTLE.split())
MOST_TERM_WORDS = 7


def made_of(text: str, language: str) -> Iterator[Made]:
    """The questions that a sentence answers."""
    plain = text.rstrip(" .。．")
    if language == "de":
        yield from _german(plain)
    pattern, form = DEFINED.get(language, (None, ""))
    found = pattern.match(plain) if pattern else None
    if found and _is_term(found[1]):
        yield Made(form.format(term=_inside(found[1], language), verb=found[2]), found[3], AnswerKind.TEXT, 2.6)


def _german(plain: str) -> Iterator[Made]:
    if (found := GERMAN_WHEN.match(plain)) and _is_term(found[1]):
        yield Made(f"Wann {found[2]} {_inside(found[1], 'de')} {found[4]}?", found[3], AnswerKind.DATE, 2.8)
    if (found := GERMAN_BY.match(plain)) and _is_term(found[1]):
        yield Made(f"Von wem {found[2]} {_inside(found[1], 'de')} {found[4]}?", found[3], AnswerKind.NAME, 2.8)


def _is_term(subject: str) -> bool:
    words = subject.casefold().split()
    return (
        len(words) <= MOST_TERM_WORDS
        and LITTLE.isdisjoint((words[0], words[-1]))
        and not subject.startswith(tuple(LITTLE))
    )


def _inside(subject: str, language: str) -> str:
    """A subject as it stands inside a sentence: its article in lower case."""
    if language == "de":
        return GERMAN_ARTICLE.sub(lambda found: found[0].lower(), subject)
    return subject[:1].lower() + subject[1:] if language in ("fr", "es") else subject
