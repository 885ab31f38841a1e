"""What an empty conversation offers, and the line under the question field."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from chainlit.types import Starter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chat.services import services
from core.context import require_principal

_ROOT = Path(__file__).resolve().parents[1]
_TEXTS = _ROOT / ".chainlit" / "translations" / "en-US.json"
_MOST_STARTERS = 3
_TITLE_CHARS = 40
_EXTRACTIVE = (
    "Answers are the best sentences of your documents, word for word. Connect a language model for written answers."
)


async def starters() -> list[Starter]:
    """Questions to begin with, about the newest documents that can be asked."""
    page = await services().ingestion.documents(require_principal(), limit=10)
    titles = [document.title for document in page.documents if document.chunk_count][:_MOST_STARTERS]
    return [Starter(label=f"What is “{_short(title)}” about?", message=f"What is “{title}” about?") for title in titles]


def _short(title: str) -> str:
    return title if len(title) <= _TITLE_CHARS else title[: _TITLE_CHARS - 1].rstrip() + "…"


async def texts(request: Request) -> Response:
    """The page's own texts (Chainlit's translation file), and how answers are made at present."""
    del request
    return JSONResponse({"translation": _texts(services().settings.llm.has_model)})


@cache
def _texts(has_llm: bool) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_TEXTS.read_text(encoding="utf-8"))
    if not has_llm:
        found["chat"]["watermark"] = _EXTRACTIVE
    return found
