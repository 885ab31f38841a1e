"""Sums of days: what was spent on models, and how answers that cite a document were received."""

from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_MODELS = text("""
    INSERT INTO model_sums (day, model, answers, input_tokens, output_tokens, cost_usd)
    SELECT day, model, sum(answers), sum(input_tokens), sum(output_tokens), sum(cost_usd)
    FROM model_usage WHERE day >= :first GROUP BY day, model
    ON CONFLICT (day, model) DO UPDATE SET answers = excluded.answers, input_tokens = excluded.input_tokens,
        output_tokens = excluded.output_tokens, cost_usd = excluded.cost_usd
""")
_NO_DOCUMENTS = text("DELETE FROM document_sums WHERE day = :day")
# a contradicted sentence counts as unsupported too (rag.events.Citations): here an answer is counted under the worse of the two
_DOCUMENTS = text("""
    INSERT INTO document_sums (document_id, day, cited, thumbs_down, unsupported, contradicted)
    SELECT document_id, :day, sum(cited), sum(thumbs_down), sum(unsupported), sum(contradicted)
    FROM (
        SELECT source.document_id, count(DISTINCT run.id) AS cited, 0 AS thumbs_down,
            count(DISTINCT run.id) FILTER (WHERE unsupported_sentences > 0 AND strpos(answer, '[contradicted]') = 0) AS unsupported,
            count(DISTINCT run.id) FILTER (WHERE strpos(answer, '[contradicted]') > 0) AS contradicted
        FROM answer_runs AS run JOIN answer_sources AS source ON source.answer_run_id = run.id
        WHERE run.created_at >= :start AND run.created_at < :end AND finished_at IS NOT NULL
            AND repeats_run_id IS NULL AND source.cited AND source.document_id IS NOT NULL
        GROUP BY source.document_id
        UNION ALL
        SELECT source.document_id, 0, count(DISTINCT rating.id), 0, 0
        FROM feedbacks AS rating JOIN answer_sources AS source ON source.answer_run_id = rating.answer_run_id
        WHERE rating.created_at >= :start AND rating.created_at < :end AND rating.value = 0
            AND source.cited AND source.document_id IS NOT NULL
        GROUP BY source.document_id
    ) AS either GROUP BY document_id
""")


async def sum_models(session: AsyncSession, first: date) -> None:
    """Sum the days from ``first`` on anew; earlier days stay as they are."""
    await session.execute(_MODELS, {"first": first})


async def sum_documents(session: AsyncSession, day: datetime) -> None:
    """Sum a day anew, given by its beginning."""
    await session.execute(_NO_DOCUMENTS, {"day": day.date()})
    await session.execute(_DOCUMENTS, {"day": day.date(), "start": day, "end": day + timedelta(days=1)})
