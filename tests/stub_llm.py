"""A local OpenAI-compatible server that stands for the language model, over real HTTP.

``python -m tests.stub_llm --port 8765`` runs it; in tests: ``with running_stub() as stub: … stub.base_url …``.

What it does is chosen by the model's name, or for all models by ``POST /control {"behaviour": …, "times": n}``, with ``"script"`` for one:

| behaviour      | answer                                                                        |
|----------------|-------------------------------------------------------------------------------|
| ``cite``       | the first sentence of each of the first two sources, each with its number     |
| ``invent``     | as ``cite``, then a sentence that no source holds, cited as [9] and as [1]    |
| ``uncited``    | a sentence without a number                                                   |
| ``error``      | status 500                                                                    |
| ``busy``       | status 429 with ``Retry-After: 7``; ``busy-2`` with 2, ``busy-`` without it     |
| ``rejected``   | status 400                                                                    |
| ``unauthorized``| status 401                                                                   |
| ``stall``      | nothing, until the client leaves                                              |
| ``stall-midway``| half of ``cite``, then nothing                                               |
| ``cut``        | half of ``cite``, then the connection breaks                                  |
| ``end-early``  | half of ``cite``, then the stream ends without a finish reason                |
| ``endless``    | ``cite``, again and again, far beyond any answer                              |
| ``unstorable`` | ``cite`` after a NUL, a pair of surrogates in two deltas, and half a pair       |
| ``empty``      | a finished answer without a word                                              |
| ``slow``       | ``cite`` at 50 ms a word                                                      |
| ``obey``       | whatever an attack in its prompt wants said, see ``tests/obedience.py``; without one, as ``cite`` |
| ``script``     | what ``RunningStub.say`` was given: a text, thoughts beside it, a finish reason  |
| ``uncounted``  | ``cite``, without a word of how many tokens it took                           |

A request to condense a question is answered with the follow-up and the first question joined, whatever the behaviour, unless that
fails or stalls; one for several questions with the question and its parts; one for the name of a conversation with ``StubState.name``,
which the requests so far do not count. ``GET /control`` gives the requests so far.
"""

import argparse
import asyncio
import json
import re
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from tests.obedience import obeyed

BEHAVIOURS = (
    "cite",
    "invent",
    "uncited",
    "error",
    "busy",
    "unauthorized",
    "rejected",
    "stall",
    "stall-midway",
    "cut",
    "end-early",
    "empty",
    "slow",
    "uncounted",
    "endless",
    "unstorable",
    "obey",
    "script",
)
FOREVER_S = 3600.0
BUSY = re.compile(r"busy(-(?P<seconds>\d*))?")
ENDLESS_CHARS = 120_000
SLOW_S = 0.05
SOURCE = re.compile(r'<(source-\w+) number="(\d+)">\n\([^\n]*\)\n(.*?)\n</\1>', re.DOTALL)
FOLLOW_UP = re.compile(
    r"<(text-\w+)>\nQuestion: ([^\n]*)\n.*</\1>\n\nFollow-up question:\n<\1>\n(.*?)\n</\1>", re.DOTALL
)
SEVERAL = re.compile(r"Conversation:\n(.*)\n\nQuestion:\n<(text-\w+)>\n(.*?)\n</\2>", re.DOTALL)
NAMING = "Name the conversation:"
EARLIER = re.compile(r"^Question: ([^\n]*)$", re.MULTILINE)
INVENTED = " The moon base opened in 1875 with 4312 visitors [9]. Its captain was called Zaphod Quux [1]."


class BrokenConnection(Exception):
    """Ends a response in the middle of its body, as a crashing server does."""


@dataclass(frozen=True)
class Script:
    """A reply, word by word.

    Attributes:
        thoughts: sent before it in a field of their own, called ``thoughts_field``.
        then: the text of the requests after the first one; empty: the same.
        pause_s: between two words.
    """

    text: str = ""
    thoughts: str = ""
    thoughts_field: str = "reasoning_content"
    finish: str = "stop"
    then: str = ""
    pause_s: float = 0.0


@dataclass
class StubState:
    """What it was asked, and what it was told to do."""

    requests: list[dict[str, Any]] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    behaviour: str | None = None
    times: int = 0
    whole: str = ""  # the answer to a request that does not stream, where it is set
    script: "Script" = field(default_factory=lambda: Script())
    name: str = ""  # of a conversation, for whoever asks for one; empty: no name
    names_asked: int = 0
    stalls: bool = False  # embeddings wait until it is unset

    def next_behaviour(self, model: str) -> str:
        """The behaviour for this request: the one set by control while it lasts, else the model's name."""
        if self.behaviour is not None:
            behaviour = self.behaviour
            self.times -= 1
            if self.times == 0:
                self.behaviour = None
            return behaviour
        return model if model in BEHAVIOURS or BUSY.fullmatch(model) else "cite"


def create_stub() -> FastAPI:
    """The application; its state is ``app.state.stub``."""
    app = FastAPI()
    app.state.stub = StubState()

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [{"id": name, "object": "model", "owned_by": "stub"} for name in BEHAVIOURS]}

    @app.get("/control")
    async def requests() -> dict[str, Any]:
        return {"requests": app.state.stub.requests}

    @app.post("/control")
    async def control(request: Request) -> dict[str, Any]:
        told = await request.json()
        if "script" in told:
            app.state.stub.script = Script(**told["script"])
        app.state.stub.behaviour, app.state.stub.times = told.get("behaviour"), told.get("times", -1)
        return {"behaviour": app.state.stub.behaviour}

    @app.post("/v1/chat/completions")
    @app.post("/openai/deployments/{deployment}/chat/completions")  # as Azure has it
    async def complete(request: Request) -> Response:
        return await _completed(app.state.stub, request)

    @app.post("/v1/embeddings")
    async def embed(request: Request) -> Response:
        asked = await request.json()
        app.state.stub.requests.append(asked)
        while app.state.stub.stalls:
            await asyncio.sleep(0.05)
        if asked["model"] in ("error", "busy", "unauthorized"):
            return await _completion(asked, asked["model"])
        texts = asked["input"] if isinstance(asked["input"], list) else [asked["input"]]
        data = [{"object": "embedding", "index": i, "embedding": _letters(text)} for i, text in enumerate(texts)]
        return JSONResponse({"object": "list", "data": data, "model": asked["model"], "usage": _usage("", "")})

    return app


async def _completed(state: StubState, request: Request) -> Response:
    asked = await request.json()
    if NAMING in str(asked["messages"]):
        state.names_asked += 1
        return JSONResponse(_whole(asked["model"], state.name, ""))
    state.requests.append(asked)
    state.addresses.append(f"{request.url.path}?{request.url.query}")
    behaviour = state.next_behaviour(asked["model"])
    if behaviour == "script" and asked.get("stream"):
        return StreamingResponse(_scripted(asked, state), media_type="text/event-stream")
    return await _completion(asked, behaviour, "" if asked.get("stream") else state.whole)


async def _completion(asked: dict[str, Any], behaviour: str, whole: str = "") -> Response:
    failures = {"error": 500, "unauthorized": 401, "rejected": 400}
    busy = BUSY.fullmatch(behaviour)
    if busy or behaviour in failures:
        body = {"error": {"message": f"The stub was told: {behaviour}.", "type": behaviour, "code": behaviour}}
        seconds = "7" if busy and not busy[1] else busy and busy["seconds"]
        return JSONResponse(body, failures.get(behaviour, 429), headers={"retry-after": seconds} if seconds else {})
    if behaviour == "stall":
        await asyncio.sleep(FOREVER_S)
    told = "\n".join(_text(message["content"]) for message in asked["messages"])
    commanded = obeyed(told) if behaviour == "obey" else None
    answer = whole or commanded or _condensed(told) or _several(told) or _answer(told, behaviour)
    if not asked.get("stream"):
        return JSONResponse(_whole(asked["model"], answer, told))
    return StreamingResponse(_stream(asked, answer, told, behaviour), media_type="text/event-stream")


async def _scripted(asked: dict[str, Any], state: StubState) -> AsyncIterator[str]:
    script, model = state.script, asked["model"]
    if script.then:
        state.script = replace(script, text=script.then, thoughts="", then="", finish="stop")
    for field_name, text in ((script.thoughts_field, script.thoughts), ("content", script.text)):
        for word in re.findall(r"\S+\s*|\s+", text):
            yield _event(model, {field_name: word})
            await asyncio.sleep(script.pause_s)
    yield _event(model, {}, finish_reason=script.finish)
    yield "data: [DONE]\n\n"


async def _stream(asked: dict[str, Any], answer: str, told: str, behaviour: str) -> AsyncIterator[str]:
    words = re.findall(r"\S+\s*", answer)
    if behaviour == "unstorable":
        words = ["\0Well \ud83d", "\ude00 \ud83d ", *words]
    is_halved = behaviour in ("stall-midway", "cut", "end-early")
    yield _event(asked["model"], {"role": "assistant", "content": ""})
    for word in words[: len(words) // 2] if is_halved else words:
        yield _event(asked["model"], {"content": word})
        await asyncio.sleep(SLOW_S if behaviour == "slow" else 0)
    if behaviour == "endless":
        for _ in range(ENDLESS_CHARS // len(answer)):
            yield _event(asked["model"], {"content": answer})
            await asyncio.sleep(0)
    if behaviour == "stall-midway":
        await asyncio.sleep(FOREVER_S)
    if behaviour == "cut":
        raise BrokenConnection
    if behaviour != "end-early":
        yield _event(asked["model"], {}, finish_reason="stop")
    if asked.get("stream_options", {}).get("include_usage") and behaviour != "uncounted":
        chunk = _chunk(asked["model"]) | {"choices": [], "usage": _usage(told, answer)}
        yield f"data: {json.dumps(chunk)}\n\n"
    yield "data: [DONE]\n\n"


def _answer(told: str, behaviour: str) -> str:
    if behaviour == "empty":
        return ""
    if behaviour == "uncited":
        return "I would rather not say where I know this from."
    sources = [(number, text) for _, number, text in SOURCE.findall(told)][:2]
    cited = " ".join(f"{_first_sentence(text)} [{number}]." for number, text in sources)
    return (cited or "The sources do not say.") + (INVENTED if behaviour == "invent" else "")


def _first_sentence(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith(("#", "|", "```"))]
    words = " ".join(lines) or text
    return re.split(r"(?<=[.!?])\s", words)[0].strip(" .-*")


def _condensed(told: str) -> str | None:
    match = FOLLOW_UP.search(told)
    return f"{match[3].strip()} ({match[2].strip()})" if match else None


def _several(told: str) -> str | None:
    """The stand-alone question, then its parts: what stands around an "and"."""
    match = SEVERAL.search(told)
    if match is None:
        return None
    earlier = EARLIER.findall(match[1])
    question = match[3].strip() + (f" ({earlier[0]})" if earlier else "")
    parts = match[3].strip().rstrip("?").split(" and ")
    return "\n".join([question, *(f"- {part}?" for part in parts if len(parts) > 1)])


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def _letters(text: str) -> list[float]:
    """Letter counts: enough for nearby texts to be near."""
    return [float(text.lower().count(letter)) + 0.01 for letter in "abcdefghijklmnopqrstuvwxyz"]


def _usage(told: str, answer: str) -> dict[str, int]:
    counts = {"prompt_tokens": len(told.split()), "completion_tokens": len(answer.split())}
    return counts | {"total_tokens": sum(counts.values())}


def _chunk(model: str) -> dict[str, Any]:
    return {"id": "stub-1", "object": "chat.completion.chunk", "created": 0, "model": model}


def _event(model: str, delta: dict[str, Any], finish_reason: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return f"data: {json.dumps(_chunk(model) | {'choices': [choice]})}\n\n"


def _whole(model: str, answer: str, told: str) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}
    shape = {"id": "stub-1", "object": "chat.completion", "created": 0, "model": model}
    return shape | {"choices": [choice], "usage": _usage(told, answer)}


@dataclass(frozen=True)
class RunningStub:
    """A stub on a port of its own."""

    base_url: str
    state: StubState

    def behave(self, behaviour: str | None, times: int = -1) -> None:
        """Answer like this, for so many requests (-1: until told otherwise); None: by the model's name again."""
        self.state.behaviour, self.state.times = behaviour, times

    def say(self, text: str, **more: Any) -> None:
        """Answer with this text from now on; ``more`` are fields of :class:`Script`."""
        self.state.script = Script(text, **more)
        self.behave("script")


@contextmanager
def running_stub() -> Iterator[RunningStub]:
    """The server in a thread, on a free port of 127.0.0.1, until the block ends."""
    app = create_stub()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    config = uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield RunningStub(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", app.state.stub)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="OpenAI-compatible stub server")
    parser.add_argument("--port", type=int, default=8765)
    uvicorn.run(create_stub(), host="127.0.0.1", port=parser.parse_args().port, log_level="warning")


if __name__ == "__main__":
    main()
