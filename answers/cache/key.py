"""Cache key of everything that influences an answer besides its sources: release, prompts, models, settings."""

from importlib.metadata import PackageNotFoundError, version

from core.cache import fingerprint
from core.settings import Section, Settings
from rag.prompts import wording

# Sections that change nothing in an answer; whatever is not named here counts.
ELSEWHERE = frozenset(
    {
        *("admin", "session", "limit", "upload"),
        *("database", "redis", "blob", "worker", "upkeep", "cache"),
        *("parser", "ocr", "chunk"),  # the index version tells how texts are cut
    }
)


def how_answers_are_made(settings: Settings) -> str:
    """Of the release, the prompts, the models and every setting of search and answers; secrets are no part of it."""
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
