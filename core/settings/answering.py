"""Settings of how an answer is found."""

from pydantic import Field

from core.settings.section import Section


class RetrievalSettings(Section):
    """Search."""

    top_k: int = Field(30, ge=1, le=1000, description="Chunks retrieved by each side (dense, BM25) before fusion.")
    top_n: int = Field(6, ge=1, le=100, description="Chunks kept as sources of an answer.")
    min_similarity: float = Field(0.30, ge=0, le=1, description="Cosine similarity under which a chunk is no evidence.")
