"""Cache key of everything that influences an answer besides its sources: release, prompts, models, settings."""

from importlib.metadata import PackageNotFoundError, version

from core.cache import fingerprint
from core.settings import Section, Settings
from rag.prompts import wording

# Settings sections without influence on answers; every other one is part of the key.
ELSEWHERE = frozenset(
    {
        *("admin", "session", "limit", "upload"),
        *("database", "redis", "blob", "worker", "upkeep", "cache"),
        *("parser", "ocr", "chunk"),  # the index version covers these
    }
)


def how_answers_are_made(settings: Settings) -> str:
    """Fingerprint of the release, the prompts, the models and every setting of search and answers, without secrets."""
    sections = [
        f"{name}={section.model_dump_json()}"
        for name in sorted(type(settings).model_fields)
        if name not in ELSEWHERE and isinstance(section := getattr(settings, name), Section)
    ]
    models = [model.model_dump_json() for model in settings.llm.models()]
    return fingerprint(_release(), wording(), *sections, *models)


def _release() -> str:
    try:
        return version("footnote")
    except PackageNotFoundError:
        return ""
