"""What ``/health/ready`` asks: which parts are checked, and what the effect of each is when it does not answer."""

from collections.abc import Callable
from functools import partial

from arq.connections import ArqRedis

from core.disk_space import LOW, DiskSpace
from core.readiness import Check, Readiness
from core.settings import Settings
from db.session import Database
from ingestion.blobs import BlobStore
from ingestion.indexing.versions import IndexVersions
from ingestion.jobs.queue import attended
from parsing.sandbox.sandbox import Sandbox
from rag.index.live import LiveIndex
from rag.models.chain import ModelChain


def readiness_of(
    checks: list[Check],
    index_versions: IndexVersions,
    redis: ArqRedis,
    sandbox: Sandbox,
    troubles: Callable[[], dict[str, str]],
) -> Readiness:
    """What ``/health/ready`` asks."""
    return Readiness(checks, lambda: index_versions.notice, partial(attended, redis), sandbox.degree, troubles)


def troubles_of(live: LiveIndex, disk: DiskSpace) -> dict[str, str]:
    """What does not work although every part answers, for ``/health/ready``."""
    troubles = {"index": live.notice, "disk": LOW if disk.is_low else ""}
    return {name: sentence for name, sentence in troubles.items() if sentence}


def checks_of(
    settings: Settings, database: Database, redis: ArqRedis, live: LiveIndex, blobs: BlobStore, chain: ModelChain | None
) -> list[Check]:
    """The checks of ``/health/ready``, each with the effect of a part that does not answer."""
    checks = [
        Check("postgres", database.ping, "The database does not answer: nobody can sign in or ask.", is_needed=True),
        Check(
            "redis",
            redis.ping,
            "Redis does not answer: nothing is cached, limits are counted by each process, files are read later.",
        ),
        Check(
            "index",
            live.ping,
            "The search index does not answer: answers are looked for by the words of the question alone, files are read later.",
            is_opened_by_models=True,
        ),
        Check(
            "files", blobs.ping, "The file storage does not answer: files can neither be added nor opened.", every_s=10
        ),
    ]
    if settings.embedding.url:
        sentence = "The embedding server does not answer: no question can be answered."
        checks.append(
            Check("embeddings", live.ping_embeddings, sentence, is_needed=True, is_opened_by_models=True, every_s=10)
        )
    if chain:
        sentence = "No language model answers: answers are put together from sentences of the documents."
        checks.append(Check("llm", chain.ping, sentence))
    return checks
