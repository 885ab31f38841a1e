"""The whole tree of settings, and the order of its sources."""

import re
from pathlib import Path
from typing import Annotated, Literal, cast

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from core.addresses import networks_of
from core.settings.answering import RerankSettings, RetrievalSettings
from core.settings.caching import CacheSettings
from core.settings.doors import CorsSettings, OidcSettings, ProxySettings
from core.settings.links import LinkSettings
from core.settings.models import EmbeddingSettings, LLMSettings
from core.settings.parts import (
    BlobSettings,
    DatabaseSettings,
    DrainSettings,
    QdrantSettings,
    RedisSettings,
    WorkerSettings,
)
from core.settings.people import (
    AdminSettings,
    KeySettings,
    LimitSettings,
    SessionSettings,
    SharingSettings,
    UploadSettings,
)
from core.settings.reading import ChunkSettings, OcrSettings, ParserSettings
from core.settings.retention import RetentionSettings
from core.settings.review import ReviewSettings
from core.settings.section import Checked, InFile
from core.settings.sources import Sources
from core.settings.telemetry import TelemetrySettings
from core.settings.upkeep import UpkeepSettings

HISTORY_S = 1800
_HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?|[0-9a-f:]+")


def names_of_hosts(text: str) -> list[str]:
    """The names of a list with commas between, in lower case."""
    return [name for part in text.split(",") if (name := part.strip().lower())]


class Settings(Checked, BaseSettings):
    """All settings. Build it with :func:`core.settings.load_settings`, once, in an entry point.

    Arguments override the environment, then ``.env``, ``footnote.toml`` and the defaults, key by key. With ``_env_file=None``,
    ``footnote.toml`` is not read either, unless it is named.
    """

    model_config = SettingsConfigDict(
        env_prefix="FOOTNOTE_",
        env_nested_delimiter="_",
        env_nested_max_split=1,
        env_file=".env",
        env_ignore_empty=True,
        env_parse_none_str="null",
        extra="ignore",
        frozen=True,
    )

    config: Path | None = Field(
        None, description="Path of footnote.toml; empty: footnote.toml in the working directory, where there is one."
    )
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8000, description="Port of the web server; 0: any free one.")
    var_dir: Path = Field(Path("var"), description="Folder of everything Footnote stores on this machine.")
    public_url: str | None = Field(
        None,
        pattern=r"^https?://(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]]+)(:\d{1,5})?(/\S*)?$",
        description="URL people use, when a proxy stands in front (https://footnote.example.org). "
        "When set, Footnote is used at this address only.",
    )
    allowed_hosts: str = Field(
        "",
        description="Names under which Footnote is used, with commas between, besides the one of FOOTNOTE_PUBLIC_URL; empty: names"
        " that nobody can register (footnote, nas.local) and, without a public URL, every address.",
    )
    trusted_proxies: str = Field(
        "127.0.0.1,::1",
        description="Addresses and networks (10.0.0.0/16) of the proxies in front, with commas between: their X-Forwarded-For and"
        " X-Forwarded-Proto are believed; none: nobody's.",
    )
    secret_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="Signs sign-ins; made and kept in the var folder when empty, required with FOOTNOTE_DATABASE_URL.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")
    metrics: InFile[bool] = Field(
        False,
        description="Count, and answer `/metrics` for Prometheus: at a port of its own or for a token, see [telemetry].",
    )

    admin: AdminSettings = AdminSettings()
    database: DatabaseSettings = DatabaseSettings()
    redis: RedisSettings = RedisSettings()
    qdrant: QdrantSettings = QdrantSettings()
    blob: BlobSettings = BlobSettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    llm: LLMSettings = LLMSettings()
    session: SessionSettings = SessionSettings()
    cors: CorsSettings = CorsSettings()
    oidc: OidcSettings = OidcSettings()
    proxy: ProxySettings = ProxySettings()
    keys: KeySettings = KeySettings()
    sharing: SharingSettings = SharingSettings()
    limit: LimitSettings = LimitSettings()
    upload: UploadSettings = UploadSettings()
    links: LinkSettings = LinkSettings()
    parser: ParserSettings = ParserSettings()
    ocr: OcrSettings = OcrSettings()
    chunk: ChunkSettings = ChunkSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    rerank: RerankSettings = RerankSettings()
    cache: CacheSettings = CacheSettings()
    drain: DrainSettings = DrainSettings()
    worker: WorkerSettings = WorkerSettings()
    upkeep: UpkeepSettings = UpkeepSettings()
    review: ReviewSettings = ReviewSettings()
    retention: RetentionSettings = RetentionSettings()
    telemetry: TelemetrySettings = TelemetrySettings()

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_are_addresses(cls, value: str) -> str:
        networks_of(value)
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - passed by keyword
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The hook of pydantic-settings for the order of sources."""
        sources = Sources.read(
            settings_cls,
            cast(EnvSettingsSource, env_settings),
            cast(DotEnvSettingsSource, dotenv_settings),
            cast(InitSettingsSource, init_settings).init_kwargs.get("config"),
        )
        return (init_settings, *sources.in_order())

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts_are_names(cls, value: str) -> str:
        for name in names_of_hosts(value):
            if not _HOST_NAME.fullmatch(name):
                raise ValueError(f"“{name}” is no name of a host: footnote.example.org, without scheme and port")
        return value

    @property
    def allowed_host_names(self) -> list[str]:
        """The names in ``allowed_hosts``, in lower case."""
        return names_of_hosts(self.allowed_hosts)

    @property
    def cookies_are_secure(self) -> bool:
        """True when cookies travel over HTTPS only: where it is set, and where people use an https address."""
        return self.session.cookie_secure or (self.public_url or "").startswith("https://")

    @property
    def history_cache_s(self) -> int:
        """How long the history of a conversation is cached, in seconds; ADR 0014 says why this depends on the database."""
        if self.cache.history_s is not None:
            return self.cache.history_s
        return HISTORY_S if self.database.url else 0

    @model_validator(mode="after")
    def _shared_parts_need_a_shared_secret(self) -> "Settings":
        if self.database.url and self.secret_key is None:
            raise ValueError(
                "FOOTNOTE_SECRET_KEY must be set (32 characters or more) when FOOTNOTE_DATABASE_URL is set"
            )
        return self

    @model_validator(mode="after")
    def _metrics_have_a_place(self) -> "Settings":
        if self.metrics and not (self.telemetry.metrics_port or self.telemetry.metrics_token):
            raise ValueError(
                "FOOTNOTE_METRICS=true needs FOOTNOTE_TELEMETRY_METRICS_PORT or FOOTNOTE_TELEMETRY_METRICS_TOKEN:"
                " not everybody is to read them"
            )
        return self

    @model_validator(mode="after")
    def _outside_worker_needs_a_qdrant_server(self) -> "Settings":
        if not self.worker.embedded and not self.qdrant.url:
            raise ValueError(
                "FOOTNOTE_WORKER_EMBEDDED=false needs FOOTNOTE_QDRANT_URL: Qdrant Edge belongs to one process"
            )
        return self
