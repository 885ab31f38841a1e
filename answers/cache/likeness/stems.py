"""Stems for comparing questions: inflection goes, derivation stays.

Stemmers for search (Snowball) are no use here: they take "Mieter" and "Miete", "zahlen" and "zählen", or
"Maße" and "Masse" for the same word, and "endet" and "endete". German follows the light stemmer of J. Savoy (Light Stemming Approaches for
the French, Portuguese, German and Hungarian Languages, SAC 2006), less what it does to "-er" of nouns and to past tenses.
"""

from collections.abc import Callable, Mapping

from answers.cache.likeness.language import Language

_UMLAUTS = str.maketrans("äöü", "aou")


def _english(word: str, _language: Language, _is_noun: bool) -> str:
    """A word without English plural and verb endings; short words and other scripts are unchanged."""
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


def _german(word: str, language: Language, is_noun: bool) -> str:
    """A word without German endings of case, number and person; "ge-" and "zu" inside verbs go as well."""
    if not word.isalpha() or len(word) < 4:
        return word
    return _german_noun(word) if is_noun else _german_verb(word, language)


def _german_noun(word: str) -> str:
    """Plurals have umlauts; "-er" stays, because it makes the person of a thing ("Mieter", "Miete")."""
    word = word.translate(_UMLAUTS)
    if word.endswith(("ern", "ers")):
        return word[:-1]
    for ending in ("innen", "en", "es", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)] + ("in" if ending == "innen" else "")
            break
    return word[:-1] if word.endswith("s") and len(word) > 4 else word


def _german_verb(word: str, language: Language) -> str:
    """Verbs and adjectives; past tenses and adjectives on "-t" keep it ("endete", "letzte"), all forms alike.

    "-er" stays here too: "schneller" is not "schnell".
    """
    if word in language.uninflected:
        return word
    word = _without_ge_and_zu(word, language)
    if word.endswith(tuple(language.infinitives)):
        return word[:-2]
    for ending in ("ten", "tem", "ter", "tes", "te"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + "te"
    for ending in ("est", "em", "en", "es", "et", "e", "t"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word[:-1] if word.endswith(("eln", "ern")) else word


def _without_ge_and_zu(word: str, language: Language) -> str:
    prefix = max((prefix for prefix in language.separable if word.startswith(prefix)), key=len, default="")
    for start in ("", prefix):
        rest = word[len(start) :]
        if (
            rest.startswith("ge")
            and rest.endswith("t")
            and len(rest) > 5
            and not rest.startswith(tuple(language.natural_ge))
        ):
            return start + rest[2:]
        if start and rest.startswith("zu") and rest.endswith("n") and len(rest) > 5:
            return start + rest[2:]
    return word


_STEMMERS: Mapping[str, Callable[[str, Language, bool], str]] = {"english": _english, "german": _german}


def stem(word: str, language: Language, *, is_noun: bool = False) -> str:
    """The stem of a word in lower case.

    Args:
        is_noun: it is written as a noun.
    """
    stemmer = _STEMMERS.get(language.stems)
    return word if stemmer is None else stemmer(word, language, is_noun)
