"""Does a sentence deny what it speaks of? By its little words alone, in English, German, French and Spanish.

"No", "without" and "not later than" are left out: "at no cost" is "free of charge", and "not later than" is "by".
"""

import re

_DENIED = re.compile(
    r"\b(?:not(?! (?:only|later|more|less|just|necessarily|earlier)\b)|never|cannot|nicht(?! nur\b)|niemals|ne(?: \w+){1,2} (?:pas|jamais)|"
    r"nunca|no (?:es|son|se|est[aá]n?|puede[ns]?|debe[ns]?|hay|tienen?))\b|n[’']t\b",
    re.IGNORECASE,
)


def denies(text: str) -> bool:
    """True when a sentence holds a word of denial; two of them are not seen to cancel out."""
    return bool(_DENIED.search(text))
