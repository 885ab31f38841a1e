"""Many people, conversations and answer runs, made in the database itself, as the console finds them after months of use."""

from dataclasses import dataclass

from sqlalchemy import text

from db.session import Database


@dataclass(frozen=True, slots=True)
class Size:
    """How much is made. Runs are spread over ``days`` days up to now; each has two messages, three sources, and every 20th a rating."""

    runs: int = 1_000_000
    threads: int = 200_000
    people: int = 2_000
    documents: int = 2_000
    days: int = 91
    jobs: int = 20_000


QUESTION = """'How ' || (ARRAY['do I file','can I claim','must we keep','should they report','do we record'])[1 + h % 5]
    || ' the ' || (ARRAY['travel','laptop','training','meal','parking','moving','phone'])[1 + h % 7]
    || ' ' || (ARRAY['expenses','receipts','request','allowance','contract'])[1 + h % 5]
    || ' of case ' || h || '?'"""
ANSWER = """'Fill in form ' || (h % 90) || ' within thirty days and keep every receipt [1]. A taxi needs a reason that the '
    || (ARRAY['manager','team','auditor','office'])[1 + h % 4] || ' accepts [2].'"""
TRACE = """jsonb_build_array(
    jsonb_build_object('name', 'search_cache', 'at_ms', 1.0, 'took_ms', 0.4,
        'details', jsonb_build_object('of', 1, 'known', (n % 4 = 0)::int)),
    jsonb_build_object('name', 'embed', 'at_ms', 2.0, 'took_ms', 9.1,
        'details', jsonb_build_object('texts', 1, 'cached', (n % 3 = 0)::int)),
    jsonb_build_object('name', 'search', 'at_ms', 12.0, 'took_ms', 7.7, 'details', jsonb_build_object('questions', 1, 'found', 20)),
    jsonb_build_object('name', 'answer', 'at_ms', 31.0, 'took_ms', 1800.5, 'details', jsonb_build_object('finish', 'stop')))"""
# the h-th question is asked the more often the smaller h is; every 4th run asks something that nobody else does
HASH = "CASE WHEN n % 4 = 0 THEN 100000 + n ELSE (5000 * power(((n * 7919::bigint) % 10007) / 10007.0, 3))::int END"
# seconds before now: weekdays and hours of work are no denser than others
AGE = "((n * 104729::bigint) % (:days * 86400))"

PEOPLE = (
    """INSERT INTO users (id, username, password_hash, role, tier, created_at, updated_at)
       SELECT md5('user' || n)::uuid, 'person' || n, '-', 'user', 'standard', now(), now() FROM generate_series(1, :people) n""",
    """INSERT INTO libraries (id, name, personal_of, epoch, created_at, updated_at)
       SELECT md5('library' || n)::uuid, 'Documents of person' || n, md5('user' || n)::uuid, 0, now(), now()
       FROM generate_series(1, :people) n""",
    """INSERT INTO library_members (library_id, user_id, role)
       SELECT md5('library' || n)::uuid, md5('user' || n)::uuid, 'owner' FROM generate_series(1, :people) n""",
    """INSERT INTO documents (id, library_id, title, mime_type, size_bytes, sha256, blob_key, state, chunk_count, version, warnings,
           created_at, updated_at)
       SELECT md5('document' || n)::uuid, md5('library' || (1 + n % :people))::uuid, 'Guide ' || n || '.pdf', 'application/pdf',
           1000 * n, md5('d' || n), 'documents/' || n, 'ready', 9, 1, '[]', now(), now() FROM generate_series(1, :documents) n""",
    """INSERT INTO model_usage (day, user_id, model, answers, input_tokens, output_tokens, cost_usd)
       SELECT (now() AT TIME ZONE 'UTC')::date - d, md5('user' || n)::uuid, 'model-' || m, 3, 4000 + n, 900, 0.0123
       FROM generate_series(0, :days - 1) d, generate_series(1, :people) n, generate_series(1, 2) m WHERE (n + d) % 3 = 0""",
    """INSERT INTO ingestion_jobs (id, document_id, state, stage, percent, pages_done, chunks_done, version, user_id, attempts,
           failures, created_at, started_at, finished_at, error, reference)
       SELECT md5('job' || n)::uuid, md5('document' || (1 + n % :documents))::uuid,
           CASE WHEN n % 25 = 0 THEN 'failed' ELSE 'finished' END, 'done', 100, 3, 9, 1, md5('user' || (1 + n % :people))::uuid, 1, 0,
           now() - ((n * 7919) % (:days * 86400)) * interval '1 second', now(),
           now() - ((n * 7919) % (:days * 86400)) * interval '1 second' + interval '9 s',
           CASE WHEN n % 25 = 0 THEN 'This PDF is damaged and cannot be opened.' END, NULL FROM generate_series(1, :jobs) n""",
)
CONVERSATIONS = (
    """INSERT INTO threads (id, user_id, name, metadata, created_at, last_activity_at)
       SELECT md5('thread' || n)::uuid, md5('user' || (1 + n % :people))::uuid, 'Expenses of case ' || n, '{}',
           now() - """ + AGE + """ * interval '1 s', now() - """ + AGE + """ * interval '1 s'
       FROM generate_series(1::bigint, :threads) n""",
)  # fmt: skip
# of the runs from :first to :last
RUNS = (
    f"""INSERT INTO answer_runs (id, user_id, thread_id, question_step_id, question, query, state, mode, model, answer, scope, nearest,
           timings, input_tokens, output_tokens, dropped_citations, unsupported_sentences, fallback_used, cached, cost_usd, trace, error,
           reference, created_at, finished_at, is_stopping, attempts, last_event)
       SELECT md5('run' || n)::uuid, md5('user' || (1 + (1 + n % :threads) % :people))::uuid, md5('thread' || (1 + n % :threads))::uuid,
           md5('question' || n)::uuid, {QUESTION}, {QUESTION},
           CASE WHEN n % 50 = 0 THEN 'error' WHEN h % 29 = 0 THEN 'refused' WHEN n % 70 = 0 THEN 'stopped' ELSE 'done' END,
           'llm', 'model-' || (1 + n % 2), {ANSWER} || CASE WHEN n % 97 = 0 THEN ' It is free. [contradicted]' ELSE '' END,
           '{{"library_ids": [], "document_ids": null}}', '[]',
           jsonb_build_object('first_token_ms', 80 + (n * 31) % 4000, 'total_ms', 400 + (n * 37) % 19000, 'sources_ms', 60),
           1800, 250, 0, (n % 40 = 0 OR n % 97 = 0)::int, n % 60 = 0,
           CASE WHEN n % 9 = 0 THEN 'exact' WHEN n % 11 = 0 THEN 'semantic' END, 0.0021, {TRACE},
           CASE WHEN n % 50 = 0 THEN 'The language model did not answer.' END, NULL,
           now() - age * interval '1 s', now() - age * interval '1 s' + interval '3 s', false, 0, 0
       FROM (SELECT n, {HASH} AS h, {AGE} AS age FROM generate_series(CAST(:first AS bigint), :last) n) AS made""",
    """INSERT INTO answer_sources (answer_run_id, number, document_id, document_title, chunk_id, section, page, version, spans, cited,
           support, similarity)
       SELECT md5('run' || n)::uuid, k, md5('document' || (1 + (n + k) % :documents))::uuid,
           'Guide ' || (1 + (n + k) % :documents) || '.pdf', md5('chunk' || (n % 5000))::uuid, 1, 1, 1, '[[0, 40]]', k < 3, 0.9, 0.7
       FROM generate_series(CAST(:first AS bigint), :last) n, generate_series(1, 3) k""",
    f"""INSERT INTO steps (id, thread_id, answer_run_id, type, name, input, output, is_error, streaming, metadata, created_at)
       SELECT md5(kind || n)::uuid, md5('thread' || (1 + n % :threads))::uuid, md5('run' || n)::uuid,
           CASE kind WHEN 'question' THEN 'user_message' ELSE 'assistant_message' END, 'x', '',
           CASE kind WHEN 'question' THEN {QUESTION} ELSE {ANSWER} END, false, false, '{{}}',
           now() - age * interval '1 s' + CASE kind WHEN 'question' THEN interval '0 s' ELSE interval '3 s' END
       FROM (SELECT n, {HASH} AS h, {AGE} AS age FROM generate_series(CAST(:first AS bigint), :last) n) AS made,
           (VALUES ('question'), ('answer')) AS kinds (kind)""",
    f"""INSERT INTO feedbacks (id, thread_id, step_id, answer_run_id, user_id, value, comment, created_at, updated_at)
       SELECT md5('feedback' || n)::uuid, md5('thread' || (1 + n % :threads))::uuid, md5('answer' || n)::uuid, md5('run' || n)::uuid,
           md5('user' || (1 + (1 + n % :threads) % :people))::uuid, (n % 60 <> 0)::int,
           CASE WHEN n % 60 = 0 THEN 'The amount is of last year.' END,
           now() - least(age, 86000) * interval '1 s', now() - least(age, 86000) * interval '1 s'
       FROM (SELECT n, {AGE} AS age FROM generate_series(CAST(:first AS bigint), :last) n) AS made WHERE n % 20 = 0""",
)  # fmt: skip


async def fill(database: Database, size: Size, *, first: int = 1, last: int | None = None) -> None:
    """Make people, documents and threads (when ``first`` is 1), and the runs from ``first`` to ``last`` (the last of ``size``)."""
    values = {
        "people": size.people,
        "documents": size.documents,
        "threads": size.threads,
        "days": size.days,
        "jobs": size.jobs,
        "first": first,
        "last": size.runs if last is None else last,
    }
    statements = (*PEOPLE, *CONVERSATIONS, *RUNS) if first == 1 else RUNS
    for statement in statements:
        await run(database, statement, values)


async def run(database: Database, statement: str, values: dict[str, int]) -> None:
    """Run one of the statements, without the checks of foreign keys: what is made is whole."""
    clause = text(statement)
    async with database.transaction() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(clause, {name: values[name] for name in clause._bindparams})
