"""The fonts of PDFs: those that come as packages, and which characters they have."""

import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import manimgx_fonts
import manimgx_fonts_cjk
from fontTools.ttLib import TTCollection, TTFont

FOLDERS = tuple(Path(package.__file__).parent for package in (manimgx_fonts, manimgx_fonts_cjk))
LATIN, CODE = "Noto Sans", "DejaVu Sans Mono"
# In which order Chinese characters are looked for: the same character looks different in Chinese, Japanese and Korean.
_CJK = {"ja": "Noto Sans CJK JP", "ko": "Noto Sans CJK KR", "zh": "Noto Sans CJK SC"}
_COLLECTION = ".ttc"
_UNSEEN = ("Cc", "Cf", "Zl", "Zp", "Zs", "Mn")


@lru_cache
def covered() -> frozenset[int]:
    """The characters of all fonts. Slow the first time: reads every font."""
    found: set[int] = set()
    for path in _files():
        if path.suffix == _COLLECTION:
            with TTCollection(path, lazy=True) as collection:
                found |= set(collection.fonts[0].getBestCmap())
        else:
            with TTFont(path, lazy=True) as font:
                found |= set(font.getBestCmap())
    return frozenset(found)


@lru_cache
def families() -> tuple[str, ...]:
    """The names of all fonts but those for Chinese, Japanese and Korean."""
    scripts = sorted(f"Noto Sans {path.stem.partition('[')[0].removeprefix('NotoSans')}" for path in _files())
    plain = [name for name in scripts if not any(word in name for word in ("Emoji", "CJK", "Italic", "Symbols"))]
    return (LATIN, *(name.strip() for name in plain if name.strip() != LATIN))


def families_for(text: str) -> list[str]:
    """The fonts in the order in which they are tried for a text: that of its language goes first among the Chinese ones."""
    language = "ko" if _has(text, "가", "힣") else "ja" if _has(text, "ぁ", "ヿ") else "zh"
    cjk = [_CJK[language], *(name for other, name in _CJK.items() if other != language)]
    return [*families(), *cjk, "Noto Sans Symbols", "Noto Emoji"]


def replacer(missing: Counter[str]) -> Callable[[str], str]:
    """A function that puts ``�`` for every character that no font has, and counts those by their script in ``missing``."""
    known = covered()

    def replaced(text: str) -> str:
        if text.isascii():
            return text
        return "".join(one if ord(one) in known or _is_unseen(one) else _noted(one, missing) for one in text)

    return replaced


def _noted(character: str, missing: Counter[str]) -> str:
    missing[script_of(character)] += 1
    return "�"


def script_of(character: str) -> str:
    """The script of a character as its name begins: ``Javanese``."""
    return unicodedata.name(character, "Unknown").split(" ")[0].split("-")[0].capitalize()


def is_right_to_left(text: str) -> bool:
    """True when the first letter that has a direction is written from right to left."""
    directions = (unicodedata.bidirectional(character) for character in text)
    return next((one for one in directions if one in ("L", "R", "AL")), "L") != "L"


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN


def _has(text: str, first: str, last: str) -> bool:
    return any(first <= character <= last for character in text)


def _files() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in folder.glob("*.tt[fc]"))
