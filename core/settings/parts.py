"""Settings of the parts that Footnote runs on, and of background work."""

from pydantic import Field, SecretStr, model_validator

from core.settings.section import Section


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


class WorkerSettings(Section):
    """Background work."""

    embedded: bool = Field(
        True, description="Run the worker inside the web process; false: start `footnote worker` yourself."
    )
    max_jobs: int = Field(4, ge=1, le=256, description="Files one worker reads at the same time.")
    max_jobs_per_user: int = Field(
        2, ge=1, le=256, description="Of these, files of one person; the others stay free for other people."
    )
