"""Legal holds, exports, erasures, retention of libraries, and what a backup holds off.

Revision: 0021, after 0020.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)

# One place decides what is under a hold: these functions. Whatever deletes (a person, an admin, retention, a cascade), the triggers ask.
FUNCTIONS = """CREATE FUNCTION is_held_user(wanted uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM legal_holds WHERE user_id = wanted AND released_at IS NULL)
$$;
CREATE FUNCTION is_held_library(wanted uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM legal_holds WHERE library_id = wanted AND released_at IS NULL)
    OR EXISTS (SELECT FROM libraries l JOIN legal_holds h ON h.user_id = l.personal_of AND h.released_at IS NULL WHERE l.id = wanted)
$$;
CREATE FUNCTION is_held_thread(wanted uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM legal_holds WHERE thread_id = wanted AND released_at IS NULL)
    OR EXISTS (SELECT FROM threads t JOIN legal_holds h ON h.user_id = t.user_id AND h.released_at IS NULL WHERE t.id = wanted)
$$;
CREATE FUNCTION refuse_held() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  is_held boolean;
BEGIN
  IF NOT EXISTS (SELECT FROM legal_holds WHERE released_at IS NULL) THEN
    RETURN OLD;
  END IF;
  is_held := CASE TG_TABLE_NAME
    WHEN 'users' THEN is_held_user((to_jsonb(OLD)->>'id')::uuid)
    WHEN 'libraries' THEN is_held_library((to_jsonb(OLD)->>'id')::uuid)
    WHEN 'documents' THEN is_held_library((to_jsonb(OLD)->>'library_id')::uuid)
    WHEN 'document_versions' THEN
      is_held_library((SELECT library_id FROM documents WHERE id = (to_jsonb(OLD)->>'document_id')::uuid))
    WHEN 'threads' THEN is_held_thread((to_jsonb(OLD)->>'id')::uuid) OR is_held_user((to_jsonb(OLD)->>'user_id')::uuid)
    WHEN 'answer_runs' THEN
      is_held_user((to_jsonb(OLD)->>'user_id')::uuid) OR is_held_thread((to_jsonb(OLD)->>'thread_id')::uuid)
    ELSE is_held_thread((to_jsonb(OLD)->>'thread_id')::uuid)
  END;
  IF is_held THEN
    RAISE EXCEPTION 'under a legal hold' USING ERRCODE = 'FN001';
  END IF;
  RETURN OLD;
END
$$;
CREATE FUNCTION refuse_held_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF is_held_thread(OLD.thread_id) THEN
    RAISE EXCEPTION 'under a legal hold' USING ERRCODE = 'FN001';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER refuse_held_edit BEFORE UPDATE ON steps FOR EACH ROW
  WHEN (OLD.type = 'user_message' AND OLD.output <> '' AND NEW.output IS DISTINCT FROM OLD.output)
  EXECUTE FUNCTION refuse_held_edit();
"""
GUARDED = (
    "users",
    "libraries",
    "documents",
    "document_versions",
    "threads",
    "answer_runs",
    "steps",
    "elements",
    "feedbacks",
)


def upgrade() -> None:
    op.add_column("libraries", sa.Column("keep_days", sa.Integer(), nullable=True))
    _holds()
    _exports()
    _erasures()
    _backups()
    # what retention looks for
    op.create_index("ix_threads_last_activity_at", "threads", ["last_activity_at"])
    op.create_index(
        "ix_answer_runs_loose_created_at", "answer_runs", ["created_at"], postgresql_where=sa.text("thread_id IS NULL")
    )
    for statement in FUNCTIONS.split("\nCREATE "):
        op.execute("CREATE " + statement.removeprefix("\nCREATE ").removeprefix("CREATE "))
    for table in GUARDED:
        op.execute(f"CREATE TRIGGER refuse_held BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_held()")


def _holds() -> None:
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), sa.ForeignKey("users.id", ondelete="CASCADE", name="fk_legal_holds_user_id_users")),
        sa.Column(
            "library_id",
            sa.Uuid(),
            sa.ForeignKey("libraries.id", ondelete="CASCADE", name="fk_legal_holds_library_id_libraries"),
        ),
        sa.Column(
            "thread_id", sa.Uuid(), sa.ForeignKey("threads.id", ondelete="CASCADE", name="fk_legal_holds_thread_id_threads")
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("set_by", sa.Uuid(), sa.ForeignKey("users.id", ondelete="SET NULL", name="fk_legal_holds_set_by_users")),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("released_at", TIME),
        sa.Column(
            "released_by", sa.Uuid(), sa.ForeignKey("users.id", ondelete="SET NULL", name="fk_legal_holds_released_by_users")
        ),
        sa.CheckConstraint("num_nonnulls(user_id, library_id, thread_id) = 1", name=op.f("ck_legal_holds_one_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    for subject in ("user_id", "library_id", "thread_id"):
        op.create_index(
            f"uq_legal_holds_{subject}",
            "legal_holds",
            [subject],
            unique=True,
            postgresql_where=sa.text("released_at IS NULL"),
        )
    for column in ("user_id", "library_id", "thread_id", "set_by", "released_by"):
        op.create_index(f"ix_legal_holds_{column}", "legal_holds", [column])
    op.create_index("ix_legal_holds_created_at_id", "legal_holds", [sa.text("created_at DESC"), sa.text("id DESC")])


def _exports() -> None:
    op.create_table(
        "account_exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "user_id",
            sa.Uuid(),
            sa.ForeignKey("users.id", ondelete="CASCADE", name="fk_account_exports_user_id_users"),
            nullable=False,
        ),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("items_done", sa.Integer(), nullable=False),
        sa.Column("items_total", sa.Integer()),
        sa.Column("size_bytes", sa.BigInteger()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String()),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("heartbeat_at", TIME),
        sa.Column("finished_at", TIME),
        sa.Column("expires_at", TIME),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_exports")),
    )
    op.create_index("ix_account_exports_user_id_created_at", "account_exports", ["user_id", "created_at"])
    op.create_index(
        "ix_account_exports_open",
        "account_exports",
        ["state"],
        postgresql_where=sa.text("state IN ('queued', 'running', 'ready')"),
    )
    op.create_index(
        "uq_account_exports_open_user_id",
        "account_exports",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )


def _erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), sa.ForeignKey("users.id", ondelete="SET NULL", name="fk_erasures_user_id_users")),
        sa.Column(
            "requested_by", sa.Uuid(), sa.ForeignKey("users.id", ondelete="SET NULL", name="fk_erasures_requested_by_users")
        ),
        sa.Column("is_own_wish", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("notice", sa.String()),
        sa.Column("counts", JSONB(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ticket_hash", sa.LargeBinary()),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("heartbeat_at", TIME),
        sa.Column("finished_at", TIME),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    is_open = sa.text("state IN ('queued', 'running')")
    op.create_index("uq_erasures_open_user_id", "erasures", ["user_id"], unique=True, postgresql_where=is_open)
    op.create_index("ix_erasures_open", "erasures", ["state"], postgresql_where=is_open)
    op.create_index("ix_erasures_created_at_id", "erasures", [sa.text("created_at DESC"), sa.text("id DESC")])
    for column in ("user_id", "requested_by"):
        op.create_index(f"ix_erasures_{column}", "erasures", [column])
    op.create_index("uq_erasures_ticket_hash", "erasures", ["ticket_hash"], unique=True)
    op.create_table(
        "erasure_documents",
        sa.Column(
            "erasure_id",
            sa.Uuid(),
            sa.ForeignKey("erasures.id", ondelete="CASCADE", name="fk_erasure_documents_erasure_id_erasures"),
            nullable=False,
        ),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("blob_key", sa.String(), nullable=False),
        sa.Column("is_cleared", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("erasure_id", "document_id", name=op.f("pk_erasure_documents")),
    )


def _backups() -> None:
    op.create_table(
        "running_backups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_running_backups")),
    )
    op.create_table(
        "deferred_deletions",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("is_folder", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", "is_folder", name=op.f("pk_deferred_deletions")),
    )


def downgrade() -> None:
    for table in GUARDED:
        op.execute(f"DROP TRIGGER refuse_held ON {table}")
    op.execute("DROP TRIGGER refuse_held_edit ON steps")
    for function in ("refuse_held_edit()", "refuse_held()"):
        op.execute(f"DROP FUNCTION {function}")
    for table in ("deferred_deletions", "running_backups", "erasure_documents", "erasures", "account_exports", "legal_holds"):
        op.drop_table(table)
    for function in ("is_held_thread(uuid)", "is_held_library(uuid)", "is_held_user(uuid)"):
        op.execute(f"DROP FUNCTION IF EXISTS {function}")
    op.drop_index("ix_answer_runs_loose_created_at", "answer_runs")
    op.drop_index("ix_threads_last_activity_at", "threads")
    op.drop_column("libraries", "keep_days")
