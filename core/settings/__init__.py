"""All settings of Footnote: one tree, read from the environment, ``.env`` and ``footnote.toml``, and validated at start.

A nested field is named by its section: ``settings.llm.base_url`` is ``FOOTNOTE_LLM_BASE_URL``, and ``base_url`` in the table ``[llm]``.
An empty variable means "not set"; ``null`` means the default, even if the file sets a value.
"""

from core.settings.answering import RerankSettings, RetrievalSettings
from core.settings.caching import CacheSettings
from core.settings.doors import CorsSettings, OidcSettings, ProxySettings
from core.settings.links import FolderPlace, LinkSettings
from core.settings.loading import load_settings, log_notices
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
    Tier,
    UploadSettings,
)
from core.settings.reading import ChunkSettings, OcrSettings, ParserSettings
from core.settings.retention import RetentionSettings
from core.settings.review import ReviewSettings
from core.settings.section import Section
from core.settings.sources import variable_name
from core.settings.telemetry import TelemetrySettings
from core.settings.tree import Settings
from core.settings.upkeep import UpkeepSettings

__all__ = [
    "AdminSettings",
    "BlobSettings",
    "CacheSettings",
    "ChunkSettings",
    "CorsSettings",
    "DatabaseSettings",
    "DrainSettings",
    "EmbeddingSettings",
    "FolderPlace",
    "KeySettings",
    "LLMSettings",
    "LimitSettings",
    "LinkSettings",
    "OcrSettings",
    "OidcSettings",
    "ParserSettings",
    "ProxySettings",
    "QdrantSettings",
    "RedisSettings",
    "RerankSettings",
    "RetentionSettings",
    "RetrievalSettings",
    "ReviewSettings",
    "Section",
    "SessionSettings",
    "Settings",
    "SharingSettings",
    "TelemetrySettings",
    "Tier",
    "UpkeepSettings",
    "UploadSettings",
    "WorkerSettings",
    "load_settings",
    "log_notices",
    "variable_name",
]
