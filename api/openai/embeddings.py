"""``/v1/embeddings``: the vectors of the model with which Footnote searches."""

import base64
import sys
from array import array
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.deps import LimiterDep
from api.openai.models import ALL, ServicesDep, unknown
from api.openai.parameters import Name
from api.openai.refusals import REFUSALS, invalid, unsupported
from core.storable import storable
from rag.embedding.port import rough_lengths
from rag.embedding.prompts import Purpose
from web.deps import CurrentPrincipal, SettingsDep
from web.text import StorableText

router = APIRouter(prefix="/v1/embeddings", responses=REFUSALS, tags=["OpenAI"])
WINDOW_S = 60
MOST_TEXTS = 2048
LONGEST_TEXT = 32_000  # characters; models read the beginning


class EmbeddingRequest(BaseModel):
    """The body of ``POST /v1/embeddings``.

    Attributes:
        input: a text or several; tokens are not taken, because they mean something to one model only.
        input_type: no parameter of OpenAI's: what the vectors are for, with models that want to know.
    """

    model_config = ConfigDict(extra="forbid")

    model: Name = ALL
    input: StorableText | Annotated[list[Any], Field(min_length=1, max_length=MOST_TEXTS)]
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: int | None = None
    user: StorableText | None = None
    input_type: Literal["query", "document"] = "document"

    @property
    def texts(self) -> list[str]:
        """The texts. Raises Invalid for tokens, and for a text that is empty or too long."""
        given = [self.input] if isinstance(self.input, str) else self.input
        if not all(isinstance(text, str) for text in given):
            raise unsupported("Send texts, not tokens; in LangChain: check_embedding_ctx_length=False.", "input")
        if not all(0 < len(text) <= LONGEST_TEXT for text in given):
            raise invalid(f"A text has at least one character and at most {LONGEST_TEXT}.", "input")
        return [storable(text) for text in given]


@router.post("")
async def embed(
    body: EmbeddingRequest, principal: CurrentPrincipal, built: ServicesDep, limiter: LimiterDep, settings: SettingsDep
) -> dict[str, Any]:
    """One vector for each text, in order."""
    texts = body.texts
    await limiter.hit(f"embeddings:{principal.user_id}", settings.limit.questions_per_minute, WINDOW_S)
    async with built.live.use() as index_version:
        embeddings = index_version.embeddings
        if body.model not in (ALL, embeddings.name):
            raise unknown()
        if body.dimensions not in (None, embeddings.dimension):
            raise unsupported(f"The vectors of this model have {embeddings.dimension} dimensions.", "dimensions")
        if body.input_type == "query":
            vectors = await embeddings.aembed_now(texts, Purpose.QUERY)
        else:  # there may be thousands: people's questions go first
            vectors = await embeddings.aembed_documents(texts)
    tokens = sum(rough_lengths(texts))
    return {
        "object": "list",
        "model": embeddings.name,
        "data": [
            {"object": "embedding", "index": place, "embedding": _encoded(vector, body.encoding_format)}
            for place, vector in enumerate(vectors)
        ],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _encoded(vector: list[float], encoding: str | None) -> list[float] | str:
    """The vector, or its float32 numbers (little-endian) in base64."""
    if encoding != "base64":
        return vector
    numbers = array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return base64.b64encode(numbers.tobytes()).decode()
