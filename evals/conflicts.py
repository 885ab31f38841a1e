"""Measures whether conflicts between documents are named, and only those: RAMDocs, and ordinary questions, where each is a false alarm.

Usage: python -m evals.conflicts [DATA] [--work FOLDER] [--write] [--show SET]
DATA (default: ../shared/data) has ``public`` and ``qa``. Half of all questions, by a hash of their id, is held out: the model that tells
which sentences answer (``rag/writing/conflicts/model.json``) is fitted without it by ``--write``. In RAMDocs a conflict is a question whose
documents are marked with different answers; it counts as named when the answer shows statements of two documents as different, and as
right when both have the answers of their documents. In the other sets (a handbook; XQuAD paragraphs; QED paragraphs, all of which are
searched) nothing conflicts.
"""

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from evals.indexes import cached_embeddings
from evals.public.answering import says_one_of
from evals.public.sets import document, rows
from evals.useful_cases import SETS, Case, Question, QuestionSet, cases, qed_set
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.grounding.passage import Passage
from rag.writing.conflicts.answering import NAMES, Statement, described
from rag.writing.conflicts.asked_value import asked_value
from rag.writing.conflicts.finding import Conflict, conflict
from rag.writing.extractive import Judged, judged

MODEL = Path("rag/writing/conflicts/model.json")
SET_WEIGHTS = {"ramdocs": 1.0, "xquad-en": 0.5, "qed-open": 0.3}  # of a unit; the handbook has too few values to fit on
UNKNOWN = "unknown"
LEAST_SCALE = 0.001


@dataclass(frozen=True, slots=True)
class Judgement:
    """A case with its units judged, and the answers of its documents where they conflict."""

    case: Case
    of: Judged | None
    answers: dict[str, str]

    @property
    def is_held_out(self) -> bool:
        """True for the half that nothing is fitted on."""
        return sha256(self.case.question.id.encode()).digest()[0] % 2 == 0

    @property
    def is_conflict(self) -> bool:
        """True when its documents have different answers."""
        return len({answer for answer in self.answers.values() if answer != UNKNOWN}) > 1

    @property
    def found(self) -> Conflict | None:
        """The statements that are shown as different."""
        return conflict(self.of.question, self.of.rows, self.of.utilities) if self.of else None

    def is_right(self, statement: Statement) -> bool:
        """True when a statement has the answer of its document."""
        return _has(statement.unit.text, self.answers.get(statement.unit.passage.source.chunk.title, UNKNOWN))


def _title(line: dict[str, Any], number: int) -> str:
    return f"ramdocs {line['id']} {number}"


def ramdocs_set(data: Path) -> QuestionSet:
    """Questions on a few documents each, which are all that is searched."""
    lines = rows(data, "conflicts/ramdocs")
    documents = [
        document(_title(line, number), one["text"]) for line in lines for number, one in enumerate(line["documents"])
    ]
    questions = [
        Question(
            f"ramdocs {line['id']}",
            "words",
            line["question"],
            tuple(line["gold_answers"]),
            scope=tuple(_title(line, number) for number in range(len(line["documents"]))),
        )
        for line in lines
    ]
    return QuestionSet(documents, questions)


def _answers(data: Path) -> dict[str, dict[str, str]]:
    """Id of a question → title of each document → its answer."""
    return {
        f"ramdocs {line['id']}": {_title(line, number): one["answer"] for number, one in enumerate(line["documents"])}
        for line in rows(data, "conflicts/ramdocs")
    }


def open_qed_set(data: Path) -> QuestionSet:
    """Which sentence answers, of all paragraphs."""
    closed = qed_set(data)
    questions = [Question(one.id, one.kind, one.text, one.gold, one.scope) for one in closed.questions]
    return QuestionSet(closed.documents, questions)


CONFLICT_SETS = {
    "ramdocs": ramdocs_set,
    "handbook": SETS["handbook"],
    "xquad-en": SETS["xquad-en"],
    "qed-open": open_qed_set,
}


async def judgements(name: str, data: Path, work: Path, embeddings: FootnoteEmbeddings) -> list[Judgement]:
    """All questions of a set."""
    answers = _answers(data) if name == "ramdocs" else {}
    made = []
    for case in await cases(name, data, work, embeddings, CONFLICT_SETS):
        passages = [Passage(source) for source in case.sources]
        of = await judged(case.question.text, passages, embeddings) if passages else None
        made.append(Judgement(case, of, answers.get(case.question.id, {})))
    return made


def _has(text: str, answer: str) -> bool:
    return answer != UNKNOWN and says_one_of(text, [answer])


def _examples(name: str, made: Sequence[Judgement]) -> list[tuple[tuple[float, ...], bool, float]]:
    """The units of the half that is not held out: what the model reads, whether it answers, and its weight."""
    found = []
    for one in made:
        asked = asked_value(one.case.question.text)
        if one.is_held_out or one.of is None or asked is None or asked.kind == "yes_no":
            continue
        for unit, values, numbers in described(asked, one.of.rows, one.of.utilities):
            chunk = unit.passage.source.chunk
            answer = one.answers.get(chunk.title, UNKNOWN)
            if name == "ramdocs":
                answers = any(_has(value.text, answer) or _has(answer, value.text) for value in values)
            else:
                answers = one.case.question.is_answered_by(unit.text, chunk)
            found.append((numbers, answers, SET_WEIGHTS[name]))
    return found


def fit(sets: dict[str, list[Judgement]]) -> None:
    """Replaces the model that ships with the product."""
    found = [example for name, made in sets.items() if name in SET_WEIGHTS for example in _examples(name, made)]
    matrix = np.array([numbers for numbers, _, _ in found])
    answers, importance = np.array([float(right) for _, right, _ in found]), np.array([weight for *_, weight in found])
    means, scales = matrix.mean(axis=0), matrix.std(axis=0)
    scales = np.where(scales < LEAST_SCALE, 1.0, scales)
    standard = np.column_stack([(matrix - means) / scales, np.ones(len(matrix))])

    def loss(weights: np.ndarray[Any, Any]) -> tuple[float, np.ndarray[Any, Any]]:
        chances = 1 / (1 + np.exp(-standard @ weights))
        right = np.where(answers > 0, chances, 1 - chances)
        prior = np.append(weights[:-1], 0.0)
        value = -importance @ np.log(np.maximum(right, 1e-9)) + prior @ prior / 2
        return float(value), standard.T @ (importance * (chances - answers)) + prior

    best = minimize(loss, np.zeros(standard.shape[1]), jac=True, method="L-BFGS-B").x
    fields = {
        name: [round(float(value), 4) for value in values]
        for name, *values in zip(NAMES, means, scales, best[:-1], strict=True)
    }
    lines = [f' "{name}": {json.dumps(values)}' for name, values in fields.items()]
    MODEL.write_text("{\n" + ",\n".join([*lines, f' "bias": {round(float(best[-1]), 4)}']) + "\n}\n")


def _measured(made: Sequence[Judgement]) -> dict[str, float]:
    """Shares of the questions of a set."""
    counts: Counter[str] = Counter()
    for one in made:
        found = one.found
        named = found.statements if found else ()
        counts["conflicts"] += one.is_conflict
        counts["named"] += one.is_conflict and bool(named)
        counts["right"] += one.is_conflict and len([each for each in named if one.is_right(each)]) > 1
        counts["others"] += not one.is_conflict
        counts["false alarms"] += not one.is_conflict and bool(named)
        counts["apart"] += one.is_conflict and found is not None and found.is_apart
    shares = {
        "questions": float(len(made)),
        "named": counts["named"] / max(1, counts["conflicts"]),
        "of which apart": counts["apart"] / max(1, counts["named"]),
        "right": counts["right"] / max(1, counts["conflicts"]),
        "false alarms": counts["false alarms"] / max(1, counts["others"]),
    }
    return shares if counts["conflicts"] else {key: shares[key] for key in ("questions", "false alarms")}


def _show(made: Sequence[Judgement]) -> None:
    for one in made:
        if found := one.found:
            print(f"\n{one.case.question.text}{' (apart)' if found.is_apart else ''}")
            for each in found.statements:
                values = ", ".join(value.text for value in each.values)
                print(f"  {each.probability:.2f} [{values}] {each.unit.text[:200]}")


async def _run(arguments: argparse.Namespace) -> dict[str, dict[str, dict[str, float]]]:
    embeddings = cached_embeddings(arguments.work, "english")
    sets = {name: await judgements(name, arguments.data, arguments.work, embeddings) for name in CONFLICT_SETS}
    if arguments.write:
        fit(sets)
    results = {}
    for name, made in sets.items():
        parts = {
            "all": made,
            "tuned": [one for one in made if not one.is_held_out],
            "held out": [one for one in made if one.is_held_out],
        }
        results[name] = {part: _measured(of) for part, of in parts.items()}
        for part, values in results[name].items():
            print(f"{name:9} {part:9}" + "  ".join(f"{key} {value:.3g}" for key, value in values.items()), flush=True)
        if arguments.show == name:
            _show(made)
    return results


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=Path("var/evals/vectors"))
    parser.add_argument("--results", type=Path, default=Path("evals/results/conflicts.json"))
    parser.add_argument("--write", action="store_true", help="replace the model by one fitted on these sets")
    parser.add_argument("--show", choices=[*CONFLICT_SETS], help="print the conflicts that are named in a set")
    arguments = parser.parse_args()
    results = asyncio.run(_run(arguments))
    rounded = {
        name: {part: {key: round(value, 4) for key, value in values.items()} for part, values in parts.items()}
        for name, parts in results.items()
    }
    arguments.results.write_text(json.dumps(rounded, indent=1) + "\n")


if __name__ == "__main__":
    main()
