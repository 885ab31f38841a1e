"""Settings of the embedding and language models."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from core.settings.chain import (
    EXAMPLE,
    TEMPERATURE,
    ModelSettings,
    Provider,
    Temperature,
    require_different_names,
)
from core.settings.section import InFile, Section


class EmbeddingSettings(Section):
    """Dense embeddings."""

    model: str | None = Field(
        None,
        description="english (all-MiniLM-L6-v2) or multilingual (multilingual-e5-small), both bundled; or the folder or name of a"
        " sentence-transformers model; with a server, its name there. Empty: english.",
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
    languages: Literal["auto", "all", "latin"] = Field(
        "auto",
        description="Where the model is trusted with a question's meaning: all (multilingual), latin (in Latin script only) or auto"
        " (what its own tokenizer has words for; all on an embedding server). In other languages, words decide.",
    )
    cache_dir: Path | None = Field(
        None, description="Folder of the models converted for OpenVINO; empty: models/ in the var folder."
    )
    query_prompt: str | None = Field(
        None,
        max_length=2000,
        description='What goes in front of questions; empty: what the model\'s own configuration or its family says, "" in'
        " footnote.toml: nothing.",
    )
    passage_prompt: str | None = Field(
        None, max_length=2000, description="What goes in front of passages, chosen in the same way."
    )
    dimensions: int | None = Field(
        None,
        ge=8,
        le=100_000,
        description="Numbers of a vector, for models that may be cut short (Matryoshka); empty: all of them.",
    )
    type_field: InFile[str | None] = Field(
        None,
        pattern=r"^[a-z_]{1,40}$",
        description="Field that tells the server what a vector is for, as input_type or task; empty: as known for its host or model.",
        examples=['type_field = "input_type"'],
    )
    query_type: InFile[str] = Field("", max_length=100, description="Its value for questions; empty: not sent.")
    passage_type: InFile[str] = Field("", max_length=100, description="Its value for passages; empty: not sent.")
    likeness_type: InFile[str] = Field(
        "", max_length=100, description="Its value for texts compared with each other; empty: not sent."
    )
    batch_size: int | None = Field(
        None,
        ge=1,
        le=2048,
        description="Most texts embedded in one go; empty: 16 on a processor, 256 on a GPU, 32 on a server.",
    )
    retries: InFile[int] = Field(3, ge=0, le=10, description="How often a failed request to the server is made again.")
    retry_after_s: InFile[float] = Field(
        5.0, ge=0, le=60, description="Wait, in seconds, from which a busy server that asks for it is let rest."
    )
    breaker_failures: InFile[int] = Field(
        5, ge=1, le=1000, description="Failures in a row after which the server is let rest."
    )
    breaker_s: InFile[float] = Field(
        30.0, gt=0, le=3600, description="How long it rests before one request tries it again, in seconds."
    )
    threads: int = Field(
        0, ge=0, le=256, description="CPU threads for embedding; 0: one less than the cores, at least 1."
    )


class LLMSettings(Section):
    """Language models; without one, answers are extractive."""

    model: str | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="Model name; empty: extractive answers, or the models of [[llm.chain]] in footnote.toml.",
    )
    provider: Provider = Field(
        "openai",
        description="Who serves it: openai (or any server that speaks like it), azure, vllm, ollama, gemini or together.",
    )
    base_url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="Base URL of its server (…/v1), or the Azure endpoint; empty: the provider's usual one.",
    )
    api_key: SecretStr | None = Field(None, description="API key for it.")
    api_version: str | None = Field(
        None, description="Version of Azure's API, as 2024-10-21; the model is the deployment."
    )
    input_price: float = Field(0.0, ge=0, description="US dollars for a million tokens that it reads.")
    output_price: float = Field(0.0, ge=0, description="US dollars for a million tokens that it writes.")
    timeout_s: float = Field(
        60.0, gt=0, le=3600, description="Longest silence from the model before it is given up, in seconds."
    )
    max_tokens: int = Field(4096, ge=16, le=100_000, description="Longest answer with its reasoning, in tokens.")
    temperature: Temperature = Field(0.2, description=TEMPERATURE)
    top_p: InFile[float | None] = Field(
        None, gt=0, le=1, description="Share of likely next words that it chooses from.", examples=["top_p = 0.9"]
    )
    seed: InFile[int | None] = Field(
        None, description="Number that makes answers repeatable on servers that know seeds.", examples=["seed = 7"]
    )
    extra_body: InFile[dict[str, Any]] = Field(
        {},
        description="Further fields of every request, as its server knows them.",
        examples=['[llm.extra_body]\nreasoning_effort = "low"'],
    )
    retries: InFile[int] = Field(
        3, ge=0, le=10, description="How often a failed request is made again before the next model."
    )
    retry_after_s: InFile[float] = Field(
        5.0,
        ge=0,
        le=60,
        description="Longest wait, in seconds, that a busy model may ask for; if longer, the next one is asked.",
    )
    breaker_failures: InFile[int] = Field(
        5, ge=1, le=1000, description="Failures in a row after which a model's server is let rest."
    )
    breaker_s: InFile[float] = Field(
        30.0, gt=0, le=3600, description="How long it rests before one question tries it again, in seconds."
    )

    names: InFile[bool] = Field(
        True,
        description="Whether a conversation is named by the cheapest model, which is asked once for it; else by its first question.",
        examples=["names = false"],
    )
    chain: InFile[tuple[ModelSettings, ...]] = Field(
        (),
        description="Several models in place of the one of model, asked in this order; see docs/operations.md.",
        examples=[EXAMPLE],
    )

    @field_validator("chain")
    @classmethod
    def _names_differ(cls, value: tuple[ModelSettings, ...]) -> tuple[ModelSettings, ...]:
        require_different_names(value)
        return value

    @model_validator(mode="after")
    def _one_model_or_a_chain(self) -> "LLMSettings":
        if self.chain and self.model:
            raise ValueError(
                "set either FOOTNOTE_LLM_MODEL or [[llm.chain]], not both; FOOTNOTE_LLM_CHAIN=null and FOOTNOTE_LLM_MODEL=null"
                " undo what footnote.toml says"
            )
        if self.model and self.provider == "azure" and not (self.base_url and self.api_version):
            raise ValueError("azure needs its endpoint as FOOTNOTE_LLM_BASE_URL, and FOOTNOTE_LLM_API_VERSION")
        return self

    @property
    def has_model(self) -> bool:
        """True when a language model is configured."""
        return bool(self.model or self.chain)

    def models(self) -> tuple[ModelSettings, ...]:
        """The models of the chain, in order."""
        if self.chain or not self.model:
            return self.chain
        return (
            ModelSettings(
                name=self.model,
                provider=self.provider,
                base_urls=(self.base_url,) if self.base_url else (),
                api_key=self.api_key,
                input_price=self.input_price,
                output_price=self.output_price,
                timeout_s=self.timeout_s,
                max_tokens=self.max_tokens,
                temperature=self.temperature,
                top_p=self.top_p,
                seed=self.seed,
                extra_body=self.extra_body,
                api_version=self.api_version,
            ),
        )
