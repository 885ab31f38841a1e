"""Measures the routing of questions: is the kind right? 438 questions in nine languages, labelled by hand.

Usage: python -m evals.questions [--failures]
Half of the questions, chosen by a hash, are held out: no rule was changed because of one of them, so ``--failures`` names only the others.
Exits with 1 when less than 93 % of those held out are right.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from uuid import UUID

from evals.corpus import document_id
from rag.questions.kind import Kind
from rag.questions.language import LANGUAGES
from rag.questions.routing import Route, route
from rag.questions.titles import TitleIndex

SETS = Path(__file__).parent / "sets"
LEAST_RIGHT = 0.93
# The library in which the questions are asked.
TITLES = (
    "parental-leave.md",
    "Travel Policy 2022.pdf",
    "Travel Policy 2023.pdf",
    "employee-handbook.docx",
    "summary_plan_description.pdf",
    "Q3 report.xlsx",
    "benefits.md",
    "layout-parser-paper-fast.pdf",
    "test_blog.html",
    "Vertrag 2021.pdf",
    "Reiserichtlinie.pdf",
    "员工手册.pdf",
)
INDEX = TitleIndex((document_id(title), title) for title in TITLES)
ATTACHED = document_id("an attached file")


@dataclass(frozen=True, slots=True)
class Question:
    """A labelled question.

    Attributes:
        has_history: another question was asked before.
        attached: documents attached to it.
    """

    text: str
    language: str
    kind: Kind
    has_history: bool
    attached: tuple[UUID, ...]

    @property
    def is_held_out(self) -> bool:
        """True for the half that changes no rule."""
        return sha256(self.text.encode()).digest()[0] % 2 == 1


def questions() -> list[Question]:
    """All labelled questions."""
    found: list[Question] = []
    for language in LANGUAGES:
        lines = (SETS / f"questions.{language}.tsv").read_text(encoding="utf-8").splitlines()[1:]
        for kind, context, text in (line.split("\t") for line in lines):
            attached = (ATTACHED,) if context == "attached" else ()
            found.append(Question(text, language, Kind(kind), context == "history", attached))
    return found


def by_rules(question: Question) -> Route:
    """The route of a question."""
    return route(question.text, INDEX, question.has_history, question.attached)


def right(asked: Iterable[Question], routed: Callable[[Question], Route] = by_rules) -> tuple[int, int]:
    """How many questions get the right kind, and how many there are."""
    verdicts = [routed(question).kind is question.kind for question in asked]
    return sum(verdicts), len(verdicts)


def _row(name: str, asked: Sequence[Question], routed: Callable[[Question], Route]) -> str:
    cells = []
    for held in (False, True):
        good, total = right((one for one in asked if one.is_held_out is held), routed)
        cells.append(f"{good:4} of {total:3}  {good / max(1, total):5.3f}")
    return f"{name:14}{cells[0]:>20}{cells[1]:>20}"


def print_table(asked: Sequence[Question], routed: Callable[[Question], Route]) -> None:
    """The share of right kinds by language and by kind."""
    print(f"{'':14}{'tuned':>20}{'held out':>20}")
    for language in LANGUAGES:
        print(_row(language, [one for one in asked if one.language == language], routed))
    for kind in Kind:
        print(_row(kind, [one for one in asked if one.kind is kind], routed))
    print(_row("all", asked, routed))


def _print_failures(asked: Iterable[Question], routed: Callable[[Question], Route]) -> None:
    for question in asked:
        found = routed(question)
        if found.kind is not question.kind and not question.is_held_out:
            print(f"{question.language}  {question.kind} but {found.kind} ({found.by}): {question.text}")


def _print_time(asked: Sequence[Question]) -> None:
    times = []
    for question in asked:
        began = perf_counter()
        by_rules(question)
        times.append((perf_counter() - began) * 1000)
    times.sort()
    print(f"routing takes {times[len(times) // 2]:.2f} ms in the middle, {times[-1]:.2f} ms at most")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--failures", action="store_true", help="name the tuned questions with a wrong kind")
    arguments = parser.parse_args()
    asked = questions()
    if arguments.failures:
        _print_failures(asked, by_rules)
    print_table(asked, by_rules)
    _print_time(asked)
    good, total = right(one for one in asked if one.is_held_out)
    sys.exit(good < LEAST_RIGHT * total)


if __name__ == "__main__":
    main()
