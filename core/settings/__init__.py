"""Every setting of Footnote: one tree, read from the environment (prefix ``FOOTNOTE_``) and validated at start.

A nested field is named by its section: ``settings.llm.base_url`` is ``FOOTNOTE_LLM_BASE_URL``. An empty value means "not set".
"""

from core.settings.answering import RerankSettings, RetrievalSettings
from core.settings.caching import CacheSettings
from core.settings.models import EmbeddingSettings, LLMSettings
from core.settings.parts import BlobSettings, DatabaseSettings, QdrantSettings, RedisSettings, WorkerSettings
from core.settings.people import AdminSettings, LimitSettings, SessionSettings, UploadSettings
from core.settings.reading import ChunkSettings, OcrSettings, ParserSettings
from core.settings.section import Section
from core.settings.tree import Settings, load_settings, variable_name
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
    "UpkeepSettings",
    "UploadSettings",
    "WorkerSettings",
    "load_settings",
    "variable_name",
]
