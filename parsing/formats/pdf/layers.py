"""Text layers that are not what the page shows: letters moved along the alphabet, of the wrong alphabets, or badly recognised by others.

What may be wrong is recognised anew and compared: when few words are the same, the page is believed and not its text layer. A document
whose first doubtful pages were right is doubted no more, since recognition takes seconds. Runs in a child process only.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from charset_normalizer.constant import FREQUENCIES

from parsing.formats.images.ocr import Recognition
from parsing.formats.pdf.pieces import Box
from parsing.formats.pdf.scans import LARGE, area

LEAST_LETTERS = 60  # of a page of which something can be said
FREQUENT = 8  # letters of a language that make more than half of its texts
LEAST_FREQUENT = 0.52  # 0.59 and more in any language of Latin letters, 0.4 after letters were moved
MOST_SCRIPTS = 3
LEAST_SHARE = 0.04  # of the letters: a script that is more than a symbol here and there
EAST_ASIAN = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO")
WORD = re.compile(r"[^\W\d_]{3,}")
LEAST_SAME = 0.5  # of the words, or else the layer is wrong
LEAST_READ = 0.4  # of the layer's words must be recognised, or else nothing is known
MOST_FALSE_ALARMS = 2

_TOPS = [frozenset(letters[:FREQUENT]) for letters in FREQUENCIES.values() if "a" <= letters[0] <= "z"]


@dataclass
class TextLayers:
    """What is known of the text layers of a document.

    Attributes:
        false_alarms: pages that were doubted and were right.
        scans_are_right: whether the text layers over scans are; None while it was not looked at.
    """

    false_alarms: int = 0
    scans_are_right: bool | None = None

    def is_doubtful(self, text: str, pictures: Sequence[Box]) -> bool:
        """True for a page that is worth being recognised anew.

        Args:
            pictures: on the page, as fractions of it.
        """
        if self.false_alarms < MOST_FALSE_ALARMS and is_implausible(text):
            return True
        is_scan = self.scans_are_right is not True and any(area(picture) > LARGE for picture in pictures)
        return is_scan and sum(map(str.isalpha, text)) >= LEAST_LETTERS

    def is_wrong(self, text: str, seen: Recognition, *, is_scan: bool) -> bool:
        """True when a page says something else than its text layer; what is learned of it is kept."""
        layer, shown = _words(text), _words(seen.text)
        is_told = not seen.warning and sum(shown.values()) >= LEAST_READ * sum(layer.values())
        same = sum(count for word, count in layer.items() if word in shown)
        is_wrong = is_told and same < LEAST_SAME * sum(layer.values())
        if is_scan and self.scans_are_right is None:
            self.scans_are_right = not is_wrong
        if not is_wrong:
            self.false_alarms += 1
        return is_wrong


def is_implausible(text: str) -> bool:
    """True when a text has the letters of no language, or those of many."""
    letters = Counter(character for character in text if character.isalpha())
    total = letters.total()
    if total < LEAST_LETTERS:
        return False
    scripts: Counter[str] = Counter()
    for letter, count in letters.items():
        scripts[_script(letter)] += count
    if sum(count >= LEAST_SHARE * total for count in scripts.values()) > MOST_SCRIPTS:
        return True
    small = {letter: count for letter, count in letters.items() if "a" <= letter <= "z"}
    latin = sum(small.values())
    if latin < LEAST_LETTERS or latin < total / 2:
        return False
    return max(sum(small.get(letter, 0) for letter in top) for top in _TOPS) < LEAST_FREQUENT * latin


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").partition(" ")[0]
    return "CJK" if name.startswith(EAST_ASIAN) else name


def _words(text: str) -> Counter[str]:
    return Counter(word.casefold() for word in WORD.findall(text))
