"""An opened conversation, from its rows."""

from uuid import UUID

from conversations.oversight.views import CandidateView, MessageRow, PassageView, RunDetails, TranscriptView
from core.access import Principal, scope_of
from db.conversation import FeedbackRow, Step
from db.models import AnswerRun, AnswerSource
from db.transcripts import Rows
from rag.types import Stage

AS_STORED = (
    "question", "query", "state", "cached", "fallback_used", "input_tokens", "output_tokens", "dropped_citations",
    "unsupported_sentences", "error", "reference", "created_at",
)  # fmt: skip


def transcript_of(principal: Principal, rows: Rows) -> TranscriptView:
    """The messages, each with its runs beside it. The principal's libraries decide which documents they may open."""
    ratings = {row.step_id: row for row in rows.feedback}
    shown = {step.answer_run_id for step in rows.steps}
    messages = []
    for step in rows.steps:
        is_question = step.type == "user_message"
        # beside a question: runs whose answer is not in the conversation (any more)
        runs = [
            run
            for run in rows.runs
            if (
                run.question_step_id == step.id and run.id not in shown if is_question else run.id == step.answer_run_id
            )
        ]
        details = tuple(_run(principal, run, rows) for run in runs)
        messages.append(_message(step, is_question, ratings.get(step.id), details))
    return TranscriptView(
        thread_id=rows.thread.id,
        name=rows.thread.name,
        username=rows.username,
        created_at=rows.thread.created_at,
        messages=tuple(messages),
        next_cursor=rows.cursor,
    )


def _message(step: Step, is_question: bool, rated: FeedbackRow | None, runs: tuple[RunDetails, ...]) -> MessageRow:
    return MessageRow(
        message_id=step.id,
        is_question=is_question,
        text=step.output,
        at=step.created_at,
        rating=None if rated is None else "up" if rated.value else "down",
        comment=rated.comment if rated else None,
        runs=runs,
    )


def _run(principal: Principal, run: AnswerRun, rows: Rows) -> RunDetails:
    return RunDetails.model_validate(
        {name: getattr(run, name) for name in AS_STORED}
        | {
            "run_id": run.id,
            "model": run.model or run.mode or "",
            "cost_usd": float(run.cost_usd),
            "total_ms": run.timings.get("total_ms"),
            "first_token_ms": run.timings.get("first_token_ms"),
            "stages": tuple(Stage(**stage) for stage in run.trace if stage["name"] not in ("chart", "tokens")),
            "candidates": _candidates(run, rows),
            "sources": tuple(_passage(principal, one, rows) for one in rows.sources if one.answer_run_id == run.id),
        }
    )


def _candidates(run: AnswerRun, rows: Rows) -> tuple[CandidateView, ...]:
    """The chunks of the last search: after a mended typo there are two."""
    found = [stage["details"]["candidates"] for stage in run.trace if "candidates" in stage["details"]]
    return tuple(
        CandidateView(
            rank=rank,
            title=rows.documents.get(UUID(one["document"]), (None, None))[0],
            page=one["page"],
            section=one["section"],
            similarity=one["similarity"],
            rerank=one["rerank"],
            is_kept=one["kept"],
        )
        for rank, one in enumerate(found[-1] if found else (), start=1)
    )


def _passage(principal: Principal, source: AnswerSource, rows: Rows) -> PassageView:
    library_id = rows.documents[source.document_id][1] if source.document_id in rows.documents else None
    is_member = library_id is not None and scope_of(principal).allows(library_id)
    page = f"#page={source.page}" if source.page else ""
    return PassageView(
        number=source.number,
        title=source.document_title,
        page=source.page,
        locator=source.locator,
        is_cited=source.cited,
        support=source.support,
        similarity=source.similarity,
        quote=rows.quotes.get((source.answer_run_id, source.number)) if source.cited else "",
        address=f"/api/documents/{source.document_id}/file{page}" if is_member else None,
    )
