"""Rules for usernames and passwords."""

import re
import unicodedata

from core.errors import Invalid

USERNAME = re.compile(r"[\w.@+-]{1,64}")
PASSWORD_MIN = 8
PASSWORD_MAX = 1024


def clean_username(username: str) -> str:
    """The name as it is stored and compared: trimmed, in one Unicode form, in lower case.

    Raises:
        Invalid: empty, too long, or with other signs than letters, digits and ``. _ - + @``.
    """
    name = unicodedata.normalize("NFKC", username.strip()[:256]).lower()
    if not USERNAME.fullmatch(name):
        raise Invalid("A name has 1 to 64 letters, digits or the signs . _ - + @, and no spaces.")
    return name


def check_password(password: str) -> None:
    """Raise Invalid unless the password can be taken."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise Invalid(f"A password has at least {PASSWORD_MIN} characters, and at most {PASSWORD_MAX}.")
