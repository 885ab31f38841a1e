"""Stand-in servers for drills without the real ones: a search server over qdrant-client's local mode, and an embedding server.

python -m benchmarks.stand_ins search PORT FOLDER     the calls of ``rag/index/server.py`` to Qdrant, stored on disk
python -m benchmarks.stand_ins embeddings PORT        OpenAI's /v1/embeddings; vectors made from a hash, at a set pace
python -m benchmarks.stand_ins model PORT             the same with the bundled model
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import BaseModel, TypeAdapter
from qdrant_client import AsyncQdrantClient, models
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from core.settings import EmbeddingSettings
from rag.embedding.build import build_embeddings

TEXTS_PER_S = 150.0
DELETING_S = 1.5  # long enough for a drill to hit the last stage of a job
DIMENSION = 32
MODELS = Path(__file__).resolve().parents[1] / ".pytest_cache" / "models"

Answer = Callable[[AsyncQdrantClient, str, Any], Awaitable[Any]]


async def _create(client: AsyncQdrantClient, name: str, body: models.CreateCollection) -> bool:
    return await client.create_collection(
        name, body.vectors, sparse_vectors_config=body.sparse_vectors, metadata=body.metadata
    )


async def _update(client: AsyncQdrantClient, name: str, body: models.UpdateCollection) -> bool:
    fields = {field: getattr(body, field) for field in body.model_fields_set - {"params", "vectors", "sparse_vectors"}}
    return await client.update_collection(name, vectors_config=body.vectors, **fields)


async def _upsert(client: AsyncQdrantClient, name: str, body: models.PointsList) -> models.UpdateResult:
    return await client.upsert(name, body.points)


async def _delete(
    client: AsyncQdrantClient, name: str, body: models.PointIdsList | models.FilterSelector
) -> models.UpdateResult:
    await asyncio.sleep(DELETING_S)
    return await client.delete(name, body)


async def _retrieve(client: AsyncQdrantClient, name: str, body: models.PointRequest) -> list[models.Record]:
    vectors: Any = body.with_vector or False
    return await client.retrieve(name, body.ids, body.with_payload or False, vectors)


async def _query(client: AsyncQdrantClient, name: str, body: models.QueryRequest) -> models.QueryResponse:
    fields = {field: getattr(body, field) for field in body.model_fields_set - {"filter", "with_vector"}}
    return await client.query_points(name, query_filter=body.filter, with_vectors=body.with_vector or False, **fields)


async def _batch(client: AsyncQdrantClient, name: str, body: models.QueryRequestBatch) -> list[models.QueryResponse]:
    return await client.query_batch_points(name, body.searches)


async def _index(client: AsyncQdrantClient, name: str, body: models.CreateFieldIndex) -> models.UpdateResult:
    return await client.create_payload_index(name, body.field_name, body.field_schema)


# (method, path below the collection) → type of the request body, and the function that answers
CALLS: dict[tuple[str, str], tuple[Any, Answer]] = {
    ("GET", ""): (None, lambda client, name, _: client.get_collection(name)),
    ("PUT", ""): (models.CreateCollection, _create),
    ("PATCH", ""): (models.UpdateCollection, _update),
    ("DELETE", ""): (None, lambda client, name, _: client.delete_collection(name)),
    ("GET", "/exists"): (None, lambda client, name, _: _exists(client, name)),
    ("PUT", "/index"): (models.CreateFieldIndex, _index),
    ("PUT", "/points"): (models.PointsList, _upsert),
    ("POST", "/points"): (models.PointRequest, _retrieve),
    ("POST", "/points/delete"): (models.PointIdsList | models.FilterSelector, _delete),
    ("POST", "/points/count"): (
        models.CountRequest,
        lambda client, name, body: client.count(name, body.filter, exact=True),
    ),
    ("POST", "/points/query"): (models.QueryRequest, _query),
    ("POST", "/points/query/batch"): (models.QueryRequestBatch, _batch),
}


async def _exists(client: AsyncQdrantClient, name: str) -> dict[str, bool]:
    return {"exists": await client.collection_exists(name)}


async def _answer(
    client: AsyncQdrantClient, one: asyncio.Lock, kind: Any, call: Answer, request: Request
) -> JSONResponse:
    body = TypeAdapter(kind).validate_python(await request.json()) if kind is not None else None
    try:
        async with one:
            result = await call(client, request.path_params["name"], body)
    except ValueError as error:
        return JSONResponse({"status": {"error": str(error)}, "time": 0}, 404)
    return JSONResponse({"result": _plain(result), "status": "ok", "time": 0})


def _plain(result: Any) -> Any:
    if isinstance(result, BaseModel):
        return result.model_dump(mode="json")
    return [_plain(one) for one in result] if isinstance(result, list) else result


def search_app(folder: Path) -> Starlette:
    """A search server with its collections in a folder. ``GET /collections`` returns their names."""
    client, one = AsyncQdrantClient(path=str(folder)), asyncio.Lock()

    async def names(_: Request) -> JSONResponse:
        return JSONResponse({"result": [each.name for each in (await client.get_collections()).collections]})

    async def aliases(_: Request) -> JSONResponse:
        return JSONResponse({"result": _plain(await client.get_aliases()), "status": "ok", "time": 0})

    async def point(request: Request) -> JSONResponse:
        body = models.ChangeAliasesOperation.model_validate(await request.json())
        return JSONResponse({"result": await client.update_collection_aliases(body.actions), "status": "ok", "time": 0})

    calls = [
        Route(f"/collections/{{name}}{path}", partial(_answer, client, one, kind, call), methods=[method])
        for (method, path), (kind, call) in CALLS.items()
    ]
    named = [
        Route("/collections", names),
        Route("/collections/aliases", point, methods=["POST"]),
        Route("/aliases", aliases),
    ]
    return Starlette(routes=[*named, *calls])


def vector_of(text: str) -> list[float]:
    """A vector from the hash of a text."""
    return [byte / 255 - 0.5 for byte in sha256(text.encode()).digest()[:DIMENSION]]


async def _embed(request: Request) -> JSONResponse:
    body = await request.json()
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    await asyncio.sleep(len(texts) / TEXTS_PER_S)
    data = [{"object": "embedding", "index": at, "embedding": vector_of(text)} for at, text in enumerate(texts)]
    return JSONResponse(
        {"object": "list", "data": data, "model": body["model"], "usage": {"prompt_tokens": 0, "total_tokens": 0}}
    )


def model_app() -> Starlette:
    """An embedding server with the bundled model."""
    model = build_embeddings(EmbeddingSettings(), MODELS)  # not converted for every drill
    model.load()

    async def embed(request: Request) -> JSONResponse:
        body = await request.json()
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        vectors = await asyncio.to_thread(model.embed_documents, texts)
        data = [{"object": "embedding", "index": at, "embedding": vector} for at, vector in enumerate(vectors)]
        usage = {"prompt_tokens": 0, "total_tokens": 0}
        return JSONResponse({"object": "list", "data": data, "model": body["model"], "usage": usage})

    return Starlette(routes=[Route("/v1/embeddings", embed, methods=["POST"])])


def embeddings_app() -> Starlette:
    """An embedding server."""
    return Starlette(routes=[Route("/v1/embeddings", _embed, methods=["POST"])])


def main() -> None:
    """The command line."""
    kind, port = sys.argv[1], int(sys.argv[2])
    apps = {"search": lambda: search_app(Path(sys.argv[3])), "embeddings": embeddings_app, "model": model_app}
    app = apps[kind]()
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
