"""The configuration of a collection on a Qdrant server, and the settings of an existing one that can still change."""

from dataclasses import dataclass, field
from typing import Any

from qdrant_client import models

from core.settings import QdrantSettings
from rag.index import port

# Every search filters by library, so chunks of one library are stored together, with a separate graph.
PAYLOAD_INDEXES: dict[str, models.KeywordIndexParams] = {
    "library_id": models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=True),
    "document_id": models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD),
}


@dataclass(slots=True)
class Drift:
    """The differences between an existing collection and the settings.

    Attributes:
        changes: arguments for ``update_collection``; the server applies them while it answers.
        fields: payload fields whose index is missing or of another kind; created again in place.
        fixed: settings that only a new collection can adopt.
    """

    changes: dict[str, Any] = field(default_factory=dict)
    fields: list[str] = field(default_factory=list)
    fixed: list[str] = field(default_factory=list)


def creation(settings: QdrantSettings, dimension: int) -> dict[str, Any]:
    """The arguments for ``create_collection``. ``dimension`` is the length of the dense vectors."""
    dense = models.VectorParams(
        size=dimension,
        distance=models.Distance.COSINE,
        on_disk=settings.vectors_on_disk,
        hnsw_config=_hnsw(settings),
        quantization_config=_quantization(settings),
    )
    return {
        "vectors_config": {port.DENSE: dense},
        "sparse_vectors_config": {port.SPARSE: _sparse(settings)},
        "shard_number": settings.shards,
        "replication_factor": settings.replicas,
        "write_consistency_factor": settings.write_consistency,
        "on_disk_payload": settings.payload_on_disk,
    }


def search_params(settings: QdrantSettings) -> models.SearchParams:
    """The parameters for searching the dense vectors. Without quantized copies, the server ignores those for quantization."""
    quantization = models.QuantizationSearchParams(rescore=settings.rescore, oversampling=settings.oversampling)
    return models.SearchParams(hnsw_ef=settings.hnsw_ef, quantization=quantization)


def drift(settings: QdrantSettings, info: models.CollectionInfo) -> Drift:
    """Compares an existing collection with the settings. Values that the server does not report are not compared."""
    changes: dict[str, Any] = {}
    if dense := _dense_changes(settings, info.config):
        changes["vectors_config"] = {port.DENSE: dense}
    params = info.config.params
    sparse = (params.sparse_vectors or {}).get(port.SPARSE)
    if sparse is not None and bool(sparse.index and sparse.index.on_disk) != settings.sparse_on_disk:
        changes["sparse_vectors_config"] = {port.SPARSE: _sparse(settings)}
    adjustable = {"on_disk_payload": settings.payload_on_disk, "write_consistency_factor": settings.write_consistency}
    if differing := {name: value for name, value in adjustable.items() if getattr(params, name) not in (None, value)}:
        changes["collection_params"] = models.CollectionParamsDiff(**differing)
    lasting = {
        "shards": (params.shard_number, settings.shards),
        "replicas": (params.replication_factor, settings.replicas),
    }
    fixed = [name for name, (was, now) in lasting.items() if was not in (None, now)]
    return Drift(changes, [name for name in PAYLOAD_INDEXES if not _has_index(name, info)], fixed)


def _dense_changes(settings: QdrantSettings, config: models.CollectionConfig) -> models.VectorParamsDiff | None:
    vectors = config.params.vectors
    dense = vectors.get(port.DENSE) if isinstance(vectors, dict) else None
    if dense is None:
        return None
    changes: dict[str, Any] = {}
    common = config.hnsw_config.model_dump(exclude_none=True)
    own = dense.hnsw_config.model_dump(exclude_none=True) if dense.hnsw_config else {}
    graph = {**common, **own}
    graph.setdefault("payload_m", graph.get("m"))
    hnsw = _hnsw(settings)
    if not _covers(graph, hnsw.model_dump(exclude_none=True)):
        changes["hnsw_config"] = hnsw
    copies, stored = _quantization(settings), dense.quantization_config or config.quantization_config
    if not _covers(_dump(stored), _dump(copies)) or (copies is None and stored is not None):
        changes["quantization_config"] = copies or models.Disabled.DISABLED
    if bool(dense.on_disk) != settings.vectors_on_disk:
        changes["on_disk"] = settings.vectors_on_disk
    return models.VectorParamsDiff(**changes) if changes else None


def _dump(quantization: models.QuantizationConfig | None) -> dict[str, Any]:
    return quantization.model_dump(exclude_none=True, mode="json") if quantization else {}


def _covers(actual: Any, expected: Any) -> bool:
    """True when the server reports at least the expected values; newer servers report more."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(_covers(actual.get(name), value) for name, value in expected.items())
    return bool(actual == expected)


def _has_index(name: str, info: models.CollectionInfo) -> bool:
    index = info.payload_schema.get(name)
    if index is None or index.data_type != models.PayloadSchemaType.KEYWORD:
        return False
    return bool(getattr(index.params, "is_tenant", None)) == bool(PAYLOAD_INDEXES[name].is_tenant)


def _hnsw(settings: QdrantSettings) -> models.HnswConfigDiff:
    return models.HnswConfigDiff(
        m=settings.hnsw_m, payload_m=settings.hnsw_payload_m, ef_construct=settings.hnsw_ef_construct
    )


def _quantization(settings: QdrantSettings) -> models.ScalarQuantization | models.BinaryQuantization | None:
    in_memory = settings.quantization_in_memory
    if settings.quantization == "scalar":
        scalar = models.ScalarQuantizationConfig(type=models.ScalarType.INT8, quantile=0.99, always_ram=in_memory)
        return models.ScalarQuantization(scalar=scalar)
    if settings.quantization == "binary":
        return models.BinaryQuantization(binary=models.BinaryQuantizationConfig(always_ram=in_memory))
    return None


def _sparse(settings: QdrantSettings) -> models.SparseVectorParams:
    index = models.SparseIndexParams(on_disk=settings.sparse_on_disk)
    return models.SparseVectorParams(index=index, modifier=models.Modifier.IDF)
