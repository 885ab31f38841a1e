"""What the vectors of a model depend on besides the model: prompts, dimensions, and what a server is told. An index version records it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from core.settings import EmbeddingSettings
from rag.embedding.bundled import DEFAULT, setting_of
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.prompts import TextTypes, family_prompts, server_types
from rag.embedding.scale import AS_IT_IS, SimilarityScale

USUAL_SERVED = "text-embedding-3-small"


def text_types(settings: EmbeddingSettings) -> TextTypes | None:
    """How the server is told what vectors are for: by the settings, else as its host or model is known for; None: it is not told."""
    if not settings.url:
        return None
    if settings.type_field:
        return TextTypes(settings.type_field, settings.query_type, settings.passage_type, settings.likeness_type)
    return server_types(settings.url, settings.model or USUAL_SERVED)


def identity_of(name: str, settings: EmbeddingSettings) -> tuple[object, ...]:
    """See :attr:`FootnoteEmbeddings.identity`."""
    prompts = (settings.query_prompt, settings.passage_prompt)
    return (name, settings.model, settings.url, *prompts, settings.dimensions, text_types(settings))


def recorded(settings: EmbeddingSettings) -> dict[str, Any]:
    """What an index version records before its model is loaded. No secrets."""
    types = text_types(settings)
    return {
        "model": settings.model if settings.model or settings.url else DEFAULT,
        "url": settings.url,
        "dimensions": settings.dimensions,
        "types": asdict(types) if types else None,
    }


def measured(embeddings: FootnoteEmbeddings) -> dict[str, Any]:
    """What an index version records in addition once its model is loaded."""
    return {"prompts": asdict(embeddings.prompts), "scale": embeddings.scale.as_json()}


def is_of(settings: EmbeddingSettings, name: str, row: Mapping[str, Any]) -> bool:
    """True when passages are embedded now as they were for an index version of the same model.

    Args:
        name: of the model.
        row: what the index version recorded. One from before prompts were given was made without.
    """
    now = recorded(settings)
    usual = family_prompts(name)
    prompt = settings.passage_prompt if settings.passage_prompt is not None else usual and usual.passage
    if now["types"]:
        prompt = None  # the server chooses
    prompts = row.get("prompts") or ({"passage": ""} if _is_from_before(row) else {})
    return bool(
        (prompt is None or prompts.get("passage", prompt) == prompt)
        and row.get("dimensions") == now["dimensions"]
        and (row.get("types") or {}).get("passage", "") == (now["types"] or {}).get("passage", "")
    )


def settings_of(settings: EmbeddingSettings, name: str, row: Mapping[str, Any], model: str) -> EmbeddingSettings:
    """The settings that make vectors like those of an index version.

    Args:
        name: of the model that the settings name.
        row: what the index version recorded.
        model: of the index version.
    """
    types = row.get("types") or {"field": None}
    update: dict[str, Any] = {
        "dimensions": row.get("dimensions"),
        "type_field": types["field"],
        **{f"{purpose}_type": types.get(purpose, "") for purpose in ("query", "passage", "likeness")},
    }
    if model != name:
        url = row.get("url")
        key = settings.api_key if url == settings.url else None  # a key must not go to another server
        source = None if url else setting_of(model)
        update |= {"model": source or row.get("model"), "url": url, "api_key": key}
    is_plain = _is_from_before(row) and setting_of(model) is None
    if is_plain or model != name or not is_of(settings, name, row):
        nothing = {"query": "", "passage": ""} if _is_from_before(row) else {"query": None, "passage": None}
        prompts = row.get("prompts") or nothing
        update |= {"query_prompt": prompts["query"], "passage_prompt": prompts["passage"]}
    return settings.model_copy(update=update)


def _is_from_before(row: Mapping[str, Any]) -> bool:
    """True for an index version from before prompts were given."""
    return "dimensions" not in row


def scale_of(row: Mapping[str, Any]) -> SimilarityScale:
    """The scale that an index version keeps; ``AS_IT_IS`` when it keeps none and the model is to be measured."""
    return SimilarityScale.from_json(row["scale"]) or AS_IT_IS if row.get("scale") else AS_IT_IS
