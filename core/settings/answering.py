"""Settings of search and reranking."""

from typing import Literal

from pydantic import Field, SecretStr

from core.settings.section import InFile, Section


class RetrievalSettings(Section):
    """Search."""

    standalone: InFile[Literal["auto", "rule", "off"]] = Field(
        "auto",
        description="How a follow-up question is made to stand alone: auto (one call of the language model where there is"
        " one, else the rule), rule (the question before goes in front of it) or off.",
    )
    queries: InFile[int] = Field(
        1,
        ge=1,
        le=5,
        description="Questions searched for; more than 1: the call that makes the question stand alone also gives other"
        " wordings and parts of it. Needs a language model.",
    )
    top_k: InFile[int] = Field(
        30, ge=1, le=1000, description="Chunks retrieved by each side (dense, BM25) before fusion."
    )
    fusion: InFile[Literal["auto", "rrf", "dbsf", "dense", "bm25"]] = Field(
        "auto",
        description="How the two sides become one list: auto (weighed by scores and by how well the embedding model knows the"
        " question's language), rrf, dbsf, or one side alone: dense or bm25.",
    )
    dense_weight: InFile[float] = Field(
        0.45, ge=0, le=1, description="Weight of meaning against words in auto, for a language that the model knows."
    )
    top_n: InFile[int] = Field(6, ge=1, le=100, description="Chunks kept as sources of an answer.")
    min_similarity: InFile[float] = Field(
        0.30,
        ge=0,
        le=1,
        description="Similarity, on the scale common to all models, under which a chunk is no evidence.",
    )
    expand: InFile[Literal["auto", "off", "neighbours", "section"]] = Field(
        "auto",
        description="How far a source is widened inside its section: off, neighbours (the chunks before and behind it) or"
        " section (all of it, as far as the budget goes); auto: neighbours for a language model, else off.",
    )
    budget_tokens: InFile[int] = Field(
        4000,
        ge=200,
        le=1_000_000,
        description="Most tokens of all sources of an answer together, estimated from above.",
    )


class RerankSettings(Section):
    """Reranking of the search results; off by default."""

    model: str | None = Field(
        None,
        description="A cross-encoder folder or name for this process; with FOOTNOTE_RERANK_URL, the name of the model on"
        " that server.",
    )
    url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="Base URL of a server with POST /rerank: as TEI takes it, or as Jina, Cohere and vLLM do where"
        " FOOTNOTE_RERANK_MODEL is set.",
    )
    api_key: SecretStr | None = Field(None, description="API key of that server.")
    timeout_ms: InFile[int] = Field(
        500,
        ge=10,
        le=60_000,
        description="Time for it, in milliseconds; when it is over, the order of the search stays.",
    )
    candidates: InFile[int] = Field(30, ge=2, le=1000, description="Most chunks that it looks at.")
    min_score: InFile[float | None] = Field(
        None,
        description="Its score from which a chunk is evidence; empty: similarity and words decide, as without it.",
        examples=["min_score = 0.5"],
    )
