"""An embedding server over real HTTP: what it is told, and what becomes of its faults."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from core.errors import UpstreamUnavailable
from core.settings import EmbeddingSettings
from rag.embedding import remote, server
from rag.embedding.prompts import Purpose
from rag.embedding.remote import RemoteEmbeddings
from rag.embedding.scale import AS_IT_IS, SimilarityScale


class Server(ThreadingHTTPServer):
    """Gives vectors of the texts' lengths, after the answers it was told to give first."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.most_texts = 1000
        self.connections: set[object] = set()

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.requests.append(asked)
        self.server.keys.append(self.headers.get("authorization"))
        self.server.connections.add(self.client_address)
        status, headers = self.server.answers.pop(0) if self.server.answers else (200, {})
        if len(asked["input"]) > self.server.most_texts:
            status = 413
        rows = [{"index": place, "embedding": [1.0, len(text)]} for place, text in enumerate(asked["input"])]
        body = json.dumps({"data": rows[::-1]} if status == 200 else {"error": "told to"}).encode()
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name in the standard library
        """Nothing."""


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that answers at once; models are not measured on it."""
    monkeypatch.setattr(RemoteEmbeddings, "_measured_scale", lambda _: SimilarityScale(pairs="none"))
    monkeypatch.setattr(server, "FIRST_WAIT_S", 0.001)
    made = Server()
    thread = threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


def loaded(running: Server, **settings: Any) -> RemoteEmbeddings:
    """Embeddings from it, loaded; its notes are empty."""
    made = RemoteEmbeddings(EmbeddingSettings.model_validate({"url": running.url, "model": "m"} | settings))
    made.load()
    running.requests.clear()
    return made


async def test_prompts_dimensions_and_the_key_go_along(running: Server) -> None:
    made = loaded(running, model="BAAI/bge-large-en-v1.5", dimensions=256, api_key="secret")
    await made.aembed_query("Who?")
    await made.aembed_documents(["One.", "Two."])
    assert running.requests[0]["input"] == ["Represent this sentence for searching relevant passages: Who?"]
    assert running.requests[1]["input"] == ["One.", "Two."]
    assert {asked["dimensions"] for asked in running.requests} == {256}
    assert set(running.keys) == {"Bearer secret"}
    made.close()


async def test_a_server_that_wants_it_is_told_what_the_vectors_are_for(running: Server) -> None:
    made = loaded(running, type_field="input_type", query_type="query", passage_type="passage", model="e5")
    await made.aembed_query("Who?")
    await made.aembed_documents(["One."])
    await made.aembed_now(["One.", "Two."])
    assert [asked.get("input_type") for asked in running.requests] == ["query", "passage", None]
    assert running.requests[0]["input"] == ["Who?"], "then it puts the prompts in front itself"
    made.close()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"url": "https://api.jina.ai/v1"}, {"task": "retrieval.query"}),
        ({"url": "https://api.voyageai.com/v1"}, {"input_type": "query"}),
        ({"url": "http://127.0.0.1/v1", "model": "nvidia/nv-embedqa-e5-v5"}, {"input_type": "query"}),
        ({"url": "https://api.openai.com/v1"}, {}),
    ],
)
def test_known_servers(settings: dict[str, str], told: dict[str, str]) -> None:
    types = RemoteEmbeddings(EmbeddingSettings.model_validate(settings))._types
    assert (types.of(Purpose.QUERY) if types else {}) == told


async def test_what_is_too_much_for_the_server_is_halved(running: Server) -> None:
    running.most_texts = 3
    made = loaded(running)
    vectors = await made.aembed_documents(["x" * length for length in range(1, 11)])
    assert [vector[1] for vector in vectors] == list(range(1, 11))
    assert max(len(asked["input"]) for asked in running.requests[1:] if len(asked["input"]) <= 3) <= 3
    made.close()


async def test_a_busy_server_is_asked_again(running: Server) -> None:
    made = loaded(running)
    running.answers = [(503, {}), (429, {"retry-after": "0"})]
    assert (await made.aembed_query("Who?"))[1] == 4
    assert len(running.requests) == 3
    made.close()


async def test_a_server_that_keeps_failing_is_let_rest_and_tried_again(running: Server) -> None:
    made = loaded(running, retries=1, breaker_failures=2, breaker_s=0.3)
    running.answers = [(500, {})] * 2
    with pytest.raises(UpstreamUnavailable):
        await made.aembed_query("Who?")
    count = len(running.requests)
    with pytest.raises(UpstreamUnavailable, match="let rest"):
        await made.aembed_query("Who?")
    assert len(running.requests) == count, "it was not asked"
    threading.Event().wait(0.35)
    assert (await made.aembed_query("Who?"))[1] == 4
    made.close()


@pytest.mark.parametrize("status", [401, 404, 400])
async def test_what_another_try_will_not_mend_is_not_tried(running: Server, status: int) -> None:
    made = loaded(running)
    running.answers = [(status, {})]
    with pytest.raises(UpstreamUnavailable, match="as it should"):
        await made.aembed_query("Who?")
    assert len(running.requests) == 1
    made.close()


async def test_connections_are_kept_and_closed_by_their_owner(running: Server) -> None:
    made = loaded(running)
    for _ in range(5):
        await made.aembed_query("Who?")
    assert len(running.connections) == 1
    client = made._server._client
    assert client is not None
    made.close()
    assert client.is_closed
    assert (await made.aembed_query("Who?"))[1] == 4, "used again, it connects again"
    made.close()
    assert remote.RemoteEmbeddings(EmbeddingSettings(url=running.url)).scale is AS_IT_IS
