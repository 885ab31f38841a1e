"""Every setting of Footnote: one tree, read from the environment, ``.env`` and ``footnote.toml``, and validated at start.

A nested field is named by its section: ``settings.llm.base_url`` is ``FOOTNOTE_LLM_BASE_URL``, and ``base_url`` in the table ``[llm]``.
An empty variable means "not set"; ``null`` means the default, whatever the file says.
"""

from core.settings.answering import RerankSettings, RetrievalSettings
from core.settings.caching import CacheSettings
from core.settings.loading import load_settings, log_notices
from core.settings.models import EmbeddingSettings, LLMSettings
from core.settings.parts import BlobSettings, DatabaseSettings, QdrantSettings, RedisSettings, WorkerSettings
from core.settings.people import AdminSettings, LimitSettings, SessionSettings, Tier, UploadSettings
from core.settings.reading import ChunkSettings, OcrSettings, ParserSettings
from core.settings.section import Section
from core.settings.sources import variable_name
from core.settings.tree import Settings
from core.settings.upkeep import UpkeepSettings

__all__ = [
    "AdminSettings",
    "BlobSettings",
    "CacheSettings",
    "ChunkSettings",
    "DatabaseSettings",
    "EmbeddingSettings",
    "LLMSettings",
    "LimitSettings",
    "OcrSettings",
    "ParserSettings",
    "QdrantSettings",
    "RedisSettings",
    "RerankSettings",
    "RetrievalSettings",
    "Section",
    "SessionSettings",
    "Settings",
    "Tier",
    "UpkeepSettings",
    "UploadSettings",
    "WorkerSettings",
    "load_settings",
    "log_notices",
    "variable_name",
]
