"""Test cases, runs and results between their rows and their views."""

from collections.abc import Mapping
from typing import Any

from answers.cases.types import CaseContent, CaseView, ResultView, RunView
from db.models import CaseResult, CaseRow, CaseRun


def columns_of(content: CaseContent) -> dict[str, Any]:
    """The columns of a row that an admin writes."""
    return content.model_dump(mode="json")


def content_of(row: CaseRow) -> CaseContent:
    """What an admin has written."""
    return CaseContent(**_fields(row))


def view_of(row: CaseRow, author: str | None) -> CaseView:
    """A case for the console."""
    is_changed = row.last_run_at is not None and row.updated_at > row.last_run_at
    return CaseView(
        **_fields(row),
        id=row.id,
        version=row.version,
        author=author,
        review_item_id=row.review_item_id,
        last_state=row.last_state,
        last_run_at=row.last_run_at,
        is_changed_since=is_changed,
    )


def run_view_of(row: CaseRun, started_by: str | None) -> RunView:
    """A run for the console and the command line."""
    names = RunView.model_fields.keys() - {"started_by", "cost_usd"}
    fields = {name: getattr(row, name) for name in names}
    return RunView(**fields, started_by=started_by, cost_usd=float(row.cost_usd))


def result_view_of(result: CaseResult, case: CaseRow) -> ResultView:
    """The result of a case in a run."""
    names = ("run_id", "case_id", "state", "is_refused", "failures", "answer", "citations", "took_ms", "finished_at")
    fields: Mapping[str, Any] = {name: getattr(result, name) for name in names}
    return ResultView(**fields, question=case.question, is_changed=case.version != result.case_version)


def _fields(row: CaseRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in CaseContent.model_fields}
