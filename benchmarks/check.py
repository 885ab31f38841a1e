"""Times the check of a language model's answer.

Usage: python -m benchmarks.check [--sentences 40] [--sources 6] [--rounds 20]
The answer consists of reworded sentences of the sources, every third with a number, every tenth about something else.
"""

import argparse
import asyncio
from statistics import median, quantiles
from time import perf_counter, process_time
from uuid import UUID, uuid4

from core.settings import EmbeddingSettings
from rag.embedding.build import build_embeddings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.grounding.check import check
from rag.grounding.passage import Passage
from rag.types import Chunk, Source

SUBJECTS = ("Employees", "Visitors", "Directors", "Contractors", "Engineers", "Managers", "Interns", "Auditors")
VERBS = ("report", "approve", "archive", "inspect", "translate", "publish", "order", "return")
OBJECTS = ("travel expenses", "security badges", "yearly budgets", "office keys", "customer letters", "test servers")
LINES_PER_SOURCE = 8


def _sentence(number: int) -> str:
    subject, verb = SUBJECTS[number % len(SUBJECTS)], VERBS[number // 2 % len(VERBS)]
    return f"{subject} {verb} {OBJECTS[number % len(OBJECTS)]} within {number + 3} days of the end of the month."


def _passages(count: int) -> dict[int, Passage]:
    passages = {}
    for number in range(1, count + 1):
        first = (number - 1) * LINES_PER_SOURCE
        text = " ".join(_sentence(place) for place in range(first, first + LINES_PER_SOURCE))
        chunk = Chunk(
            chunk_id=uuid4(),
            document_id=uuid4(),
            library_id=UUID(int=1),
            title=f"rules {number}",
            index=0,
            text=text,
            section=1,
            char_start=0,
            char_end=len(text),
            content_hash=str(number),
        )
        passages[number] = Passage(Source(number=number, chunk=chunk))
    return passages


def _answer(sentences: int, sources: int, salt: str) -> str:
    answer = []
    for number in range(sentences):
        place = number % (sources * LINES_PER_SOURCE)
        reworded = _sentence(place).replace(" within ", f" — as the {salt} rules have it — in at most ")
        other = f"The {salt} moon base has {number} domes and a garden full of tomatoes."
        marker = f" [{place // LINES_PER_SOURCE + 1}]" if number % 3 == 0 else ""
        answer.append(other if number % 10 == 9 else f"{reworded[:-1]}{marker}.")
    return " ".join(answer)


async def _measured(
    embeddings: FootnoteEmbeddings, sentences: int, sources: int, rounds: int
) -> tuple[list[float], list[float]]:
    passages = _passages(sources)
    took_ms, cpu_ms = [], []
    for round_ in range(rounds + 1):
        answer = _answer(sentences, sources, "new " * round_)
        began, cpu_began = perf_counter(), process_time()
        checked = await check(answer, passages, embeddings)
        took_ms.append((perf_counter() - began) * 1000)
        cpu_ms.append((process_time() - cpu_began) * 1000)
    print(f"{checked.supported} supported ({checked.added} by the check), {checked.unsupported} not supported")
    return took_ms[1:], cpu_ms[1:]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=40)
    parser.add_argument("--sources", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    embeddings = build_embeddings(EmbeddingSettings())
    embeddings.load()
    took_ms, cpu_ms = asyncio.run(_measured(embeddings, arguments.sentences, arguments.sources, arguments.rounds))
    embeddings.close()
    print(f"check of {arguments.sentences} sentences against {arguments.sources} sources: ", end="")
    print(f"p50 {median(took_ms):.0f} ms, p95 {quantiles(took_ms, n=20)[-1]:.0f} ms; ", end="")
    print(f"of the processor p50 {median(cpu_ms):.0f} ms")


if __name__ == "__main__":
    main()
