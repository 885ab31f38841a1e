"""Test cases: questions with what is expected of their answers, and the runs that say whether it still holds."""

from answers.cases.runner import CaseRunner
from answers.cases.runs import CaseRuns
from answers.cases.service import Cases

__all__ = ["CaseRunner", "CaseRuns", "Cases"]
