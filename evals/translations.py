"""Measures the check of translations: sentences of XQuAD paragraphs in another language, cited from the English paragraph.

Usage: python -m evals.translations [DATA] [--model NAME] [--paragraphs N]
DATA (default: ../shared/data/public) has ``sentences/xquad-*-paragraphs.jsonl.gz``. A faithful sentence should keep its number. An
unfaithful one comes from another paragraph, has another number, or a negation (German and Chinese); it should lose it.
"""

import argparse
import asyncio
import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

from core.settings import EmbeddingSettings
from evals.grounding import passage
from rag.embedding.build import build_embeddings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.grounding.check import check
from rag.grounding.sentences import split

LANGUAGES = ("de", "zh", "vi", "th", "ar")
LEAST_CHARS = {"zh": 15}
FEWEST_CHARS = 40
NUMBER = re.compile(r"\d+")
NEGATED = {
    "de": re.compile(r"\b(ist|sind|war|waren|wurde|wurden|hat|haben|hatte|kann|konnte)\b"),
    "zh": re.compile("(?<![不而就但还也可都])是(?!否)"),
}
NOT = {"de": r"\1 nicht", "zh": "不是"}


def _paragraphs(data: Path, language: str) -> dict[str, str]:
    with gzip.open(data / "sentences" / f"xquad-{language}-paragraphs.jsonl.gz", "rt") as file:
        return {row["id"]: row["text"] for row in map(json.loads, file)}


def _sentences(text: str, language: str) -> list[str]:
    found = [text[one.start : one.end] for one in split(text)]
    return [one for one in found if len(one) >= LEAST_CHARS.get(language, FEWEST_CHARS)]


def _unfaithful(sentence: str, other: str, language: str) -> Iterator[tuple[str, str]]:
    yield "other paragraph", other
    changed = NUMBER.sub(lambda number: str(int(number[0]) * 7 + 13), sentence, count=1)
    if changed != sentence:
        yield "changed number", changed
    if language in NEGATED and NEGATED[language].search(sentence):
        yield "negated", NEGATED[language].sub(NOT[language], sentence, count=1)


async def measured(
    data: Path, language: str, embeddings: FootnoteEmbeddings, paragraphs: int
) -> dict[str, tuple[int, float]]:
    """Kind of sentence → how many, and the share that kept its number."""
    kept: dict[str, list[bool]] = defaultdict(list)
    english, foreign = _paragraphs(data, "en"), _paragraphs(data, language)
    ids = list(english)[:paragraphs]
    for place, name in enumerate(ids):
        source = {1: passage(english[name])}
        others = _sentences(foreign[ids[(place + len(ids) // 2) % len(ids)]], language)
        for sentence in _sentences(foreign[name], language)[:2]:
            trials = [("faithful", sentence), *(_unfaithful(sentence, others[0], language) if others else ())]
            for kind, text in trials:
                body = text.rstrip(".。 ")
                checked = await check(f"{body} [1].", source, embeddings)
                kept[kind].append(bool(checked.citations))
    return {kind: (len(results), fmean(results)) for kind, results in kept.items()}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data/public"))
    parser.add_argument("--model", default="multilingual")
    parser.add_argument("--work", type=Path, default=Path("var/evals/vectors"))
    parser.add_argument("--paragraphs", type=int, default=120)
    parser.add_argument("--languages", nargs="+", default=LANGUAGES)
    arguments = parser.parse_args()
    embeddings = build_embeddings(EmbeddingSettings(model=arguments.model), arguments.work)
    embeddings.load()
    for language in arguments.languages:
        figures = asyncio.run(measured(arguments.data, language, embeddings, arguments.paragraphs))
        print(
            language,
            ", ".join(f"{kind} {share:.3f} of {count}" for kind, (count, share) in figures.items()),
            flush=True,
        )
    embeddings.close()


if __name__ == "__main__":
    main()
