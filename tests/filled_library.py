"""A library of thousands of documents, as rows only: for how lists look and how fast they are."""

from uuid import UUID

from sqlalchemy import text

from db.session import Database

WAITING, FAILED, PARTIAL = 12, 30, 7
_DOCUMENTS = text(
    """
    WITH shelf AS (
        SELECT n, CAST(:library_id AS uuid) AS library_id, CAST(:user_id AS uuid) AS user_id,
               CASE WHEN n <= CAST(:waiting AS int) THEN 'pending'
                    WHEN n <= CAST(:waiting AS int) + CAST(:failed AS int) THEN 'failed'
                    WHEN n <= CAST(:waiting AS int) + CAST(:failed AS int) + CAST(:partial AS int) THEN 'partial'
                    ELSE 'ready' END AS state
        FROM generate_series(1, CAST(:count AS int)) AS n
    )
    INSERT INTO documents (id, library_id, uploaded_by, title, mime_type, size_bytes, sha256, blob_key, state, error,
                           page_count, chunk_count, version, warnings, created_at, updated_at)
    SELECT gen_random_uuid(), library_id, user_id,
           (ARRAY['Annual report', 'Invoice', 'Minutes of the board', 'Contract', 'Reisekosten'])[1 + n % 5] || ' ' || n
             || (ARRAY['.pdf', '.docx', '.xlsx', '.eml', '.html', '.pptx', '.txt'])[1 + n % 7],
           (ARRAY['application/pdf', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
                  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'message/rfc822', 'text/html',
                  'application/vnd.openxmlformats-officedocument.presentationml.presentation', 'text/plain'])[1 + n % 7],
           1000 + n * 7919 % 5000000, md5(CAST(n AS text)) || md5(CAST(library_id AS text)), 'documents/none',
           CASE state WHEN 'partial' THEN 'ready' ELSE state END,
           CASE state WHEN 'failed' THEN 'The file is damaged and cannot be read.' END,
           CASE n % 7 WHEN 0 THEN 1 + n % 300 WHEN 5 THEN 1 + n % 40 END, n % 200, 1,
           CASE state WHEN 'partial' THEN CAST('[{"page": 7, "message": "The page is damaged."}]' AS jsonb)
                      ELSE CAST('[]' AS jsonb) END,
           now() - n * interval '7 minutes', now()
    FROM shelf
    """
)
_GUIDES = text(  # else a server makes one guide after the other, from no text
    """
    INSERT INTO document_guides (document_id, version, guide, created_at)
    SELECT id, version, jsonb_build_object('title', title), now() FROM documents
    WHERE library_id = CAST(:library_id AS uuid) AND state = 'ready' AND chunk_count > 0
    ON CONFLICT DO NOTHING
    """
)
_JOBS = text(
    """
    INSERT INTO ingestion_jobs (id, document_id, state, stage, percent, pages_done, chunks_done, version, attempts, failures, created_at,
                                error, reference, not_before)
    SELECT gen_random_uuid(), id, CASE state WHEN 'ready' THEN 'finished' WHEN 'failed' THEN 'failed' ELSE 'queued' END,
           CASE state WHEN 'ready' THEN 'done' ELSE 'waiting' END, 0, 0, 0, 1, 0, 0, created_at, error,
           CASE state WHEN 'failed' THEN '76154b716318' END, now() + interval '1 day'
    FROM documents WHERE library_id = CAST(:library_id AS uuid)
    """
)
_QUESTIONS = text(
    """
    WITH asked AS (
        INSERT INTO answer_runs (id, user_id, question, state, answer, scope, nearest, timings, input_tokens, output_tokens,
                                 dropped_citations, unsupported_sentences, fallback_used, cost_usd, trace, created_at)
        SELECT gen_random_uuid(), CAST(:user_id AS uuid), 'Question number ' || n || '?', 'done', '', '{}', '[]', '{}', 0, 0, 0, 0,
               false, 0, '[]', now() - n * interval '1 hour'
        FROM generate_series(1, CAST(:questions AS int)) AS n RETURNING id
    ), numbered AS (SELECT id, row_number() OVER () AS n FROM asked),
    shelf AS (
        SELECT id, title, row_number() OVER (ORDER BY created_at DESC) AS n FROM documents
        WHERE library_id = CAST(:library_id AS uuid)
    )
    INSERT INTO answer_sources (answer_run_id, number, document_id, document_title, chunk_id, section, version, spans, cited)
    SELECT numbered.id, s, shelf.id, shelf.title, gen_random_uuid(), 1, 1, '[]', true
    FROM numbered CROSS JOIN generate_series(1, 5) AS s JOIN shelf ON shelf.n = 1 + (numbered.n * 13 + s * 7) % CAST(:count AS int)
    """
)


async def fill(database: Database, library_id: UUID, user_id: UUID, *, count: int = 10_000, questions: int = 0) -> None:
    """Put ``count`` documents into a library: the newest waiting, then some that failed, some partial, the rest ready."""
    names = {"library_id": library_id, "user_id": user_id, "count": count}
    states = {"waiting": WAITING, "failed": FAILED, "partial": PARTIAL}
    async with database.transaction() as session:
        await session.execute(_DOCUMENTS, names | states)
        await session.execute(_GUIDES, names)
        await session.execute(_JOBS, names)
        await session.execute(_QUESTIONS, names | {"questions": questions})
    async with database.engine.connect() as connection:
        await connection.execute(text("COMMIT"))
        await connection.execute(text("ANALYZE documents, ingestion_jobs, answer_runs, answer_sources"))
        await connection.commit()
