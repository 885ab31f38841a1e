"""Does it refuse what its documents do not answer, and only that?

Usage: python -m evals.refusals DATA [--index FOLDER]
DATA holds ``qa/sourcegraph-handbook`` (its own questions: to be answered) and ``ir/*/queries.jsonl`` (other people's questions: to
be refused). Prints how often each set is answered, and precision and recall of the refusals.
"""

import argparse
import asyncio
import random
from pathlib import Path

from core.settings import RetrievalSettings
from evals.corpus import SCOPE, lines, open_corpus
from rag.retriever import Retriever

FOREIGN = ("xquad-en", "scifact", "cranfield", "cisi", "financebench-pages")
PER_SET = 65


async def _run(data: Path, folder: Path) -> None:
    handbook = data / "qa" / "sourcegraph-handbook"
    embeddings, index = await open_corpus(handbook / "content-noheadings", folder)
    retriever = Retriever(embeddings, index, RetrievalSettings())
    sets = {"handbook": [line["question"] for name in ("faq", "kite") for line in lines(handbook / f"{name}.jsonl")]}
    for name in FOREIGN:
        questions = [line["text"] for line in lines(data / "ir" / name / "queries.jsonl")]
        sets[name] = random.Random(0).sample(questions, min(PER_SET, len(questions)))
    refused: dict[str, list[str]] = {}
    for name, questions in sets.items():
        refused[name] = [question for question in questions if not (await retriever.find(question, SCOPE)).sources]
        print(f"{name:20} {len(questions):4} questions, refused {len(refused[name]):4}")
    _report(sets, refused)
    await index.close()


def _report(sets: dict[str, list[str]], refused: dict[str, list[str]]) -> None:
    rightly = sum(len(refused[name]) for name in FOREIGN)
    wrongly = len(refused["handbook"])
    foreign = sum(len(sets[name]) for name in FOREIGN)
    print(f"refusals: precision {rightly / (rightly + wrongly):.3f}, recall {rightly / foreign:.3f}")
    for question in refused["handbook"]:
        print(f"  refused wrongly: {question}")
    for name in FOREIGN:
        for question in set(sets[name]) - set(refused[name]):
            print(f"  answered though foreign ({name}): {question[:100]}")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--index", type=Path, default=Path("var/evals"))
    arguments = parser.parse_args()
    asyncio.run(_run(arguments.data, arguments.index))


if __name__ == "__main__":
    main()
