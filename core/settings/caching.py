"""Settings of the caches."""

from pydantic import Field

from core.settings.section import InFile, Section


class CacheSettings(Section):
    """Caches in Redis. They are optional: without them the results are the same, only slower."""

    embeddings_s: InFile[int] = Field(
        86_400,
        ge=0,
        le=30 * 86_400,
        description="How long the vector of a question is kept, in seconds; 0: not at all.",
    )
    retrieval_s: InFile[int] = Field(
        3600, ge=0, le=86_400, description="How long is kept which chunks a question found, in seconds; 0: not at all."
    )
    answers_s: InFile[int] = Field(
        1800, ge=0, le=86_400, description="How long an answer is given again, in seconds; 0: not at all."
    )
    similarity: InFile[float] = Field(
        0.75,
        ge=0.5,
        le=1,
        description="Similarity, on the scale common to all models, from which two questions may be given the same answer, if they also"
        " name the same things; 1: only word for word the same.",
    )
    last_known_s: InFile[int] = Field(
        86_400,
        ge=0,
        le=30 * 86_400,
        description="How long an answer is kept for when no language model answers, in seconds; 0: not at all.",
    )
    history_s: InFile[int | None] = Field(
        None,
        ge=0,
        le=86_400,
        examples=["history_s = 1800"],
        description="How long the turns of a conversation are kept, in seconds; 0: not at all; without it, 1800 with a database of its"
        " own (FOOTNOTE_DATABASE_URL), and not at all beside the embedded one, which answers as fast.",
    )
    memory_bytes: InFile[int] = Field(
        256 * 1024**2, ge=1024**2, description="Memory of Redis, in bytes, above which the caches take nothing more."
    )
