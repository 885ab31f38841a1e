"""Two runs side by side: which cases got better, which worse."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from answers.cases.types import ResultView, RunView
from core.values import Frozen

Change = Literal["worse", "better", "still_failing", "still_passing", "only_in_one"]
ORDER: tuple[Change, ...] = ("worse", "better", "still_failing", "only_in_one", "still_passing")


class ComparedCase(Frozen):
    """A case in both runs, or in one of them."""

    question: str
    change: Change
    left: ResultView | None
    right: ResultView | None


class Comparison(Frozen):
    """Two runs, the earlier one on the left; the cases that got worse come first."""

    left: RunView
    right: RunView
    cases: tuple[ComparedCase, ...]

    def count(self, change: Change) -> int:
        """How many cases changed in this way."""
        return sum(one.change == change for one in self.cases)

    @property
    def differs(self) -> tuple[str, ...]:
        """What answered differently: names of fields of the runs."""
        names = ("index_version", "embedding_model", "language_model", "prompt_version")
        return tuple(name for name in names if getattr(self.left, name) != getattr(self.right, name))


def compared(left: RunView, lefts: Sequence[ResultView], right: RunView, rights: Sequence[ResultView]) -> Comparison:
    """The comparison of two runs. Cases without a result count as not in the run."""
    before = {one.case_id: one for one in lefts if one.state != "waiting"}
    after = {one.case_id: one for one in rights if one.state != "waiting"}
    cases = [_case(case_id, before, after) for case_id in {**after, **before}]
    return Comparison(left=left, right=right, cases=tuple(sorted(cases, key=lambda one: ORDER.index(one.change))))


def _case(case_id: UUID, before: dict[UUID, ResultView], after: dict[UUID, ResultView]) -> ComparedCase:
    left, right = before.get(case_id), after.get(case_id)
    one = right or left
    assert one is not None
    return ComparedCase(question=one.question, change=_change(left, right), left=left, right=right)


def _change(left: ResultView | None, right: ResultView | None) -> Change:
    if left is None or right is None:
        return "only_in_one"
    if left.state == right.state:
        return "still_passing" if right.state == "passed" else "still_failing"
    return "better" if right.state == "passed" else "worse"
