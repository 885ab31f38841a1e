"""Settings of the models."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from core.settings.section import Section


class EmbeddingSettings(Section):
    """Dense embeddings."""

    model: str | None = Field(
        None, description="A sentence-transformers model folder or name; empty: the bundled all-MiniLM-L6-v2."
    )
    url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="OpenAI-style /v1 base URL of an embedding server; empty: in this process.",
    )
    api_key: SecretStr | None = Field(None, description="API key of the embedding server.")
    backend: Literal["auto", "openvino", "torch"] = Field(
        "auto",
        description="What runs the model: openvino (fastest on a CPU) or torch; auto: torch on a GPU and for models"
        " that OpenVINO cannot take, else openvino.",
    )
    cache_dir: Path | None = Field(
        None, description="Folder of the models converted for OpenVINO; empty: models/ in the var folder."
    )
    batch_size: int = Field(16, ge=1, le=512, description="Most texts embedded in one go.")
    threads: int = Field(
        0, ge=0, le=256, description="CPU threads for embedding; 0: one less than the cores, at least 1."
    )


class LLMSettings(Section):
    """The language model; without one, answers are extractive."""

    model: str | None = Field(None, description="Model name; empty: extractive answers.")
    base_url: str | None = Field(
        None, pattern=r"^https?://", description="Base URL of an OpenAI-compatible server (…/v1)."
    )
    api_key: SecretStr | None = Field(None, description="API key for it.")
    timeout_s: float = Field(
        60.0, gt=0, le=3600, description="Longest silence from the model before the answer is given up, in seconds."
    )
    max_tokens: int = Field(1024, ge=16, le=100_000, description="Longest answer, in tokens.")
