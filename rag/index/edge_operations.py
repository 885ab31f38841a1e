"""Operations on an open Qdrant Edge shard, in the engine's types. They block."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import qdrant_edge as engine

from core.access import SearchScope
from rag.index import port
from rag.index.fusion import Fusion, SideHit
from rag.index.terms import document_terms, query_terms
from rag.types import Chunk, Hit


def upsert(pairs: list[tuple[Chunk, list[float]]], shard: Any) -> None:
    points = [
        engine.Point(
            str(chunk.chunk_id),
            {port.DENSE: vector, port.SPARSE: _sparse(document_terms(port.searched_text(chunk)))},
            port.to_payload(chunk),
        )
        for chunk, vector in pairs
    ]
    shard.update(engine.UpdateOperation.upsert_points(points))


def keep_only(document_id: UUID, chunk_ids: Collection[UUID], shard: Any) -> None:
    kept = [engine.HasIdCondition(set(map(str, chunk_ids)))] if chunk_ids else []
    condition = filter_({"document_id": [str(document_id)]}, kept)
    shard.update(engine.UpdateOperation.delete_points_by_filter(condition))


def move_document(document_id: UUID, library_id: UUID, shard: Any) -> None:
    condition = filter_({"document_id": [str(document_id)]})
    shard.update(engine.UpdateOperation.set_payload_by_filter(condition, {"library_id": str(library_id)}))


def search(
    text: str,
    vector: list[float],
    scope: SearchScope,
    top_k: int,
    fusion: Fusion,
    details: dict[str, Any] | None,
    shard: Any,
) -> list[Hit]:
    terms = query_terms(text) if fusion.needs_words else {}
    requests = _requests(vector if fusion.needs_dense else None, terms, scope, top_k)
    results = shard.query_batch(engine.QueryBatchRequest(requests)) if requests else []
    near = results.pop(0) if fusion.needs_dense else []
    dense = [SideHit(str(one.id), one.score, one.score) for one in near]
    words = port.by_words(results.pop() if terms else [], lambda one: one.vector[port.DENSE], text, vector, dense)
    return port.to_hits(dense, words, fusion, top_k, details)


def _requests(vector: list[float] | None, terms: dict[int, float], scope: SearchScope, top_k: int) -> list[Any]:
    """The requests by meaning and by words, for one pass of the engine; a side without vector or terms has none."""
    common: dict[str, Any] = {"filter": filter_(port.allowed_values(scope)), "limit": top_k}
    requests = []
    if vector is not None:
        requests.append(engine.QueryRequest(query=engine.Query.Nearest(vector, port.DENSE), **common))
    if terms:
        words = engine.Query.Nearest(_sparse(terms), port.SPARSE)
        requests.append(engine.QueryRequest(query=words, with_vector=[port.DENSE], with_payload=True, **common))
    return requests


def _sparse(terms: dict[int, float]) -> Any:
    return engine.SparseVector(list(terms), list(terms.values()))


def filter_(allowed: dict[str, list[str]], excluded: Sequence[Any] = ()) -> Any:
    conditions: list[Any] = [
        engine.FieldCondition(field, match=engine.MatchAny(values)) for field, values in allowed.items()
    ]
    return engine.Filter(must=conditions, must_not=list(excluded))
