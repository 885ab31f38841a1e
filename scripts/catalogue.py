"""Lists the texts that a catalogue of ``public/words/`` lacks, as JSON, and takes translations in.

Usage::

    python -m scripts.catalogue                    # {"missing": {"de": [...], ...}, "stale": {...}, "wrong": {...}}
    python -m scripts.catalogue --add FILE.json    # {"de": {"English": "Deutsch", ...}, ...} into the catalogues; sorts them
    python -m scripts.catalogue --drop-stale       # removes what no file says any more
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from core.words import LANGUAGES, catalogue
from core.words.catalogue import FOLDER, placeholders
from scripts.texts import Text, all_texts

TRANSLATED = tuple(language for language in LANGUAGES if language != "en")
Entries = dict[str, str | dict[str, str]]


def read(language: str) -> Entries:
    """The entries of a catalogue."""
    entries: Entries = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return entries


def write(language: str, entries: Entries) -> None:
    """Writes a catalogue, sorted."""
    content = json.dumps(dict(sorted(entries.items())), ensure_ascii=False, indent=2)
    (FOLDER / f"{language}.json").write_text(f"{content}\n", encoding="utf-8")


def missing(language: str, texts: Mapping[Text, set[str]]) -> list[dict[str, str]]:
    """The texts that a catalogue lacks, with their plurals and the files they are in."""
    entries = read(language)
    lacking = (text for text in sorted(texts) if text.english not in entries)
    return [
        {"text": text.english} | ({"plural": text.more} if text.more else {}) | {"in": min(texts[text])}
        for text in lacking
    ]


def stale(language: str, texts: Mapping[Text, set[str]]) -> list[str]:
    """The texts of a catalogue that no file says any more."""
    return sorted(set(read(language)) - {text.english for text in texts})


def wrong(language: str, texts: Mapping[Text, set[str]]) -> list[str]:
    """What is wrong with the entries of a catalogue: values that do not agree, plural forms that are not there, nothing in it."""
    entries, forms = read(language), plural_forms(language)
    found = []
    for text in sorted(texts):
        entry = entries.get(text.english)
        if entry is None:
            continue
        if isinstance(entry, str) == bool(text.more):
            found.append(f"{text.english}: it has {'' if text.more else 'no '}plural forms in English")
            continue
        said = [entry] if isinstance(entry, str) else list(entry.values())
        if isinstance(entry, dict) and set(entry) != forms:
            found.append(f"{text.english}: it needs the forms {', '.join(sorted(forms))}")
        wanted = placeholders(text.english) | placeholders(text.more)
        for one in said:
            if not one.strip() or placeholders(one) - wanted or (wanted - placeholders(one)) - {"count"}:
                found.append(f"{text.english}: the values of “{one}” are not {', '.join(sorted(wanted)) or 'none'}")
    return found


def plural_forms(language: str) -> set[str]:
    """The plural forms that an entry needs: those of CLDR, without ``many``, which stands for millions."""
    return set(catalogue(language).locale.plural_form.tags) - {"many"} | {"other"}


def add(path: Path) -> None:
    """Takes translations in."""
    for language, entries in json.loads(path.read_text(encoding="utf-8")).items():
        write(language, read(language) | entries)


def drop_stale() -> None:
    """Removes what no file says any more."""
    texts = all_texts()
    for language in TRANSLATED:
        gone = set(stale(language, texts))
        write(language, {key: value for key, value in read(language).items() if key not in gone})


def main() -> None:
    """Does what the arguments say; the exit code is 1 while something is missing, stale or wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--add", type=Path, metavar="FILE.json")
    parser.add_argument("--drop-stale", action="store_true")
    arguments = parser.parse_args()
    if arguments.add:
        add(arguments.add)
    if arguments.drop_stale:
        drop_stale()
    texts = all_texts()
    report = {
        name: {language: found for language in TRANSLATED if (found := look(language, texts))}
        for name, look in (("missing", missing), ("stale", stale), ("wrong", wrong))
    }
    print(json.dumps(report, ensure_ascii=False, indent=1))
    sys.exit(any(report.values()))


if __name__ == "__main__":
    main()
