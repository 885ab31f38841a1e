"""A rerank server that scores by common words and misbehaves when told to.

``POST /rerank`` takes TEI's request (``texts``) and answers as TEI does, best first; a request with ``documents`` is answered as Jina and
Cohere do. Behaviours: ``answer``, ``error`` (500), ``nonsense`` (no such shape), ``too-few`` (one score is missing), ``not-a-number``,
``stall`` (nothing until the client leaves).
"""

import asyncio
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

FOREVER_S = 3600.0


@dataclass
class RunningReranker:
    """A server on a port of its own, and what it was asked."""

    url: str
    behaviour: str = "answer"
    kinds: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)

    def behave(self, behaviour: str) -> None:
        """From now on."""
        self.behaviour = behaviour


def _app(running: RunningReranker) -> FastAPI:
    app = FastAPI()

    @app.post("/rerank")
    async def rerank(request: Request) -> Response:
        asked = await request.json()
        is_tei = "texts" in asked
        running.kinds.append("tei" if is_tei else "jina")
        running.keys.append(request.headers.get("authorization"))
        if running.behaviour == "stall":
            await asyncio.sleep(FOREVER_S)
        if running.behaviour == "error":
            return JSONResponse({"error": "The stub was told: error."}, 500)
        if running.behaviour == "nonsense":
            return JSONResponse({"answer": 42})
        texts = asked["texts" if is_tei else "documents"]
        scores = [(number, _score(asked["query"], text)) for number, text in enumerate(texts)]
        if running.behaviour == "too-few":
            scores = scores[1:]
        ranked = sorted(scores, key=lambda pair: pair[1], reverse=True)
        if running.behaviour == "not-a-number":
            return JSONResponse([{"index": number, "score": "NaN"} for number, _ in ranked])
        if is_tei:
            return JSONResponse([{"index": number, "score": score} for number, score in ranked])
        results: list[dict[str, Any]] = [{"index": number, "relevance_score": score} for number, score in ranked]
        return JSONResponse({"model": asked["model"], "results": results})

    return app


def _score(query: str, text: str) -> float:
    wanted, said = (set(re.findall(r"\w+", words.lower())) for words in (query, text))
    return len(wanted & said) / max(1, len(wanted))


@contextmanager
def running_reranker() -> Iterator[RunningReranker]:
    """The server in a thread, on a free port of 127.0.0.1, until the block ends."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    running = RunningReranker(f"http://127.0.0.1:{listener.getsockname()[1]}")
    config = uvicorn.Config(_app(running), log_level="critical", timeout_graceful_shutdown=1, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
