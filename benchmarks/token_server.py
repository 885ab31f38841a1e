"""A stand-in for a language model that sends its tokens at an even pace, and a bare event stream of the same shape as the limit.

``python -m benchmarks.token_server --port 8765``: a model named ``tokens-100`` answers with 100 words, 20 ms apart, at
``/v1/chat/completions``; ``/bare`` sends 100 events as far apart, with nothing behind them.
"""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

TOKENS = 100
PAUSE_S = 0.02
SENTENCE = "Every employee receives twenty-eight days of paid annual leave per year [1]. "
STREAM = "text/event-stream"


def create() -> FastAPI:
    """The app."""
    app = FastAPI()

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [{"id": f"tokens-{TOKENS}", "object": "model"}]}

    @app.post("/v1/chat/completions")
    async def complete(request: Request) -> Response:
        asked = await request.json()
        if not asked.get("stream"):
            return JSONResponse(_whole(asked["model"]))
        return StreamingResponse(_tokens(asked["model"]), media_type=STREAM)

    @app.get("/bare")
    async def bare() -> Response:
        return StreamingResponse(_events(), media_type=STREAM)

    return app


async def _events() -> AsyncIterator[str]:
    for number in range(TOKENS):
        yield f"event: token\ndata: {json.dumps({'kind': 'token', 'text': f'word{number} '})}\n\n"
        await asyncio.sleep(PAUSE_S)


async def _tokens(model: str) -> AsyncIterator[str]:
    words = (SENTENCE * TOKENS).split(" ")[: int(model.rpartition("-")[2])]
    for word in words:
        yield _chunk(model, {"content": f"{word} "})
        await asyncio.sleep(PAUSE_S)
    yield _chunk(model, {}, "stop")
    yield "data: [DONE]\n\n"


def _chunk(model: str, delta: dict[str, str], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({'id': 'x', 'object': 'chat.completion.chunk', 'created': 0, 'model': model, 'choices': [choice]})}\n\n"


def _whole(model: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": SENTENCE.strip()}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "x", "object": "chat.completion", "created": 0, "model": model, "choices": [choice]}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    uvicorn.run(create(), host="127.0.0.1", port=parser.parse_args().port, log_level="warning")


if __name__ == "__main__":
    main()
