"""Suggested questions of an empty conversation, and the line under the question field."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from chainlit.types import Starter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chat.services import services
from core.context import require_principal
from core.words import N_, Catalogue, Language, catalogue
from web.language import language_of

_ROOT = Path(__file__).resolve().parents[1]
_TEXTS = _ROOT / ".chainlit" / "translations" / "en-US.json"
_THEIRS: Mapping[Language, str] = {"de": "de-DE.json", "fr": "fr-FR.json", "es": "es.json", "zh": "zh-CN.json"}
_MOST_STARTERS = 3
_LABEL_CHARS = 70
_EXTRACTIVE = N_(
    "Answers are the best sentences of your documents, word for word. Every number opens the page it stands on."
)


async def starters() -> list[Starter]:
    """Questions that are answered from the newest documents; none where there is no such question."""
    questions = await services().shared.ingestion.guides.questions(require_principal(), _MOST_STARTERS)
    return [Starter(label=_short(question), message=question) for question in questions]


def _short(question: str) -> str:
    return question if len(question) <= _LABEL_CHARS else question[: _LABEL_CHARS - 1].rstrip() + "…"


async def texts(request: Request) -> Response:
    """The page's texts (Chainlit's translation file, in the language of the request), including how answers are made."""
    return JSONResponse({"translation": _texts(language_of(request), services().shared.settings.llm.has_model)})


@cache
def _texts(language: Language, has_llm: bool) -> dict[str, Any]:
    texts: dict[str, Any] = json.loads(_TEXTS.read_text(encoding="utf-8"))
    theirs, words = _THEIRS.get(language, _TEXTS.name), catalogue(language)
    texts = _translated(texts, json.loads((_TEXTS.parent / theirs).read_text(encoding="utf-8")), words)
    if not has_llm:
        texts["chat"]["watermark"] = words.text(_EXTRACTIVE)
    return texts


def _translated(texts: dict[str, Any], theirs: dict[str, Any], words: Catalogue) -> dict[str, Any]:
    """Our texts in a language; what the catalogue lacks, of features that are switched off, in Chainlit's own words."""
    return {
        name: _translated(text, theirs.get(name, {}), words)
        if isinstance(text, dict)
        else words.entries.get(text) or (text and theirs.get(name, text))
        for name, text in texts.items()
    }
