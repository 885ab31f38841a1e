"""Measures whether extractive answers are worth keeping: is it the sentence that answers, is it first, how much else is shown?

Usage: python -m evals.usefulness [DATA] [--only SET …] [--models MODEL …] [--write] [--results FILE]
DATA (default: ../shared/data) has ``qa``, ``ir`` and ``public``. What the retrieval finds is cached in the work folder, with the vectors;
the first run takes half an hour on two cores. ``--write`` fits the choice of sentences anew before it is measured. Questions that were
refused count as not answered; ``answered`` figures leave them out. The second figure of each is over the questions held out.
"""

import argparse
import asyncio
import json
import re
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals import sentence_fit
from evals.indexes import cached_embeddings
from evals.quoting import runs
from evals.sentence_fit import ExampleSet
from evals.useful_cases import SETS, Case, cases
from evals.vectors import CachedEmbeddings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.events import Citations
from rag.grounding.check import check
from rag.grounding.sentences import split
from rag.pipeline import passages_of
from rag.types import Chunk
from rag.writing.extractive import extract

NAMED = re.compile(r"\*\*[^*\n]{1,200}:\*\*")
LIST_MARK = re.compile(r"(?m)^- ")
WORD = re.compile(r"\w+")
TARGETS = {
    "handbook": {"in": 0.80, "first": 0.60, "share": 0.60},
    "qed": {"first": 0.78, "in": 0.90},
    "covidqa": {"cited": 0.75},
    "xquad-en": {"first": 0.78, "in": 0.92},
    **{f"xquad-{language}": {"first": 0.70, "in": 0.85} for language in ("de", "vi", "th", "zh", "ar")},
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the answer to one question was.

    Attributes:
        right: for each sentence shown, whether it answers.
        is_among: a unit that answers is in the sources.
        is_cited: the place that answers is in a cited passage.
        unsupported: sentences that the check does not find in their source.
    """

    case: Case
    right: tuple[bool, ...]
    words: int
    is_among: bool
    is_cited: bool
    unsupported: int
    took_s: float


async def outcome(case: Case, embeddings: FootnoteEmbeddings) -> Outcome:
    """Answers one question as the pipeline does without a language model."""
    question, passages = case.question, passages_of(case.sources)
    if not passages:
        return Outcome(case, (), 0, False, False, 0, 0.0)
    started = time.perf_counter()
    text = await extract(question.text, list(passages.values()), embeddings)
    took_s = time.perf_counter() - started
    checked = await check(text, passages, embeddings, question.text, is_quoted=True)
    return Outcome(
        case,
        right=tuple(question.is_answered_by(sentence, chunk) for sentence, chunk in _shown(checked)),
        words=len(WORD.findall(re.sub(r"\[\d+\]", "", text))),
        is_among=any(
            question.is_answered_by(line.text, one.source.chunk) for one in passages.values() for line in one.lines
        ),
        is_cited=any(question.is_place_of(citation.chunk) for citation in checked.citations),
        unsupported=checked.unsupported + checked.dropped,
        took_s=took_s,
    )


def _shown(checked: Citations) -> list[tuple[str, Chunk]]:
    """The sentences of an answer, each with the chunk that it cites."""
    chunks = {citation.number: citation.chunk for citation in checked.citations}
    return [
        (text[one.start : one.end], chunks[number])
        for run, numbers in runs(checked.answer)
        for number in numbers[:1]
        if number in chunks
        for text in [LIST_MARK.sub("", NAMED.sub("", run)).strip()]
        for one in split(text)
    ]


def figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """The figures of a set."""
    answered = [one for one in outcomes if one.case.sources]
    shown = sum(len(one.right) for one in answered)

    def share(count: int, of: int) -> float:
        return count / of if of else 0.0

    in_it, first = sum(any(one.right) for one in answered), sum(any(one.right[:1]) for one in answered)
    return {
        "first": share(first, len(outcomes)),
        "in": share(in_it, len(outcomes)),
        "share": share(sum(sum(one.right) for one in answered), shown),
        "cited": share(sum(one.is_cited for one in answered), len(outcomes)),
        "refused": 1 - share(len(answered), len(outcomes)),
        "first of answered": share(first, len(answered)),
        "in of answered": share(in_it, len(answered)),
        "among": share(sum(one.is_among for one in answered), len(outcomes)),
        "words": statistics.median([one.words for one in answered] or [0]),
        "unsupported": float(sum(one.unsupported for one in answered)),
        "ms": statistics.median([one.took_s for one in answered] or [0.0]) * 1000,
    }


async def _run(data: Path, work: Path, arguments: argparse.Namespace) -> dict[str, dict[str, dict[str, float]]]:
    models = {name: cached_embeddings(work, name) for name in arguments.models}
    found = {
        (name, model): await cases(name, data, work, embeddings)
        for model, embeddings in models.items()
        for name in arguments.only
    }
    if arguments.write:
        sets = [ExampleSet(name, sentence_fit.examples(made), models[model]) for (name, model), made in found.items()]
        sentence_fit.write(await sentence_fit.fitted(sets))
    return {
        f"{name} {model}": await _measured(f"{name} {model}", made, models[model])
        for (name, model), made in found.items()
    }


async def _measured(title: str, made: Sequence[Case], embeddings: CachedEmbeddings) -> dict[str, dict[str, float]]:
    outcomes = [await outcome(case, embeddings) for case in made]
    parts = {
        "all": outcomes,
        "fitted": [one for one in outcomes if not one.case.question.is_held_out],
        "held out": [one for one in outcomes if one.case.question.is_held_out],
    }
    results = {part: figures(of) for part, of in parts.items()}
    print(f"\n{title}: {len(made)} questions", flush=True)
    for part, values in results.items():
        print(f"  {part:9}" + "  ".join(f"{name} {value:.3g}" for name, value in values.items()), flush=True)
    return results


def _missed(results: Mapping[str, Mapping[str, Mapping[str, float]]]) -> list[str]:
    """What is below its target, over all questions of a set."""
    return [
        f"{title}: {figure} {parts['all'][figure]:.3f}, target {target:.2f}"
        for title, parts in results.items()
        for figure, target in TARGETS[title.split()[0]].items()
        if parts["all"][figure] < target
    ]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--only", nargs="+", choices=[*SETS], default=[*SETS])
    parser.add_argument("--models", nargs="+", default=["english", "multilingual"], help="as FOOTNOTE_EMBEDDING_MODEL")
    parser.add_argument("--work", type=Path, default=Path("var/evals/vectors"))
    parser.add_argument("--results", type=Path, default=Path("evals/results/usefulness.json"))
    parser.add_argument("--write", action="store_true", help="replace the model by one fitted on these sets")
    arguments = parser.parse_args()
    results = asyncio.run(_run(arguments.data, arguments.work, arguments))
    rounded = {
        title: {
            part: {name: round(value, 4) for name, value in values.items() if name != "ms"}
            for part, values in parts.items()
        }
        for title, parts in results.items()
    }
    arguments.results.write_text(json.dumps(rounded, indent=1) + "\n")
    for line in _missed(results):
        print(f"missed  {line}")


if __name__ == "__main__":
    main()
