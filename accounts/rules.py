"""Rules for usernames and passwords."""

import re
import unicodedata
from functools import cache
from pathlib import Path

from core.errors import Invalid

USERNAME = re.compile(r"[\w.@+-]{1,64}")
PASSWORD_MIN = 8
PASSWORD_MAX = 1024
_COMMON = Path(__file__).with_name("common_passwords.txt")
_OURS = "footnote"  # the first thing to try here


def clean_username(username: str) -> str:
    """The name as stored and compared: trimmed, in Unicode form NFKC, in lower case.

    Raises:
        Invalid: empty, too long, or with characters other than letters, digits and ``. _ - + @``.
    """
    name = unicodedata.normalize("NFKC", username.strip()[:256]).lower()
    if not USERNAME.fullmatch(name):
        raise Invalid("A name has 1 to 64 letters, digits or the signs . _ - + @, and no spaces.")
    return name


def check_password(password: str, username: str) -> None:
    """Raise Invalid unless the password is acceptable: long enough, and not among the first that anybody would try for this name."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise Invalid(f"A password has at least {PASSWORD_MIN} characters, and at most {PASSWORD_MAX}.")
    folded = unicodedata.normalize("NFKC", password).casefold().strip()
    word = folded[: _tail_begins(folded)]
    if any(tried in _common() or tried in (_OURS, username.casefold()) for tried in (folded, word)):
        raise Invalid(
            "This password is one of the first that are tried. Choose another one, such as three words of your own."
        )


def _tail_begins(text: str) -> int:
    """Where the digits and signs begin that people add to a word: ``password2026!``."""
    end = len(text)
    while end and not text[end - 1].isalpha():
        end -= 1
    return end


@cache
def _common() -> frozenset[str]:
    """The common passwords, in lower case."""
    lines = _COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("# "))
