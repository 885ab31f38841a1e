"""Every setting of Footnote: one tree, read from the environment (prefix ``FOOTNOTE_``) and validated at start.

A nested field is named by its section: ``settings.llm.base_url`` is ``FOOTNOTE_LLM_BASE_URL``. An empty value means "not set".
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import SettingsInvalid
from core.kinds import KINDS, names_of, require_kinds, sizes_of


class Section(BaseModel):
    """A named group of settings; unknown names are refused so that a typing slip cannot go unnoticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AdminSettings(Section):
    """The first admin, made at the first start when there is no user yet."""

    username: str = Field("admin", min_length=1, max_length=64, description="Name of the first admin.")
    password: SecretStr | None = Field(
        None, description="Password of the first admin; random and printed once when empty."
    )


class DatabaseSettings(Section):
    """PostgreSQL."""

    url: str | None = Field(
        None,
        pattern=r"^postgresql\+asyncpg://",
        description="postgresql+asyncpg://… ; empty: an embedded PostgreSQL under the var folder.",
    )
    pool_size: int = Field(10, ge=1, le=200, description="Connections kept open per process.")


class RedisSettings(Section):
    """Redis or Valkey: queue, progress, rate limits."""

    url: str | None = Field(
        None, pattern=r"^(rediss?|unix)://", description="redis://… ; empty: an embedded Redis under the var folder."
    )


class QdrantSettings(Section):
    """Vector search."""

    url: str | None = Field(
        None, pattern=r"^https?://", description="http://… of a Qdrant server; empty: Qdrant Edge inside the process."
    )
    api_key: SecretStr | None = Field(None, description="API key of the Qdrant server.")
    collection: str = Field("footnote", pattern=r"^[a-zA-Z0-9_-]{1,64}$", description="Name of the collection.")


class BlobSettings(Section):
    """Original files."""

    url: str | None = Field(None, description="s3://bucket/prefix or az://container/prefix; empty: ./var/blobs.")
    endpoint: str | None = Field(
        None, pattern=r"^https?://", description="Address of the storage, when it is not Amazon's or Microsoft's own."
    )
    region: str | None = Field(None, description="Region of the S3 bucket; empty: AWS_REGION, else us-east-1.")
    access_key: str | None = Field(
        None,
        description="Id of the S3 access key, or name of the Azure storage account; "
        "empty: what AWS_* or AZURE_* variables or the machine's role say.",
    )
    secret_key: SecretStr | None = Field(None, description="Secret of the S3 access key, or key of the Azure account.")
    min_free_bytes: int = Field(
        512 * 1024**2, ge=0, description="Space that uploads leave free on this machine's disk, in bytes."
    )

    @model_validator(mode="after")
    def _a_secret_has_an_owner(self) -> "BlobSettings":
        if self.secret_key and not self.access_key:
            raise ValueError("a secret key needs an access key")
        if not self.url and (self.endpoint or self.access_key):
            raise ValueError("an endpoint or an access key needs FOOTNOTE_BLOB_URL")
        return self


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


class SessionSettings(Section):
    """Sign-in sessions."""

    ttl_s: int = Field(7 * 24 * 3600, ge=60, le=90 * 24 * 3600, description="How long a sign-in lasts, in seconds.")
    cookie_secure: bool = Field(False, description="Send cookies over HTTPS only; set it to true behind TLS.")


class LimitSettings(Section):
    """What one person or one address may do."""

    login_attempts: int = Field(10, ge=1, le=1000, description="Failed sign-ins per name and per address in 5 minutes.")
    questions_per_minute: int = Field(30, ge=1, le=10_000, description="Questions per person per minute.")
    uploads_per_minute: int = Field(600, ge=1, le=100_000, description="Uploads per person per minute.")


class UploadSettings(Section):
    """Files people bring."""

    max_bytes: int = Field(100 * 1024**2, ge=1024, le=40 * 1024**3, description="Largest file accepted, in bytes.")
    max_files: int = Field(20, ge=1, le=1000, description="Most files attached to one chat message.")
    user_bytes: int = Field(
        20 * 1024**3, ge=0, description="Most bytes that the files of one person may take; 0: no limit."
    )
    user_documents: int = Field(20_000, ge=0, description="Most documents that one person may bring; 0: no limit.")
    types: str = Field("", description=f"Kinds of files accepted, of {', '.join(KINDS)}; empty: all that can be read.")
    type_bytes: str = Field("", description="Largest file per kind, where it is less: image=20MB,text=50MB.")

    @field_validator("types")
    @classmethod
    def _types_are_kinds(cls, value: str) -> str:
        require_kinds(names_of(value))
        return value

    @field_validator("type_bytes")
    @classmethod
    def _type_bytes_are_sizes(cls, value: str) -> str:
        require_kinds(sizes_of(value))
        return value

    def accepts(self, kind: str) -> bool:
        """True when files of this kind (see ``core.kinds``) may be brought."""
        return not self.types or kind in names_of(self.types)

    def max_bytes_of(self, kind: str) -> int:
        """The largest file of this kind."""
        return min(self.max_bytes, sizes_of(self.type_bytes).get(kind, self.max_bytes))


class ParserSettings(Section):
    """Limits of the child process that opens one file."""

    memory_bytes: int = Field(2 * 1024**3, ge=256 * 1024**2, description="Most memory for opening one file, in bytes.")
    cpu_s: int = Field(120, ge=1, le=86_400, description="Most CPU time for one file, in seconds.")
    page_cpu_s: int = Field(
        60,
        ge=1,
        le=3600,
        description="Most CPU time for one page, in seconds; each page whose text is recognised adds as much to what its"
        " file may take.",
    )
    wall_s: int = Field(300, ge=1, le=86_400, description="Most time for one file, in seconds.")
    processes: int = Field(1, ge=1, le=64, description="Files opened at the same time.")


class OcrSettings(Section):
    """Recognition of text in scans and pictures."""

    engine: Literal["auto", "rapidocr", "tesseract", "off"] = Field(
        "auto",
        description="What recognises text in scans and pictures: rapidocr (Latin, Chinese, Japanese), tesseract (where it"
        " is installed) or off; auto: rapidocr, and tesseract for pages in other scripts.",
    )
    languages: str = Field(
        "",
        pattern=r"^([A-Za-z_]{3,20}(\+[A-Za-z_]{3,20})*)?$",
        description="Languages for tesseract, as eng+deu+tha; empty: those installed.",
    )
    dpi: int = Field(200, ge=100, le=400, description="Points per inch at which pages are drawn to be recognised.")


class ChunkSettings(Section):
    """How sections are cut into chunks."""

    strategy: Literal["recursive", "sliding", "semantic", "structure"] = Field(
        "structure",
        description="recursive (at the best separator), sliding (a window over the sentences), structure (by headings, blocks "
        "and rows) or semantic (where the meaning changes; embeds every sentence).",
    )
    size: int = Field(800, ge=100, le=8000, description="Longest chunk, in characters.")
    overlap: int = Field(
        0, ge=0, le=2000, description="Characters shared by neighbouring chunks; those of semantic share none."
    )
    headings: bool = Field(
        True, description="Embed the headings above a chunk with its text; words are searched for in both either way."
    )

    @model_validator(mode="after")
    def _overlap_is_smaller(self) -> "ChunkSettings":
        if self.overlap >= self.size:
            raise ValueError("the overlap must be smaller than the chunk size")
        if self.strategy == "sliding" and self.overlap * 2 > self.size:
            raise ValueError("the overlap of the strategy sliding must be at most half the chunk size")
        return self


class RetrievalSettings(Section):
    """Search."""

    top_k: int = Field(30, ge=1, le=1000, description="Chunks retrieved by each side (dense, BM25) before fusion.")
    top_n: int = Field(6, ge=1, le=100, description="Chunks kept as sources of an answer.")
    min_similarity: float = Field(0.30, ge=0, le=1, description="Cosine similarity under which a chunk is no evidence.")


class WorkerSettings(Section):
    """Background work."""

    embedded: bool = Field(
        True, description="Run the worker inside the web process; false: start `footnote worker` yourself."
    )
    max_jobs: int = Field(4, ge=1, le=256, description="Files one worker reads at the same time.")
    max_jobs_per_user: int = Field(
        2, ge=1, le=256, description="Of these, files of one person; the others stay free for other people."
    )


class Settings(BaseSettings):
    """All of it. Build it with :func:`load_settings`, once, in an entry point."""

    model_config = SettingsConfigDict(
        env_prefix="FOOTNOTE_",
        env_nested_delimiter="_",
        env_nested_max_split=1,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8000, description="Port of the web server; 0: any free one.")
    var_dir: Path = Field(Path("var"), description="Folder of everything Footnote stores on this machine.")
    public_url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="URL people use, when a proxy stands in front (https://footnote.example.org).",
    )
    secret_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="Signs sign-ins; made and kept in the var folder when empty, required with FOOTNOTE_DATABASE_URL.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")

    admin: AdminSettings = AdminSettings()
    database: DatabaseSettings = DatabaseSettings()
    redis: RedisSettings = RedisSettings()
    qdrant: QdrantSettings = QdrantSettings()
    blob: BlobSettings = BlobSettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    llm: LLMSettings = LLMSettings()
    session: SessionSettings = SessionSettings()
    limit: LimitSettings = LimitSettings()
    upload: UploadSettings = UploadSettings()
    parser: ParserSettings = ParserSettings()
    ocr: OcrSettings = OcrSettings()
    chunk: ChunkSettings = ChunkSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    worker: WorkerSettings = WorkerSettings()

    @model_validator(mode="after")
    def _shared_parts_need_a_shared_secret(self) -> "Settings":
        if self.database.url and self.secret_key is None:
            raise ValueError(
                "FOOTNOTE_SECRET_KEY must be set (32 characters or more) when FOOTNOTE_DATABASE_URL is set"
            )
        return self

    @model_validator(mode="after")
    def _outside_worker_needs_a_qdrant_server(self) -> "Settings":
        if not self.worker.embedded and not self.qdrant.url:
            raise ValueError(
                "FOOTNOTE_WORKER_EMBEDDED=false needs FOOTNOTE_QDRANT_URL: Qdrant Edge belongs to one process"
            )
        return self


def variable_name(location: tuple[str | int, ...]) -> str:
    """The environment variable of a setting, e.g. ``("llm", "base_url")`` → ``FOOTNOTE_LLM_BASE_URL``."""
    return "_".join(["FOOTNOTE", *(str(part).upper() for part in location)])


def load_settings() -> Settings:
    """Read and check the settings.

    Raises:
        SettingsInvalid: a value is wrong; the message names the variable and says what is expected.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        message = first["msg"].removeprefix("Value error, ")
        where = variable_name(first["loc"]) + ": " if first["loc"] else ""
        raise SettingsInvalid(f"{where}{message}.") from error
