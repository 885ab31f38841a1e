"""Measures answers from tables without a language model: python -m evals.tables [DATA] [--write] [--nth N]

DATA (default: ../shared/data) has ``public/tables``. The table is given; every answer is computed as in the product. Figures are of
models fitted without the table (five folds, by the name of the table), and of the shipped model, which was fitted on all of them.
``--write`` fits ``rag/tables/model.json`` anew. "Foreign" questions are asked of a table of another question: all that is answered is
wrong. Exits with 1 when a target is missed, with 2 without data.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from evals import table_trip
from evals.table_model import Example, example, fitted, write
from evals.table_sets import TableSet, airline_tables, is_right, own_tables, wiki_tables
from rag.tables.scorer import Model, ranked, shipped_model

MODEL = Path("rag/tables/model.json")
TARGETS = {"WikiTableQuestions": 0.35, "WikiTableQuestions, simple": 0.60, "AIT-QA": 0.60}
Choose = Callable[[Example], Model]


def _examples(sets: Sequence[TableSet], nth: int) -> list[Example]:
    """Each question with its own table, and every second one with another table as well."""
    found = []
    for one in sets:
        names = sorted(one.tables)
        for number, question in enumerate(one.questions[::nth]):
            found.append(example(question, one.tables[question.name], None))
            other = names[(names.index(question.name) + 1 + number) % len(names)]
            if number % 2 == 0 and other != question.name:
                found.append(example(question, one.tables[other], None, is_own=False))
    return found


def _report(examples: Sequence[Example], choose: Choose) -> dict[str, float]:
    """Prints and gives the share of right answers for each part of the sets."""
    names = list(dict.fromkeys(one.question.set_name for one in examples))
    parts: dict[str, list[Example]] = {
        name: [one for one in examples if one.question.set_name == name] for name in names
    }
    parts |= {f"{name}, simple": [one for one in parts[name] if one.question.is_simple] for name in names}
    print(f"{'':28}{'asked':>6}{'right':>8}{'reachable':>11}{'answers':>9}{'precision':>11}{'foreign answered':>18}")
    shares = {}
    for name, part in parts.items():
        own = [one for one in part if one.is_own]
        foreign = [one for one in part if not one.is_own]
        right = [_best(one, choose(one)) for one in own]
        given = [is_hit for is_hit, is_given in right if is_given]
        wrong = sum(_best(one, choose(one))[1] for one in foreign)
        shares[name] = sum(is_hit for is_hit, _ in right) / len(own)
        print(
            f"{name:28}{len(own):6}{shares[name]:8.3f}{sum(one.is_reachable for one in own) / len(own):11.3f}"
            f"{len(given) / len(own):9.3f}{sum(given) / max(1, len(given)):11.3f}{wrong / max(1, len(foreign)):18.3f}"
        )
    return shares


def _best(one: Example, model: Model) -> tuple[bool, bool]:
    """Whether the best answer is right, and whether it would be given."""
    best = next(iter(ranked(one.readings, model)), None)
    if best is None:
        return False, False
    is_hit = one.is_own and is_right(best.candidate.values, one.question.answers)
    return is_hit, model.confidence(best.evidence) >= model.bar


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--write", action="store_true", help="store the model fitted on all questions")
    parser.add_argument("--nth", type=int, default=1, help="every nth question only")
    parser.add_argument("--parsed", action="store_true", help="also ask tables that went through parser and chunks")
    options = parser.parse_args()
    if not (options.data / "public" / "tables").is_dir():
        print(
            f"There is no {options.data / 'public' / 'tables'}: the questions are not part of the repository.",
            file=sys.stderr,
        )
        sys.exit(2)
    started = time.monotonic()
    examples = _examples([wiki_tables(options.data), airline_tables(options.data), own_tables()], options.nth)
    per_question = (time.monotonic() - started) / len(examples)
    print(f"{len(examples)} questions, {per_question * 1000:.0f} ms each")
    model, folds = fitted(examples)
    if options.write:
        write(model, MODEL)
        shipped_model.cache_clear()
    print(f"\nHeld out: fitted without the table (bar {model.bar:.2f})")
    shares = _report(examples, lambda one: folds[one.question.fold])
    print("\nAs shipped: fitted on these questions")
    _report(examples, lambda _: shipped_model())
    if options.parsed:
        by_name = {one.question.name: folds[one.question.fold] for one in examples}
        table_trip.report(
            options.data / "public" / "tables" / "wikitables", wiki_tables(options.data), by_name.__getitem__
        )
    missed = [name for name, target in TARGETS.items() if shares[name] < target]
    print(f"\nmissed: {', '.join(missed) or 'nothing'}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
