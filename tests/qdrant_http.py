"""An HTTP server that writes down what is asked of Qdrant, and answers as one with the collections it was told to make."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GRAPH = {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000}
OPTIMIZER = {"deleted_threshold": 0.2, "vacuum_min_vector_number": 1000, "default_segment_number": 0}
IN_PARAMS = ("shard_number", "replication_factor", "write_consistency_factor", "on_disk_payload")


class RecordedQdrant:
    """What was asked, and what there is by now.

    Attributes:
        asked: method, path and body of every request, in order.
        collections: name → what ``GET /collections/{name}`` tells.
        aliases: alias → collection.
        refused: paths that are answered with 403.
        version: that it says it is of; empty: it does not say.
        awake: cleared, it takes requests and answers none, like a process that was stopped.
    """

    def __init__(self) -> None:
        self.url = ""
        self.version = ""
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.collections: dict[str, dict[str, Any]] = {}
        self.aliases: dict[str, str] = {}
        self.refused: set[str] = set()
        self.awake = threading.Event()
        self.awake.set()

    def bodies(self, method: str, path: str) -> list[dict[str, Any]]:
        """What was sent there."""
        return [body for one, where, body in self.asked if (one, where) == (method, path)]

    def make(self, name: str, **body: Any) -> None:
        """A collection that was there before."""
        params = {key: body[key] for key in IN_PARAMS if key in body}
        params |= {"vectors": body.get("vectors", {}), "sparse_vectors": body.get("sparse_vectors", {})}
        self.collections[name] = {
            "status": body.get("status", "green"),
            "optimizer_status": "ok",
            "segments_count": 1,
            "config": {
                "params": params,
                "hnsw_config": GRAPH,
                "optimizer_config": OPTIMIZER | {"flush_interval_sec": 5},
                "metadata": body.get("metadata"),
            },
            "payload_schema": body.get("payload_schema", {}),
        }

    def answer(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """The result of a request; None: there is no such collection."""
        if path == "/":
            return {"title": "qdrant", "version": self.version} if self.version else None
        if path == "/aliases":
            return {"aliases": [{"alias_name": a, "collection_name": c} for a, c in self.aliases.items()]}
        if path == "/collections/aliases":
            return self._rename(body["actions"])
        _, _, name, *rest = path.split("/")
        if rest == ["exists"]:
            return {"exists": name in self.collections or name in self.aliases}
        if method == "PUT" and not rest:
            self.make(name, **body)
            return True
        if name not in self.collections:
            return None
        return self._about(method, name, rest, body)

    def _about(self, method: str, name: str, rest: list[str], body: dict[str, Any]) -> Any:
        if rest == ["index"]:
            kind = body["field_schema"]
            told = {"data_type": kind["type"], "params": kind, "points": 0}
            self.collections[name]["payload_schema"][body["field_name"]] = told
            return {"operation_id": 1, "status": "completed"}
        if rest == ["points", "query", "batch"]:
            return [{"points": []} for _ in body["searches"]]
        if method == "DELETE" and not rest:
            del self.collections[name]
        return deepcopy(self.collections[name]) if method == "GET" else True

    def _rename(self, actions: list[dict[str, Any]]) -> bool:
        for action in actions:
            if "delete_alias" in action:
                del self.aliases[action["delete_alias"]["alias_name"]]
            else:
                self.aliases[action["create_alias"]["alias_name"]] = action["create_alias"]["collection_name"]
        return True


@contextmanager
def recorded_qdrant() -> Iterator[RecordedQdrant]:
    """One on a free port of this machine, until the block ends."""
    told = RecordedQdrant()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
            path = self.path.partition("?")[0]
            told.asked.append((self.command, path, body))
            told.awake.wait()
            result = None if path in told.refused else told.answer(self.command, path, body)
            said = json.dumps(result if path == "/" else {"result": result, "status": "ok", "time": 0.0}).encode()
            self.send_response(403 if path in told.refused else 404 if result is None else 200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = _do

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        told.awake.set()
        server.shutdown()
        server.server_close()
        thread.join()
