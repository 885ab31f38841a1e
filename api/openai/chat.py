"""``/v1/chat/completions``: the list of messages is a question and the conversation before it; nothing is stored as a thread unless
``store`` says so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from time import time
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from answers.stored import StoredAnswer
from api.deps import AccountsDep, IngestionDep, LedgerDep, RunsDep, StreamPlace, session_check
from api.events import open_stream
from api.openai.asking import asking, run_request
from api.openai.base import base_of
from api.openai.ids import Prefix, shown
from api.openai.parameters import NO_TOOLS, REFUSED, Flag, Real, Tuning
from api.openai.refusals import REFUSALS, unsupported
from api.openai.runs import Run, running
from api.openai.stream import DONE, data_of, failure_of
from api.openai.talk import talk_of
from api.openai.told import extension, pieces, places, url_citation
from web.deps import CurrentPrincipal, SettingsDep
from web.text import StorableText

router = APIRouter(prefix="/v1/chat/completions", responses=REFUSALS, tags=["OpenAI"])
NO_AUDIO = "Footnote neither hears nor speaks; it answers in text."
IGNORED = (
    *("frequency_penalty", "presence_penalty", "logit_bias", "seed", "stop", "max_tokens", "max_completion_tokens"),
    *("reasoning_effort", "verbosity", "prediction"),
)
REFUSED_HERE = {
    **REFUSED,
    "tools": NO_TOOLS,
    "functions": NO_TOOLS,
    "function_call": NO_TOOLS,
    "audio": NO_AUDIO,
    "logprobs": "Footnote gives no probabilities of tokens.",
    "web_search_options": "Footnote searches no web: it answers from its documents.",
}


class StreamOptions(BaseModel):
    """What a stream has besides the answer. ``include_obfuscation`` is ignored."""

    model_config = ConfigDict(extra="forbid")

    include_usage: Flag = None
    include_obfuscation: Flag = None


class ChatRequest(Tuning):
    """The body of ``POST /v1/chat/completions``."""

    messages: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=1000)]
    stream_options: StreamOptions | None = None
    n: Annotated[int | None, Field(ge=1)] = None

    frequency_penalty: Real = None
    presence_penalty: Real = None
    logit_bias: dict[str, Any] | None = None
    seed: int | None = None
    stop: StorableText | list[StorableText] | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    reasoning_effort: StorableText | None = None
    verbosity: StorableText | None = None
    prediction: dict[str, Any] | None = None

    tools: list[Any] | None = None
    functions: list[Any] | None = None
    function_call: Any = None
    audio: dict[str, Any] | None = None
    modalities: list[StorableText] | None = None
    logprobs: Flag = None
    response_format: dict[str, Any] | None = None
    web_search_options: dict[str, Any] | None = None

    def require_supported(self) -> None:
        """Raise Invalid for what Footnote does not do."""
        self.refuse(REFUSED_HERE)
        if self.web_search_options is not None:
            raise unsupported(REFUSED_HERE["web_search_options"], "web_search_options")
        if self.n is not None and self.n > 1:
            raise unsupported("Footnote gives one answer to a question.", "n")
        if set(self.modalities or ()) - {"text"}:
            raise unsupported(NO_AUDIO, "modalities")
        if (self.response_format or {}).get("type", "text") != "text":
            raise unsupported("Footnote answers in Markdown; it fills in no JSON.", "response_format")


@router.post("", dependencies=[StreamPlace], response_model=None)
async def complete(
    body: ChatRequest,
    request: Request,
    principal: CurrentPrincipal,
    ingestion: IngestionDep,
    ledger: LedgerDep,
    runs: RunsDep,
    accounts: AccountsDep,
    settings: SettingsDep,
) -> dict[str, Any] | Response:
    """Answer the last message from the documents, with an annotation for each number in the answer."""
    body.require_supported()
    talk = await asyncio.to_thread(talk_of, body.messages, "messages")
    question = await asking(body, talk, principal, ingestion)
    ignored = [*body.ignored(*IGNORED), *(["system messages"] if talk.has_system else [])]
    completion = Completion(body.model, base_of(request, settings), ignored)
    if not body.stream:
        async with running(run_request(question), runs, principal, ledger) as run:
            return await completion.whole(await run.end())
    has_usage = bool(body.stream_options and body.stream_options.include_usage)
    begun = running(run_request(question), runs, principal, ledger)
    chunks = completion.chunks(begun, has_usage=has_usage)
    return await open_stream(chunks, data_of, recheck=session_check(accounts, principal), failed=failure_of)


class Completion:
    """Renders one answer.

    Args:
        base: address of this server.
        ignored: parameters that change nothing.
    """

    def __init__(self, model: str, base: str, ignored: list[str]) -> None:
        self._model = model
        self._base = base
        self._ignored = ignored
        self._created = int(time())

    async def whole(self, answer: StoredAnswer) -> dict[str, Any]:
        """The object ``chat.completion``."""
        message = {
            "role": "assistant",
            "content": answer.text,
            "refusal": None,
            "annotations": await self._annotations(answer),
        }
        choice = {"index": 0, "message": message, "finish_reason": answer.finish, "logprobs": None}
        return {
            **self._head(answer.run_id, "chat.completion"),
            "choices": [choice],
            "usage": usage_of(answer),
            "footnote": extension(answer, self._ignored),
        }

    async def chunks(
        self, begun: AbstractAsyncContextManager[Run], *, has_usage: bool
    ) -> AsyncIterator[dict[str, Any] | str]:
        """The objects ``chat.completion.chunk``. The text comes once it is checked: what was sent is never taken back."""
        async with begun as run:
            run_id = run.run_id
            yield self._chunk(run_id, {"role": "assistant", "content": "", "refusal": None})
            answer = await run.end()
        for piece in pieces(answer.text):
            yield self._chunk(run_id, {"content": piece})
        if annotations := await self._annotations(answer):
            yield self._chunk(run_id, {"annotations": annotations})
        yield self._chunk(run_id, {}, answer.finish) | {"footnote": extension(answer, self._ignored)}
        if has_usage:
            yield {**self._head(run_id, "chat.completion.chunk"), "choices": [], "usage": usage_of(answer)}
        yield DONE

    async def _annotations(self, answer: StoredAnswer) -> list[dict[str, Any]]:
        found = await asyncio.to_thread(places, answer)  # reads the whole answer
        cited = [url_citation(place, answer, self._base) for place in found]
        return [{"type": one.pop("type"), "url_citation": one} for one in cited]

    def _head(self, run_id: UUID, kind: str) -> dict[str, Any]:
        return {
            "id": shown(Prefix.COMPLETION, run_id),
            "object": kind,
            "created": self._created,
            "model": self._model,
        }

    def _chunk(self, run_id: UUID, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return {**self._head(run_id, "chat.completion.chunk"), "choices": [choice]}


def usage_of(answer: StoredAnswer) -> dict[str, int]:
    """The tokens of all models together; 0 where none was asked."""
    used = answer.usage
    return {
        "prompt_tokens": used.input_tokens,
        "completion_tokens": used.output_tokens,
        "total_tokens": used.input_tokens + used.output_tokens,
    }
