"""Settings of database, Redis, Qdrant, blob storage and background work."""

from typing import Literal

from pydantic import Field, SecretStr, model_validator

from core.database_url import Pooler
from core.settings.section import InFile, Section


class DatabaseSettings(Section):
    """PostgreSQL."""

    url: str | None = Field(
        None,
        pattern=r"^postgresql\+asyncpg://",
        description="postgresql+asyncpg://… ; empty: an embedded PostgreSQL under the var folder.",
    )
    pool_size: int = Field(
        10, ge=1, le=200, description="Connections kept open per process; as many more while many ask."
    )
    pooler: InFile[Pooler] = Field(
        "direct",
        description="transaction: a pooler in transaction mode stands before the server (PgBouncer, those of managed servers).",
    )
    migrate: InFile[Literal["auto", "check"]] = Field(
        "auto",
        description="auto: whichever process starts first migrates the database; check: none does, and a process of a newer version"
        " does not start before `footnote migrate` has run.",
    )


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
    collection: InFile[str] = Field(
        "footnote",
        pattern=r"^[a-zA-Z0-9_-]{1,64}$",
        description="Name of the collection; on a server an alias of the one that answers (footnote.1, footnote.2, …).",
    )
    search_timeout_s: InFile[float] = Field(
        5.0, gt=0, le=60, description="Longest wait for the Qdrant server's answer to a search, in seconds."
    )
    shards: InFile[int] = Field(
        1, ge=1, le=1024, description="Shards of a new collection; the nodes of a cluster share them."
    )
    replicas: InFile[int] = Field(
        1, ge=1, le=32, description="Copies of each shard of a new collection, on different nodes."
    )
    write_consistency: InFile[int] = Field(
        1, ge=1, le=32, description="Copies that must have a write before it counts; at most the replicas."
    )
    hnsw_m: InFile[int] = Field(
        16,
        ge=0,
        le=256,
        description="Links of each chunk in the graph over the whole collection; 0: none, which suits very many small libraries.",
    )
    hnsw_payload_m: InFile[int] = Field(
        16, ge=0, le=256, description="Links of each chunk in the graph of its own library; 0: no such graphs."
    )
    hnsw_ef_construct: InFile[int] = Field(
        100,
        ge=4,
        le=4096,
        description="Candidates weighed when a chunk is put into a graph; more finds better, writes slower.",
    )
    hnsw_ef: InFile[int] = Field(
        128,
        ge=4,
        le=4096,
        description="Candidates weighed in a search through a graph; more finds better, answers slower.",
    )
    quantization: InFile[Literal["none", "scalar", "binary"]] = Field(
        "scalar",
        description="Small copies of the vectors to search in: scalar (a quarter of the size), binary (a 32nd; for vectors of"
        " 1,024 numbers and more) or none.",
    )
    quantization_in_memory: InFile[bool] = Field(
        True, description="Keep the small copies in memory, wherever the vectors lie."
    )
    rescore: InFile[bool] = Field(
        True, description="Order what was found among the small copies by the vectors themselves."
    )
    oversampling: InFile[float] = Field(
        2.0, ge=1.0, le=16.0, description="Times as many as wanted are fetched by the small copies, to be rescored."
    )
    vectors_on_disk: InFile[bool] = Field(
        False, description="Leave the vectors on the server's disk instead of in its memory."
    )
    sparse_on_disk: InFile[bool] = Field(False, description="Leave the index of words on the server's disk.")
    payload_on_disk: InFile[bool] = Field(True, description="Leave the texts of the chunks on the server's disk.")

    @model_validator(mode="after")
    def _writes_can_be_confirmed(self) -> "QdrantSettings":
        if self.write_consistency > self.replicas:
            raise ValueError("the write consistency must not be more than the replicas: no write would ever count")
        if self.hnsw_m == self.hnsw_payload_m == 0:
            raise ValueError("hnsw_m and hnsw_payload_m must not both be 0: there would be no graph at all")
        return self


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
        512 * 1024**2,
        ge=0,
        description="Space that uploads and the reading of files leave free on this machine's disk, in bytes; for reading at least 64 MB.",
    )

    @model_validator(mode="after")
    def _a_secret_has_an_owner(self) -> "BlobSettings":
        if self.secret_key and not self.access_key:
            raise ValueError("a secret key needs an access key")
        if not self.url and (self.endpoint or self.access_key):
            raise ValueError("an endpoint or an access key needs FOOTNOTE_BLOB_URL")
        return self


class DrainSettings(Section):
    """How a web process ends."""

    ready_s: InFile[float] = Field(
        5,
        ge=0,
        le=60,
        description="Seconds for which a web process that was sent SIGTERM still takes requests while `/health/ready` is 503, so that"
        " load balancers send new ones elsewhere; only where PostgreSQL, Redis and Qdrant are servers of their own. Answers in progress"
        " then have 30 s more.",
    )


class WorkerSettings(Section):
    """Background work."""

    embedded: bool = Field(
        True, description="Run the worker inside the web process; false: start `footnote worker` yourself."
    )
    health_port: InFile[int] = Field(
        0,
        ge=0,
        le=65535,
        description="Port, on FOOTNOTE_HOST, at which `footnote worker` answers `/health/live`, `/health/ready` and, where they are on,"
        " `/metrics`; 0: none.",
    )
    max_jobs: int = Field(4, ge=1, le=256, description="Files one worker reads at the same time.")
    max_jobs_per_user: int = Field(
        2, ge=1, le=256, description="Of these, files of one person; the others stay free for other people."
    )
    max_answers: InFile[int] = Field(
        4,
        ge=1,
        le=256,
        description="Questions one worker answers at the same time in the background; half of them may be one person's.",
    )
