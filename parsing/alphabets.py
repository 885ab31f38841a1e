"""Which 8-bit encoding makes a language of some bytes: the one whose letters beyond ASCII all belong to one alphabet."""

from collections import Counter
from itertools import pairwise

WESTERN = (
    *("äöüß", "éèêëàâçîïôûùœæ", "áéíóúñü¿¡", "ãõáéíóúâêôçàü", "àèéìíòóù", "åäöé", "åæøéèòô", "ëïéèöüáó", "àèéíïóòúüç·"),
    *("áðéíóúýþæö", "âêîôûŵŷäëïö"),
)
CENTRAL = ("áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "ąćęłńóśźż", "áéíóöőúüű", "ăâîşţșț", "čćđšž")
CYRILLIC = (
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя№",
    "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя’№",
    "абвгдђежзијклљмнњопрстћуфхцчџш",
)
TURKISH = ("çğıöşüâîû",)
BALTIC = ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž")
GREEK = ("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",)
HEBREW = ("אבגדהוזחטיךכלםמןנסעףפץצקרשת",)
ARABIC = ("ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپچژگـًٌٍَُِّْ،؛؟",)
THAI = ("".join(chr(code) for code in (*range(0x0E01, 0x0E3B), *range(0x0E40, 0x0E4D))),)  # its digits are rare
ALPHABETS = (  # the commonest first: it wins a draw
    ("cp1252", WESTERN),
    ("cp1251", CYRILLIC),
    ("cp1250", CENTRAL),
    ("koi8_r", CYRILLIC),
    ("koi8_u", CYRILLIC),
    ("cp866", CYRILLIC),
    ("iso8859_5", CYRILLIC),
    ("iso8859_2", CENTRAL),
    ("cp1254", TURKISH),
    ("cp1253", GREEK),
    ("iso8859_7", GREEK),
    ("cp1255", HEBREW),
    ("cp1256", ARABIC),
    ("cp1257", BALTIC),
    ("cp874", THAI),
    ("cp850", WESTERN),
    ("mac_roman", WESTERN),
    ("cp437", WESTERN),
    ("cp852", CENTRAL),
    ("mac_cyrillic", CYRILLIC),
)
PUNCTUATION = frozenset("„“”‘’‚–—…«»‹›°§€£ •©®™\xad")
SAMPLE_BYTES = 32_768
LATIN = (WESTERN, CENTRAL, TURKISH, BALTIC)
FREQUENT = {CYRILLIC: set("ыьэюя"), GREEK: set("άέήίόύώ")}  # without any of them it may be Hebrew
DOUBT = 0.01
LEAST_FIT = 0.97
LEAST_LETTERS = 0.5  # of the characters beyond ASCII; marks alone tell nothing


def encoding_by_alphabet(data: bytes) -> str | None:
    """The encoding that makes a language of some bytes; None when none does."""
    sample = data[:SAMPLE_BYTES]
    fits = [(_fit(sample, encoding, languages), encoding) for encoding, languages in ALPHABETS]
    best = max(fits, key=lambda found: found[0])
    return best[1] if best[0] >= LEAST_FIT else None


def _fit(sample: bytes, encoding: str, languages: tuple[str, ...]) -> float:
    """The share of the characters beyond ASCII that one language explains, 0–1. Capitals within words count against it."""
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    counts = Counter(character for character in text if character > "\x7f")
    total = counts.total()
    if not total:
        return 0.0
    marks = sum(count for character, count in counts.items() if character in PUNCTUATION)
    letters = max(
        sum(count for character, count in counts.items() if character.lower() in alphabet) for alphabet in languages
    )
    if letters < LEAST_LETTERS * total:
        return 0.0
    shouted = sum(count for character, count in counts.items() if character.isupper())
    doubt = DOUBT if languages in FREQUENT and not FREQUENT[languages] & set(counts) else 0.0
    return (letters + marks - _misplaced(text, languages) - shouted / 100) / total - doubt


def _misplaced(text: str, languages: tuple[str, ...]) -> int:
    """How many letters beyond ASCII stand where none does: capitals within words, other scripts beside Latin letters."""
    pairs = [pair for pair in pairwise(text) if max(pair) > "\x7f" and pair[0].isalpha()]
    capitals = sum(after.isupper() and before.islower() for before, after in pairs if after > "\x7f")
    if languages in LATIN:
        return capitals
    return capitals + sum(min(pair) <= "\x7f" and pair[1].isalpha() for pair in pairs)
