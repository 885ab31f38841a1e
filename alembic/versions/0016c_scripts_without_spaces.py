"""Each letter of Thai, Lao, Khmer and Burmese becomes a word of its own in the search of conversations, as those of Chinese are.

Revision: 0016c, after 0016b. The columns are computed anew, so that conversations that exist are found too: minutes for a million messages.
"""

from alembic import op

revision = "0016c"
down_revision = "0016b"
branch_labels = None
depends_on = None

ACCENTS, EAST_ASIAN = r"\u0300-\u036f", r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
MARKS = ACCENTS + r"\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3"
LETTERS = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff" + EAST_ASIAN
NAME = "coalesce(name, '')"


def upgrade() -> None:
    _compute(MARKS, LETTERS)


def downgrade() -> None:
    _compute(ACCENTS, EAST_ASIAN)


def _compute(marks: str, letters: str) -> None:
    step = _searchable("left(output, 100000)", marks, letters)
    is_message = "type IN ('user_message', 'assistant_message')"
    columns = {
        "threads": f"({_searchable(NAME, marks, letters)}) STORED NOT NULL",
        "steps": f"(CASE WHEN {is_message} THEN {step} END) STORED",
    }
    for table, computed in columns.items():
        op.drop_index(f"ix_{table}_search", table)
        op.drop_column(table, "search")
        op.get_bind().exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN search tsvector GENERATED ALWAYS AS {computed}")
        op.create_index(f"ix_{table}_search", table, ["search"], postgresql_using="gin")


def _searchable(text_sql: str, marks: str, letters: str) -> str:
    plain = rf"normalize(regexp_replace(normalize({text_sql}, NFKD), '[{marks}]', '', 'g'), NFKC)"
    spaced = rf"regexp_replace({plain}, '[!-/:-@\[-`{{-~\u00a1-\u00bf\u2000-\u206f\u3000-\u303f]', ' ', 'g')"
    return rf"to_tsvector('simple', regexp_replace({spaced}, '([{letters}])', ' \1 ', 'g'))"
